import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.chunks import event
from tests.providers.wire import (
    KEY,
    REQUEST,
    Seen,
    answer_to,
    asked,
    chunked,
    error_of,
    health_of,
    http,
)
from webapp.domain.endpoint import EndpointType
from webapp.providers.base import Done, ErrorKind, FinishReason, GenerationRequest

ANTHROPIC = EndpointType.ANTHROPIC
OLDER = "2023-06-01"


def start(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": {"type": "message", "usage": usage}}


def delta(text: str, type: str = "text_delta", name: str = "text") -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": type, name: text}}


def end(reason: str | None = "end_turn", **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


STOP = {"type": "message_stop"}
HELLO = chunked(
    event(
        start(input_tokens=5, output_tokens=1),
        delta("Hel"),
        delta("lo"),
        end(output_tokens=3),
        STOP,
    )
)
FULL = replace(REQUEST, temperature=0.0, seed=1, schema={"type": "object"})


def told(*messages: dict[str, Any]) -> tuple[str, Done]:
    return answer_to(chunked(event(*messages)), kind=ANTHROPIC)


def sent(
    request: GenerationRequest, *replies: bytes, **wire: Any
) -> tuple[list[Seen], tuple[str, ...]]:
    seen, done = asked(ANTHROPIC, replies or (HELLO,), request, **wire)
    return seen, done.warnings


def test_a_message_is_asked_for_with_the_key_and_the_version_in_headers() -> None:
    (seen,), warnings = sent(REQUEST)
    assert (seen.method, seen.path) == ("POST", "/v1/messages")
    assert seen.payload == {
        "model": "some-model",
        "max_tokens": 100,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Say hello."}],
        "stream": True,
    }
    assert seen.headers["x-api-key"] == KEY
    assert seen.headers["anthropic-version"] == "2026-10-21"
    assert "authorization" not in seen.headers
    assert warnings == ()


def test_the_newer_version_takes_no_temperature_and_none_a_seed() -> None:
    (seen,), warnings = sent(FULL)
    assert not {"temperature", "seed"} & set(seen.payload)
    assert warnings == (
        "some-model takes no temperature: it was left out.",
        "some-model takes no seed: it was left out.",
    )


def test_the_older_version_takes_a_temperature() -> None:
    (seen,), warnings = sent(FULL, api_version=OLDER)
    assert seen.headers["anthropic-version"] == OLDER
    assert seen.payload["temperature"] == 0.0
    assert warnings == ("some-model takes no seed: it was left out.",)


def test_a_schema_goes_into_the_output_config() -> None:
    (seen,), _ = sent(FULL)
    form = {"type": "json_schema", "schema": {"type": "object"}}
    assert seen.payload["output_config"] == {"format": form}


def refusal(message: str) -> bytes:
    error = {"type": "invalid_request_error", "message": message}
    return http(400, {"type": "error", "error": error})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("temperature", "temperature: Extra inputs are not permitted"),
        ("temperature", "`temperature` is deprecated for this model."),
        ("output_config", "output_config: Extra inputs are not permitted"),
        ("output_config", "output_config.format.schema: For 'object' type, …"),
    ],
)
def test_what_a_model_refuses_is_left_out(name: str, message: str) -> None:
    (first, second), warnings = sent(FULL, refusal(message), HELLO, api_version=OLDER)
    assert set(first.payload) - set(second.payload) == {name}
    assert len(warnings) == 2


def test_a_rejection_of_the_required_limit_is_final() -> None:
    message = "max_tokens: 100000 > 64000, which is the maximum allowed"
    assert error_of(refusal(message), FULL, ANTHROPIC).kind is ErrorKind.REJECTED


def test_thinking_is_left_out() -> None:
    thought = delta("hm", "thinking_delta", "thinking")
    signature = delta("x", "signature_delta", "signature")
    text, _ = told(start(), thought, signature, delta("x"), end(), STOP)
    assert text == "x"


@pytest.mark.parametrize(
    ("messages", "counts"),
    [
        ((start(input_tokens=5, output_tokens=1), end(output_tokens=7)), (5, 7)),
        (
            (
                start(input_tokens=5, cache_read_input_tokens=20, cache_creation_input_tokens=100),
                end(output_tokens=3),
                end(output_tokens=7),
            ),
            (125, 7),
        ),
        ((start(input_tokens=1), end(input_tokens=5, output_tokens=7)), (5, 7)),
        ((start(input_tokens=5, cache_read_input_tokens=None), end(input_tokens=None)), (5, None)),
        ((start(), end()), (None, None)),
    ],
)
def test_counts_are_cumulative_and_with_the_cached_ones(
    messages: tuple[dict[str, Any], ...], counts: tuple[int | None, int | None]
) -> None:
    _, done = told(*messages, STOP)
    assert (done.input_tokens, done.output_tokens) == counts


@pytest.mark.parametrize(
    ("usage", "cached"),
    [
        ({"input_tokens": 5, "cache_read_input_tokens": 20}, 20),
        ({"input_tokens": 0, "cache_read_input_tokens": 20}, 20),
        ({"input_tokens": 5, "cache_creation_input_tokens": 20}, None),
        ({"input_tokens": 5, "cache_read_input_tokens": -1}, None),
        ({"cache_read_input_tokens": 20}, None),
    ],
)
def test_what_the_cache_gave_is_a_part_of_the_prompt(
    usage: dict[str, Any], cached: int | None
) -> None:
    _, done = told(start(**usage), end(), STOP)
    assert done.cached_tokens == cached


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("end_turn", FinishReason.STOP),
        ("stop_sequence", FinishReason.STOP),
        ("max_tokens", FinishReason.LENGTH),
        ("model_context_window_exceeded", FinishReason.LENGTH),
        ("refusal", FinishReason.FILTERED),
        ("pause_turn", FinishReason.OTHER),
        ("a_new_one", FinishReason.OTHER),
    ],
)
def test_a_stop_reason_keeps_its_raw_value(reason: str, expected: FinishReason) -> None:
    _, done = told(start(), delta("x"), end(reason), STOP)
    assert (done.finish_reason, done.raw_finish_reason) == (expected, reason)


def test_an_answer_without_its_last_event_is_none() -> None:
    error = error_of(chunked(event(start(), delta("x"), end())), kind=ANTHROPIC)
    assert error.kind is ErrorKind.BROKEN_REPLY


def test_a_limit_used_up_by_thinking_is_said() -> None:
    _, done = told(start(), delta("hm", "thinking_delta", "thinking"), end("max_tokens"), STOP)
    assert done.warnings == ("Reasoning used up the whole output limit: raise it.",)


def test_the_name_of_the_call_comes_with_the_error() -> None:
    assert error_of(http(500, b"", request_id="req_9"), kind=ANTHROPIC).request_id == "req_9"


def page(*names: str, **more: Any) -> bytes:
    return http(200, {"data": [{"id": name, "type": "model"} for name in names], **more})


def test_the_models_come_in_pages() -> None:
    replies = (page("a", "b", has_more=True, last_id="b&1"), page("c", has_more=False, last_id="c"))
    health, seen = asyncio.run(health_of(ANTHROPIC, *replies))
    assert (health.is_ok, health.models) == (True, ("a", "b", "c"))
    assert [each.path for each in seen] == [
        "/v1/models?limit=1000",
        "/v1/models?limit=1000&after_id=b%261",
    ]


def test_pages_without_end_are_not_followed_for_ever() -> None:
    health, seen = asyncio.run(health_of(ANTHROPIC, page("a", has_more=True, last_id="a")))
    assert health.is_ok
    assert len(seen) == 20
