import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.wire import (
    REQUEST,
    Wire,
    answer_to,
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
from webapp.providers.base import Done, ErrorKind, FinishReason, GenerationRequest, ProviderError
from webapp.providers.ollama import full_name

OLLAMA = EndpointType.OLLAMA


def piece(content: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "message": {"role": "assistant", "content": content, **more}}


def end(reason: str | None = "stop", prompt: int | None = 26, answer: int = 3) -> dict[str, Any]:
    message = {**piece(""), "done": True, "done_reason": reason, "eval_count": answer}
    return message if prompt is None else {**message, "prompt_eval_count": prompt}


def lines(*messages: dict[str, Any]) -> bytes:
    body = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
    return chunked(body, b"application/x-ndjson")


HELLO = lines(piece("Hel"), {**piece("lo"), "done": False}, end())


def told(reply: bytes) -> tuple[str, Done]:
    return answer_to(reply, kind=OLLAMA)


def error(reply: bytes, request: GenerationRequest = REQUEST) -> ProviderError:
    return error_of(reply, request, OLLAMA)


def sent(*requests: GenerationRequest, replies: tuple[bytes, ...] = (HELLO,)) -> list[Any]:
    async def ask() -> Wire:
        async with serving(saying(*replies)) as wire, provider_at(wire.url, OLLAMA) as provider:
            for request in requests:
                await collect(provider, request)
        return wire

    return [seen.payload for seen in asyncio.run(ask()).seen]


def test_an_answer_comes_in_pieces_with_its_costs() -> None:
    async def ask() -> None:
        async with serving(saying(HELLO)) as wire, provider_at(wire.url, OLLAMA) as provider:
            pieces, done = await collect(provider)
            assert pieces == ["Hel", "lo"]
            assert done == Done(FinishReason.STOP, 26, 3, raw_finish_reason="stop")
            assert (wire.seen[0].method, wire.seen[0].path) == ("POST", "/api/chat")

    asyncio.run(ask())


def test_the_prompt_goes_with_a_context_it_fits_in() -> None:
    schema = {"type": "object"}
    request = replace(REQUEST, temperature=0.0, seed=0, schema=schema)
    assert sent(REQUEST, request) == [
        {
            "model": "some-model",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Say hello."},
            ],
            "stream": True,
            "truncate": False,
            "think": False,
            "options": {"num_ctx": 4096, "num_predict": 100},
        },
        {
            "model": "some-model",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Say hello."},
            ],
            "stream": True,
            "truncate": False,
            "think": False,
            "format": schema,
            "options": {"num_ctx": 4096, "num_predict": 100, "temperature": 0.0, "seed": 0},
        },
    ]


def test_the_context_of_a_model_never_shrinks() -> None:
    long = replace(REQUEST, user="word " * 5000)  # 25,000 bytes are about 7,000 tokens
    other = replace(REQUEST, model="another")
    tagged = replace(REQUEST, model="some-model:latest")
    payloads = sent(REQUEST, long, REQUEST, tagged, other)
    contexts = [payload["options"]["num_ctx"] for payload in payloads]
    assert contexts == [4096, 8192, 8192, 8192, 4096]


def test_the_context_has_room_for_an_estimate_that_is_too_low() -> None:
    tight = replace(REQUEST, user="x" * 14_000)  # 3,900 tokens and 100 for the answer
    assert sent(tight)[0]["options"]["num_ctx"] == 8192


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("llama3.2", "llama3.2:latest"),
        ("llama3.2:latest", "llama3.2:latest"),
        ("llama3.2:1b", "llama3.2:1b"),
        ("host:5000/team/llama3.2", "host:5000/team/llama3.2:latest"),
    ],
)
def test_a_name_without_a_tag_means_latest(name: str, full: str) -> None:
    assert full_name(name) == full


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("load", FinishReason.ERROR),
        ("unload", FinishReason.ERROR),
        ("a_new_one", FinishReason.OTHER),
        (None, FinishReason.STOP),
    ],
)
def test_a_done_reason_keeps_its_raw_value(raw: str | None, expected: FinishReason) -> None:
    _, done = told(lines(piece("x"), end(raw)))
    assert (done.finish_reason, done.raw_finish_reason) == (expected, raw)


def test_thinking_is_left_out() -> None:
    assert told(lines(piece("", thinking="hm"), piece("x"), end()))[0] == "x"


def test_a_missing_count_is_unknown() -> None:
    assert told(lines(piece("x"), end(prompt=None)))[1].input_tokens is None


@pytest.mark.parametrize("prompt", [4093, 4000])
def test_a_full_context_is_said(prompt: int) -> None:
    assert told(lines(piece("x"), end(prompt=prompt)))[1].warnings == (
        "The context of some-model was full: the beginning of the prompt may have been cut off.",
    )


def test_the_last_line_may_lack_its_end() -> None:
    body = json.dumps(piece("x")) + "\n" + json.dumps(end())
    assert told(chunked(body.encode(), b"application/x-ndjson"))[0] == "x"


