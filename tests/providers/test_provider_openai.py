import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.chunks import HELLO, USAGE, complaint, delta, event, finish
from tests.providers.wire import (
    KEY,
    REQUEST,
    Wire,
    answer_to,
    asked,
    chunked,
    collect,
    error_of,
    failure,
    http,
    provider_at,
    saying,
    serving,
)
from webapp.domain.endpoint import EndpointType
from webapp.providers.base import ErrorKind, FinishReason, GenerationRequest


def test_an_answer_comes_in_pieces_with_its_costs() -> None:
    async def ask() -> None:
        async with serving(saying(chunked(HELLO))) as wire, provider_at(wire.url) as provider:
            pieces, done = await collect(provider)
            assert pieces == ["Hel", "lo"]
            assert (done.finish_reason, done.raw_finish_reason) == (FinishReason.STOP, "stop")
            assert (done.input_tokens, done.output_tokens) == (12, 3)
            assert done.request_id == "req_7"
            assert done.warnings == ()

    asyncio.run(ask())


def sent(request: GenerationRequest, key: str | None = KEY) -> tuple[dict[str, Any], Wire]:
    async def ask() -> Wire:
        talk = saying(chunked(HELLO))
        async with serving(talk) as wire, provider_at(wire.url, key=key) as provider:
            await collect(provider, request)
        return wire

    wire = asyncio.run(ask())
    return wire.seen[0].payload, wire


def test_the_prompt_goes_to_chat_completions_with_the_key_in_a_header() -> None:
    payload, wire = sent(REQUEST)
    assert payload == {
        "model": "some-model",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Say hello."},
        ],
        "max_completion_tokens": 100,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    seen = wire.seen[0]
    assert (seen.method, seen.path) == ("POST", "/chat/completions")
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["accept-encoding"] == "identity"


def test_without_a_key_nothing_is_said_of_one() -> None:
    _, wire = sent(REQUEST, key=None)
    assert "authorization" not in wire.seen[0].headers


def test_parameters_are_sent_as_they_were_set() -> None:
    schema = {"type": "object"}
    payload, _ = sent(replace(REQUEST, temperature=0.0, seed=0, schema=schema))
    assert (payload["temperature"], payload["seed"]) == (0.0, 0)
    assert payload["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("stop", FinishReason.STOP),
        ("eos", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTERED),
        ("error", FinishReason.ERROR),
        ("abort", FinishReason.ERROR),
        ("tool_calls", FinishReason.OTHER),
        ("a_new_one", FinishReason.OTHER),
    ],
)
def test_a_finish_reason_keeps_its_raw_value(reason: str, expected: FinishReason) -> None:
    _, done = answer_to(chunked(event(delta("x"), finish(reason), "[DONE]")))
    assert (done.finish_reason, done.raw_finish_reason) == (expected, reason)


WHOLE = {
    "without the end mark": event(delta("x"), finish()),
    "without a finish reason": event(delta("x"), "[DONE]"),
    "with an empty finish reason": event(delta("x"), finish(""), "[DONE]"),
    "with empty and null choices": event({"choices": []}, {"choices": None}, delta("x"), finish()),
    "with reasoning": event(
        delta(None, reasoning_content="hm"), delta(None, reasoning="hm"), delta("x"), finish()
    ),
    "without a space after the colon": event(delta("x"), finish()).replace(b"data: ", b"data:"),
    "in several data lines": event(delta("x"), finish()).replace(b", ", b",\ndata: "),
    "with comments": b": OPENROUTER PROCESSING\n\n"
    + event(delta("x"))
    + b":\n\n"
    + event(finish()),
    "with an error of null": event({**delta("x"), "error": None}, finish()),
    "in one object": json.dumps(
        {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}]}
    ).encode(),
}


@pytest.mark.parametrize("shape", WHOLE)
def test_an_answer_may_come(shape: str) -> None:
    media_type = b"application/json" if shape == "in one object" else b"text/event-stream"
    text, done = answer_to(chunked(WHOLE[shape], media_type))
    assert text == "x"
    assert (done.input_tokens, done.output_tokens) == (None, None)


@pytest.mark.parametrize(
    "usage",
    [
        {"usage": {"prompt_tokens": 5, "completion_tokens": 6}},
        {"x_groq": {"id": "r", "usage": {"prompt_tokens": 5, "completion_tokens": 6}}},
    ],
)
def test_usage_is_found_where_a_server_puts_it(usage: dict[str, Any]) -> None:
    _, done = answer_to(chunked(event(delta("x"), {**finish(), **usage}, {"x_groq": {"id": "r"}})))
    assert (done.input_tokens, done.output_tokens) == (5, 6)


