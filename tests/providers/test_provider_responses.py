import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.chunks import complaint, event
from tests.providers.wire import (
    KEY,
    REQUEST,
    answer_to,
    asked,
    chunked,
    error_of,
    health_of,
    http,
)
from webapp.domain.endpoint import EndpointType
from webapp.providers.base import Done, ErrorKind, FinishReason

OPENAI = EndpointType.OPENAI
FULL = replace(REQUEST, temperature=0.0, seed=1, schema={"type": "object"})


def delta(text: str, name: str = "output_text") -> dict[str, Any]:
    return {"type": f"response.{name}.delta", "delta": text}


def end(status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"type": f"response.{status}", "response": {"status": status, "error": None, **more}}


HELLO = chunked(event(delta("Hel"), delta("lo"), end()))


def told(*messages: dict[str, Any]) -> tuple[str, Done]:
    return answer_to(chunked(event(*messages)), kind=OPENAI, api="responses")


def test_the_prompt_goes_to_responses_and_is_not_kept_there() -> None:
    (seen,), done = asked(OPENAI, [HELLO], FULL, api="responses")
    form = {"type": "json_schema", "name": "answer", "strict": True, "schema": {"type": "object"}}
    assert (seen.path, seen.headers["authorization"]) == ("/responses", f"Bearer {KEY}")
    assert seen.payload == {
        "model": "some-model",
        "instructions": "Be brief.",
        "input": "Say hello.",
        "max_output_tokens": 100,
        "temperature": 0.0,
        "stream": True,
        "store": False,
        "text": {"format": form},
    }
    assert done.warnings == ("some-model takes no seed: it was left out.",)


@pytest.mark.parametrize(
    ("name", "param", "message"),
    [
        ("temperature", "temperature", "Unsupported parameter: 'temperature' is not supported."),
        ("text", "text.format.schema", "Invalid schema."),
        ("text", None, "text.format of type json_schema is not supported"),
        ("store", None, "Unknown parameter: 'store'."),
    ],
)
def test_what_a_model_refuses_is_left_out(name: str, param: str | None, message: str) -> None:
    replies = [complaint(400, "x", param=param, message=message), HELLO]
    (first, second), _ = asked(OPENAI, replies, FULL, api="responses")
    assert set(first.payload) - set(second.payload) == {name}


@pytest.mark.parametrize(
    ("last", "expected", "raw"),
    [
        (end(), FinishReason.STOP, "completed"),
        (
            end("incomplete", incomplete_details={"reason": "max_output_tokens"}),
            FinishReason.LENGTH,
            "max_output_tokens",
        ),
        (
            end("incomplete", incomplete_details={"reason": "content_filter"}),
            FinishReason.FILTERED,
            "content_filter",
        ),
        (
            end("incomplete", incomplete_details={"reason": "steered"}),
            FinishReason.OTHER,
            "steered",
        ),
        (end("failed"), FinishReason.ERROR, "failed"),
    ],
)
def test_the_last_event_tells_why_it_ended(
    last: dict[str, Any], expected: FinishReason, raw: str
) -> None:
    _, done = told(delta("x"), last)
    assert (done.finish_reason, done.raw_finish_reason) == (expected, raw)


def test_the_last_event_has_the_counts() -> None:
    _, done = told(delta("x"), end(usage={"input_tokens": 5, "output_tokens": 7}))
    assert (done.input_tokens, done.output_tokens) == (5, 7)


@pytest.mark.parametrize(
    ("details", "cached"), [({"cached_tokens": 4}, 4), ({"cached_tokens": 6}, None), (None, None)]
)
def test_what_the_cache_gave_is_a_part_of_the_prompt(details: object, cached: int | None) -> None:
    _, done = told(delta("x"), end(usage={"input_tokens": 5, "input_tokens_details": details}))
    assert (done.input_tokens, done.cached_tokens) == (5, cached)


def test_reasoning_is_left_out_and_said_if_it_was_all() -> None:
    cut = end("incomplete", incomplete_details={"reason": "max_output_tokens"})
    text, done = told(delta("hm", "reasoning_text"), delta("hm", "reasoning_summary_text"), cut)
    assert text == ""
    assert done.warnings == ("Reasoning used up the whole output limit: raise it.",)


def test_a_refusal_is_an_error_with_the_words_of_the_model() -> None:
    body = event(delta("I will ", "refusal"), delta("not.", "refusal"), end())
    error = error_of(chunked(body), api="responses")
    assert (error.kind, error.provider_message) == (ErrorKind.REFUSED, "I will not.")


def test_the_models_are_those_of_the_family() -> None:
    reply = http(200, {"data": [{"id": "a"}]})
    health, seen = asyncio.run(health_of(OPENAI, reply, api="responses"))
    assert (health.models, seen[0].path) == (("a",), "/models")