def test_what_comes_after_the_end_does_not_count() -> None:
    body = json.dumps(piece("x")) + "\n" + json.dumps(end()) + "\nnonsense\n"
    assert told(chunked(body.encode(), b"application/x-ndjson"))[0] == "x"


def refusal(status: int, message: str) -> bytes:
    return http(status, {"error": message})


TOO_LITTLE_MEMORY = "model requires more system memory (5.6 GiB) than is available (3.1 GiB)"


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (refusal(400, "invalid options"), ErrorKind.REJECTED, "rejected the request"),
        (refusal(401, "unauthorized"), ErrorKind.BAD_KEY, "or OLLAMA_HOST to a server"),
        (
            refusal(404, "model 'some-model' not found"),
            ErrorKind.REJECTED,
            "run `ollama pull some-model`",
        ),
        (refusal(404, "404 page not found"), ErrorKind.REJECTED, "check OLLAMA_HOST"),
        (refusal(429, "too many"), ErrorKind.RATE_LIMITED, "pause"),
        (refusal(500, TOO_LITTLE_MEMORY), ErrorKind.REJECTED, "too little memory"),
        (refusal(500, "llama runner process has terminated"), ErrorKind.UNAVAILABLE, "Retry"),
        (refusal(503, "server busy, maximum pending"), ErrorKind.UNAVAILABLE, "Retry"),
        (lines(piece("x"), {"error": "CUDA error"}), ErrorKind.UNAVAILABLE, "Retry"),
        (lines({"error": TOO_LITTLE_MEMORY}), ErrorKind.REJECTED, "too little memory"),
        (lines(piece("x")), ErrorKind.BROKEN_REPLY, "broke off"),
        (lines(), ErrorKind.BROKEN_REPLY, "broke off"),
        (lines(piece("x"), {**end(), "done": 1}), ErrorKind.BROKEN_REPLY, "broke off"),
        (chunked(b"nonsense\n"), ErrorKind.BROKEN_REPLY, "not the JSON"),
        (chunked(b"[" * 100_000 + b"\n"), ErrorKind.BROKEN_REPLY, "not the JSON"),
        (chunked(b"[1]\n"), ErrorKind.BROKEN_REPLY, "not the JSON"),
    ],
)
def test_what_is_no_answer_is_of_the_kind_it_says(
    reply: bytes, kind: ErrorKind, words: str
) -> None:
    told = error(reply)
    assert told.kind is kind
    assert words in told.sentence


def test_a_model_that_cannot_think_is_not_told_not_to_again() -> None:
    reply = refusal(400, '"some-model" does not support thinking')
    first, second, third = sent(REQUEST, REQUEST, replies=(reply, HELLO))
    assert set(first) - set(second) == {"think"}
    assert second == third


def too_long(tokens: int, context: int) -> bytes:
    inner = {
        "code": 400,
        "message": f"request ({tokens} tokens) exceeds the available context size",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": tokens,
        "n_ctx": context,
    }
    return refusal(400, json.dumps({"error": inner}))


def test_a_prompt_of_more_tokens_than_estimated_gets_a_larger_context() -> None:
    payloads = sent(REQUEST, REQUEST, replies=(too_long(8889, 4096), HELLO))
    assert [payload["options"]["num_ctx"] for payload in payloads] == [4096, 16384, 16384]


def test_a_prompt_that_no_context_of_the_model_holds_is_rejected() -> None:
    async def ask() -> None:
        talk = saying(too_long(8889, 4096))
        async with serving(talk) as wire, provider_at(wire.url, OLLAMA) as provider:
            told = await failure(provider)
            assert told.kind is ErrorKind.REJECTED
            assert told.sentence.startswith("The prompt is too long for some-model at ollama")
            assert len(wire.seen) == 2

    asyncio.run(ask())


def test_a_healthy_endpoint_tells_its_version_and_models() -> None:
    async def ask() -> None:
        tags = {"models": [{"name": "llama3.2:latest"}, {"name": "qwen3:8b"}]}
        talk = saying(http(200, {"version": "0.33.3"}), http(200, tags))
        async with serving(talk) as wire, provider_at(wire.url, OLLAMA) as provider:
            health = await provider.health()
            assert health.is_ok
            assert health.models == ("llama3.2:latest", "qwen3:8b")
            assert "0.33.3" in health.sentence
            assert [seen.path for seen in wire.seen] == ["/api/version", "/api/tags"]

    asyncio.run(ask())


@pytest.mark.parametrize(
    "replies",
    [
        (http(404, b"404 page not found"),),
        (http(200, {"version": 1}),),
        (http(200, {"version": "1"}), http(500, {"error": "no"})),
        (http(200, {"version": "1"}), http(200, b"<html>", content_type="text/html")),
    ],
)
def test_ill_health_is_told_and_never_raised(replies: tuple[bytes, ...]) -> None:
    async def ask() -> None:
        async with serving(saying(*replies)) as wire, provider_at(wire.url, OLLAMA) as provider:
            assert not (await provider.health()).is_ok

    asyncio.run(ask())