@pytest.mark.parametrize(
    ("details", "cached"),
    [({"cached_tokens": 4}, 4), ({"cached_tokens": 6}, None), ({}, None), ([4], None)],
)
def test_what_the_cache_gave_is_a_part_of_the_prompt(details: object, cached: int | None) -> None:
    usage = {"prompt_tokens": 5, "prompt_tokens_details": details}
    _, done = answer_to(chunked(event(delta("x"), finish(), {"choices": [], "usage": usage})))
    assert (done.input_tokens, done.cached_tokens) == (5, cached)


@pytest.mark.parametrize("count", [-1, 1.5, "12", True, None, 10**12])
def test_a_count_that_is_none_is_unknown_and_never_0(count: object) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": count, "completion_tokens": count}}
    _, done = answer_to(chunked(event(delta("x"), finish(), usage)))
    assert (done.input_tokens, done.output_tokens) == (None, None)


def test_a_limit_used_up_by_reasoning_is_said() -> None:
    text, done = answer_to(chunked(event(delta(None), finish("length"), USAGE, "[DONE]")))
    assert (text, done.finish_reason) == ("", FinishReason.LENGTH)
    assert done.warnings == ("Reasoning used up the whole output limit: raise it.",)


def test_a_limit_reached_while_writing_is_no_fault_of_reasoning() -> None:
    _, done = answer_to(chunked(event(delta("x"), finish("length"))))
    assert (done.finish_reason, done.warnings) == (FinishReason.LENGTH, ())


def test_a_refusal_is_an_error_with_the_words_of_the_model() -> None:
    body = event(delta(None, refusal="I will "), delta(None, refusal="not."), finish(), "[DONE]")
    error = error_of(chunked(body))
    assert (error.kind, error.provider_message) == (ErrorKind.REFUSED, "I will not.")


BROKEN = {
    "nothing": b"",
    "only the end mark": event("[DONE]"),
    "text without an end": event(delta("x")),
    "an end without its line": event(delta("x")) + b'data: {"choices":[{"finish_rea',
    "a number in two data lines": b'data: {"choices": 1\ndata: 2}\n\n'
    + event(delta("x"), finish()),
    "no JSON": event(delta("x"), "nonsense"),
    "JSON that is no object": event("[1, 2]"),
    "JSON too deep to read": event("[" * 100_000),
    "bytes that are no text": b"data: \xff\xfe\n\n",
}


@pytest.mark.parametrize("depth", [500, 990, 1_490, 10_900, 50_000])
def test_an_error_of_any_depth_is_an_error(depth: int) -> None:
    body = b'data: {"error": ' + b"[" * depth + b"]" * depth + b"}\n\n"
    assert error_of(chunked(body)).kind in (ErrorKind.UNAVAILABLE, ErrorKind.BROKEN_REPLY)


@pytest.mark.parametrize("shape", BROKEN)
def test_a_broken_stream_is_no_answer(shape: str) -> None:
    assert error_of(chunked(BROKEN[shape])).kind is ErrorKind.BROKEN_REPLY


def test_a_web_page_instead_of_an_answer_is_named() -> None:
    error = error_of(http(200, b"<html>Log in</html>", content_type="text/html; charset=utf-8"))
    assert error.kind is ErrorKind.BROKEN_REPLY
    assert error.sentence == ("openai sent a web page instead of an answer: check OPENAI_BASE_URL.")


STATUSES = [
    (complaint(400, "invalid_request_error"), ErrorKind.REJECTED),
    (complaint(400, "context_length_exceeded"), ErrorKind.REJECTED),
    (complaint(400, "exceed_context_size_error", n_ctx=4096), ErrorKind.REJECTED),
    (complaint(400, "content_policy_violation"), ErrorKind.REFUSED),
    (complaint(400, "content_filter", innererror={"code": "x"}), ErrorKind.REFUSED),
    (complaint(401, "invalid_api_key"), ErrorKind.BAD_KEY),
    (complaint(401, 401, "authentication_error"), ErrorKind.BAD_KEY),
    (complaint(402), ErrorKind.NO_MONEY),
    (complaint(403, "unsupported_country_region_territory"), ErrorKind.BAD_KEY),
    (complaint(403, 403, message="It requires moderation and was flagged."), ErrorKind.REFUSED),
    (complaint(403, "model_not_found"), ErrorKind.REJECTED),
    (complaint(404, "model_not_found"), ErrorKind.REJECTED),
    (complaint(404), ErrorKind.REJECTED),
    (complaint(405), ErrorKind.REJECTED),
    (complaint(408), ErrorKind.UNAVAILABLE),
    (complaint(409), ErrorKind.UNAVAILABLE),
    (complaint(413), ErrorKind.REJECTED),
    (complaint(422), ErrorKind.REJECTED),
    (complaint(429, "rate_limit_exceeded", "tokens"), ErrorKind.RATE_LIMITED),
    (complaint(429, "insufficient_quota", "insufficient_quota"), ErrorKind.NO_MONEY),
    (complaint(429, None, "insufficient_quota"), ErrorKind.NO_MONEY),
    (complaint(429, "credit_balance_exhausted", "insufficient_quota"), ErrorKind.NO_MONEY),
    (complaint(429, "billing_hard_limit_reached"), ErrorKind.NO_MONEY),
    (complaint(429, "spend_limit_reached"), ErrorKind.NO_MONEY),
    (complaint(429, message="You exceeded insufficient_quota"), ErrorKind.RATE_LIMITED),
    (complaint(498, "capacity_exceeded"), ErrorKind.UNAVAILABLE),
    (complaint(500, "server_error"), ErrorKind.UNAVAILABLE),
    (complaint(501, 501, "not_supported_error"), ErrorKind.REJECTED),
    (complaint(502), ErrorKind.UNAVAILABLE),
    (complaint(503, "server_is_overloaded"), ErrorKind.UNAVAILABLE),
    (complaint(503, "slow_down"), ErrorKind.UNAVAILABLE),
    (complaint(503, 503, "unavailable_error", message="Loading model"), ErrorKind.UNAVAILABLE),
    (complaint(504), ErrorKind.UNAVAILABLE),
    (complaint(520), ErrorKind.UNAVAILABLE),
    (complaint(521), ErrorKind.UNAVAILABLE),
    (complaint(522), ErrorKind.UNAVAILABLE),
    (complaint(524), ErrorKind.UNAVAILABLE),
    (complaint(529), ErrorKind.UNAVAILABLE),
]


@pytest.mark.parametrize(("reply", "kind"), STATUSES, ids=lambda value: str(value)[:90])
def test_a_bad_status_is_of_the_kind_its_code_says(reply: bytes, kind: ErrorKind) -> None:
    error = error_of(reply)
    assert error.kind is kind
    assert error.http_status == int(reply[9:12])
    assert error.sentence.startswith(("openai ", "The "))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "Their words."}}', "Their words."),
        (b'{"error": "Their words."}', "Their words."),
        (b'{"detail": "Their words."}', "Their words."),
        (b'{"detail": [{"msg": "field required"}]}', '[{"msg": "field required"}]'),
        (b'{"object": "error", "message": "Their words.", "code": 400}', "Their words."),
        (b'[{"error": {"message": "Their words."}}]', "Their words."),
        (b'{"error": {"message": "Their", "metadata": {"raw": "words."}}}', "Their: words."),
        (b'{"error": {"message": "Their words.", "metadata": {"raw": {}}}}', "Their words."),
        (b"<html><head><TITLE> Bad gateway </TITLE></head></html>", "Bad gateway"),
        (b"just text", "just text"),
        (b"\xff\xfe", "��"),
        (b"", None),
        (b"[" * 50_000, "[" * 1000),
        (b"<title" * 10_000, ("<title" * 200)[:1000]),
        (b'{"error": {"message": {"deep": 1}}}', '{"deep": 1}'),
    ],
)
def test_the_words_of_an_error_are_found_in_any_shape(body: bytes, words: str | None) -> None:
    error = error_of(http(502, body))
    assert (error.kind, error.provider_message) == (ErrorKind.UNAVAILABLE, words)


IN_STREAM = [
    ({"error": {"message": "m", "type": "server_error", "code": None}}, ErrorKind.UNAVAILABLE),
    ({"error": {"message": "m", "code": 502}}, ErrorKind.UNAVAILABLE),
    ({"error": {"message": "m", "code": 429}}, ErrorKind.RATE_LIMITED),
    ({"error": {"message": "m", "code": "rate_limit_exceeded"}}, ErrorKind.RATE_LIMITED),
    ({"error": {"message": "m", "code": "insufficient_quota"}}, ErrorKind.NO_MONEY),
    ({"error": {"message": "m", "code": 402}}, ErrorKind.NO_MONEY),
    ({"error": {"message": "m", "code": "content_filter"}}, ErrorKind.REFUSED),
    ({"error": {"message": "m", "code": "context_length_exceeded"}}, ErrorKind.REJECTED),
    ({"error": "m"}, ErrorKind.UNAVAILABLE),
    ({"object": "error", "message": "m", "code": 400}, ErrorKind.REJECTED),
    ({"error": {"message": "m", "code": 502}, **finish("error")}, ErrorKind.UNAVAILABLE),
]


@pytest.mark.parametrize(("message", "kind"), IN_STREAM)
def test_an_error_inside_a_stream_ends_it(message: dict[str, Any], kind: ErrorKind) -> None:
    error = error_of(chunked(event(delta("x"), message, finish(), "[DONE]")))
    assert (error.kind, error.provider_message) == (kind, "m")
    assert (error.http_status, error.request_id) == (200, "req_7")


def test_an_error_may_be_the_whole_of_a_200() -> None:
    error = error_of(http(200, {"error": {"message": "m", "code": 503}}))
    assert (error.kind, error.provider_message) == (ErrorKind.UNAVAILABLE, "m")


def test_the_sentence_for_a_bad_key_says_what_to_set() -> None:
    assert error_of(complaint(401)).sentence == (
        "openai refused the key (401): set OPENAI_API_KEY to a valid key, then retry."
    )


def unsupported(name: str, message: str = "", **more: Any) -> bytes:
    message = message or f"Unsupported parameter: '{name}' is not supported with this model."
    return complaint(400, "unsupported_parameter", param=name, message=message, **more)


FULL = replace(REQUEST, temperature=0.2, seed=1, schema={"type": "object"})
REFUSED_PARAMETERS = [
    ("temperature", unsupported("temperature")),
    (
        "temperature",
        complaint(
            400,
            "unsupported_value",
            param="temperature",
            message="'temperature' does not support 0.2 with this model. Only 1 is supported.",
        ),
    ),
    ("seed", complaint(400, message="Unrecognized request argument supplied: seed")),
    (
        "stream_options",
        http(
            400,
            {
                "object": "error",
                "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), "
                "'msg': 'Extra inputs are not permitted'}]",
                "code": 400,
            },
        ),
    ),
    (
        "response_format",
        complaint(
            400,
            message="Invalid parameter: 'response_format' of type 'json_schema' is not supported.",
        ),
    ),
    ("response_format", complaint(400, "x", param="response_format.json_schema.strict")),
    ("response_format", complaint(400, message="json_schema is not available for this model")),
]


@pytest.mark.parametrize(("name", "reply"), REFUSED_PARAMETERS)
def test_a_refused_parameter_is_left_out_from_then_on(name: str, reply: bytes) -> None:
    async def ask() -> None:
        talk = saying(reply, chunked(HELLO))
        async with serving(talk) as wire, provider_at(wire.url) as provider:
            for _ in range(2):
                pieces, done = await collect(provider, FULL)
                assert pieces == ["Hel", "lo"]
                assert len(done.warnings) == 1
                assert done.warnings[0].startswith("some-model takes no ")
            first, second, third = (seen.payload for seen in wire.seen)
            assert set(first) - set(second) == {name}
            assert second == third
            pieces, done = await collect(provider, replace(FULL, model="another"))
            assert name in wire.seen[-1].payload
            assert done.warnings == ()

    asyncio.run(ask())


def test_max_tokens_is_used_where_the_newer_name_is_refused() -> None:
    async def ask() -> None:
        talk = saying(unsupported("max_completion_tokens"), chunked(HELLO))
        async with serving(talk) as wire, provider_at(wire.url) as provider:
            for _ in range(2):
                _, done = await collect(provider)
                assert done.warnings == ()
            assert [seen.payload.get("max_tokens") for seen in wire.seen] == [None, 100, 100]
            assert "max_completion_tokens" not in wire.seen[-1].payload

    asyncio.run(ask())


def test_the_older_name_of_the_limit_gives_way_to_the_newer() -> None:
    replies = [unsupported("max_tokens"), chunked(HELLO)]
    (first, second), done = asked(EndpointType.OPENAI, replies, limit_field="max_tokens")
    assert (first.payload["max_tokens"], second.payload["max_completion_tokens"]) == (100, 100)
    assert "max_tokens" not in second.payload
    assert done.warnings == ()


AZURE = "/openai/deployments/some-deployment"


def test_azure_gets_its_version_with_each_call_and_its_key_in_its_header() -> None:
    async def ask() -> None:
        talk = saying(chunked(HELLO), http(200, {"data": [{"id": "a"}]}))
        wire: dict[str, Any] = {"api_version": "2024-10-21", "key_header": "api-key"}
        async with serving(talk) as server, provider_at(server.url + AZURE, **wire) as provider:
            await collect(provider)
            assert (await provider.health()).models == ("a",)
            assert [seen.path for seen in server.seen] == [
                f"{AZURE}/chat/completions?api-version=2024-10-21",
                "/openai/models?api-version=2024-10-21",
            ]
            assert {seen.headers["api-key"] for seen in server.seen} == {KEY}
            assert not any("authorization" in seen.headers for seen in server.seen)

    asyncio.run(ask())


def test_the_first_chunk_of_azure_has_no_choice() -> None:
    first = {"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    assert answer_to(chunked(event(first, delta("x"), finish(), "[DONE]")))[0] == "x"


@pytest.mark.parametrize(
    "reply",
    [
        complaint(400, "decimal_above_max_value", param="temperature"),
        complaint(400, "invalid_value", param="max_completion_tokens", message="It is too large."),
        complaint(422, "unsupported_parameter", param="temperature"),
        complaint(400, "unsupported_parameter", param="messages"),
    ],
)
def test_other_rejections_are_final(reply: bytes) -> None:
    async def ask() -> None:
        async with serving(saying(reply)) as wire, provider_at(wire.url) as provider:
            assert (await failure(provider, FULL)).kind is ErrorKind.REJECTED
            assert len(wire.seen) == 1

    asyncio.run(ask())


def test_each_parameter_is_given_up_once_and_no_more() -> None:
    async def ask() -> None:
        names = ["max_completion_tokens", "temperature", "seed", "response_format"]
        replies = [unsupported(name) for name in [*names, "stream_options", "max_tokens"]]
        async with serving(saying(*replies)) as wire, provider_at(wire.url) as provider:
            assert (await failure(provider, FULL)).kind is ErrorKind.REJECTED
            assert len(wire.seen) == 6
            assert set(wire.seen[-1].payload) == {"model", "messages", "max_tokens", "stream"}

    asyncio.run(ask())


def test_a_parameter_that_is_not_sent_cannot_be_left_out() -> None:
    async def ask() -> None:
        talk = saying(unsupported("temperature"))
        async with serving(talk) as wire, provider_at(wire.url) as provider:
            assert (await failure(provider, FULL)).kind is ErrorKind.REJECTED
            assert len(wire.seen) == 2

    asyncio.run(ask())


def test_a_healthy_endpoint_tells_its_models() -> None:
    async def ask() -> None:
        reply = http(200, {"object": "list", "data": [{"id": "a"}, {"id": "b"}]})
        async with serving(saying(reply)) as wire, provider_at(wire.url + "/v1") as provider:
            health = await provider.health()
            assert (health.is_ok, health.models) == (True, ("a", "b"))
            assert health.latency_s is not None
            assert (wire.seen[0].method, wire.seen[0].path) == ("GET", "/v1/models")

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (complaint(401, message=f"Incorrect API key provided: {KEY}."), "Incorrect API key"),
        (complaint(404), "OPENAI_BASE_URL"),
        (http(200, b"<html></html>", content_type="text/html"), "OPENAI_BASE_URL"),
        (http(200, {"foo": 1}), "OPENAI_BASE_URL"),
        (http(200, {"data": 1}), "OPENAI_BASE_URL"),
        (http(302, b"", location="http://127.0.0.1:1/"), "OPENAI_BASE_URL"),
        (b"not HTTP at all\r\n\r\n", "not HTTP"),
    ],
)
def test_ill_health_is_told_and_never_raised(reply: bytes, words: str) -> None:
    async def ask() -> None:
        async with serving(saying(reply)) as wire, provider_at(wire.url) as provider:
            health = await provider.health()
            assert not health.is_ok
            assert words in health.sentence
            assert KEY not in health.sentence

    asyncio.run(ask())
