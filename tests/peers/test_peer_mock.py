"""Four dialects as somebody else plays them, without a model."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.peers.servers import KEY, mock
from tests.providers.wire import REQUEST, collect, failure, provider_at
from webapp.domain.endpoint import EndpointType, Health
from webapp.providers.base import Done, ErrorKind, FinishReason, ProviderError

ANSWER = "Grüße von der anderen Seite, in vielen kleinen Stücken. " * 5
OK = {
    "content": ANSWER,
    "usage": {"prompt_tokens": 11, "completion_tokens": 22, "total_tokens": 33},
}
# What is asked -> what is said.
FIXTURES: dict[str, dict[str, Any]] = {
    "Say hello": {"response": OK},
    "Be cut": {"response": OK, "latency": 50, "disconnectAfterMs": 450},
    "Run out": {"response": {"content": "Half of", "finishReason": "length"}},
    "Be filtered": {"response": {"content": "Half of", "finishReason": "content_filter"}},
    "Be refused": {"response": {"content": "Half of", "finishReason": "refusal"}},
    "Be garbled": {"response": OK, "chaos": {"malformedRate": 1}},
    "Hang up": {"response": OK, "chaos": {"disconnectRate": 1}},
    **{
        f"Say {status}": {
            "response": {
                "error": {"message": f"It is {status}.", "type": kind},
                "status": status,
                "retryAfter": 7,
            }
        }
        for status, kind in {
            400: "invalid_request_error",
            401: "authentication_error",
            403: "permission_error",
            404: "not_found_error",
            429: "rate_limit_error",
            500: "api_error",
            503: "overloaded_error",
            529: "overloaded_error",
        }.items()
    },
}
DIALECTS: dict[str, tuple[EndpointType, str, dict[str, Any]]] = {
    "chat": (EndpointType.OPENAI, "/v1", {}),
    "responses": (EndpointType.OPENAI, "/v1", {"api": "responses"}),
    "anthropic": (EndpointType.ANTHROPIC, "", {}),
    "gemini": (EndpointType.GEMINI, "", {"api_version": "v1beta"}),
    "ollama": (EndpointType.OLLAMA, "", {}),
}
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that plays them all."""
    fixtures = [
        {"match": {"userMessage": asked}, "chunkSize": 20, **said}
        for asked, said in FIXTURES.items()
    ]
    file: Path = tmp_path_factory.mktemp("peer") / "fixtures.json"
    file.write_text(json.dumps({"fixtures": fixtures}))
    with mock(file) as url:
        yield url


def opened(url: str, dialect: str, key: str = KEY) -> Any:
    kind, base, wire = DIALECTS[dialect]
    return provider_at(url + base, kind, key=key, **wire)


def answer(url: str, dialect: str, prompt: str) -> tuple[list[str], Done]:
    async def asking() -> tuple[list[str], Done]:
        async with opened(url, dialect) as provider:
            return await collect(provider, replace(REQUEST, user=prompt))

    return asyncio.run(asking())


def error(url: str, dialect: str, prompt: str, key: str = KEY) -> ProviderError:
    async def asking() -> ProviderError:
        async with opened(url, dialect, key) as provider:
            return await failure(provider, replace(REQUEST, user=prompt))

    return asyncio.run(asking())


@every_dialect
def test_an_answer_comes_in_pieces_with_its_usage(peer: str, dialect: str) -> None:
    pieces, done = answer(peer, dialect, "Say hello")
    assert "".join(pieces) == ANSWER
    assert len(pieces) == -(-len(ANSWER) // 20)
    assert done.finish_reason is FinishReason.STOP
    if dialect != "ollama":  # whose tokens it does not count
        assert (done.input_tokens, done.output_tokens) == (11, 22)


@pytest.mark.parametrize(  # what it says in Responses and in Ollama, no real one would
    ("dialect", "prompt", "reason"),
    [
        ("chat", "Run out", FinishReason.LENGTH),
        ("anthropic", "Run out", FinishReason.LENGTH),
        ("gemini", "Run out", FinishReason.LENGTH),
        ("chat", "Be filtered", FinishReason.FILTERED),
        ("anthropic", "Be refused", FinishReason.FILTERED),
        ("gemini", "Be filtered", FinishReason.FILTERED),
    ],
)
def test_an_answer_says_why_it_ended(
    peer: str, dialect: str, prompt: str, reason: FinishReason
) -> None:
    pieces, done = answer(peer, dialect, prompt)
    assert ("".join(pieces), done.finish_reason) == ("Half of", reason)


@every_dialect
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, ErrorKind.REJECTED),
        (401, ErrorKind.BAD_KEY),
        (404, ErrorKind.REJECTED),
        (429, ErrorKind.RATE_LIMITED),
        (500, ErrorKind.UNAVAILABLE),
        (503, ErrorKind.UNAVAILABLE),
        (529, ErrorKind.UNAVAILABLE),
    ],
)
def test_a_status_is_an_error_of_its_kind(
    peer: str, dialect: str, status: int, kind: ErrorKind
) -> None:
    caught = error(peer, dialect, f"Say {status}")
    assert (caught.kind, caught.http_status) == (kind, status)
    assert f"It is {status}." in (caught.provider_message or "")
    assert caught.retry_after_s == (7 if status == 429 else None)


@every_dialect
@pytest.mark.parametrize("prompt", ["Be cut", "Be garbled"])
def test_an_answer_that_breaks_off_is_a_broken_reply(peer: str, dialect: str, prompt: str) -> None:
    assert error(peer, dialect, prompt).kind is ErrorKind.BROKEN_REPLY


@every_dialect
def test_a_connection_that_is_dropped_is_an_error_to_try_again(peer: str, dialect: str) -> None:
    assert error(peer, dialect, "Hang up").kind.is_retryable


@every_dialect
def test_a_wrong_key_is_refused(peer: str, dialect: str) -> None:
    assert error(peer, dialect, "Say hello", key="wrong").kind is ErrorKind.BAD_KEY


# Gemini's list of models and Ollama's version are not there.
@pytest.mark.parametrize("dialect", ["chat", "responses", "anthropic"])
def test_it_is_found_in_good_health(peer: str, dialect: str) -> None:
    async def asking(key: str) -> Health:
        async with opened(peer, dialect, key) as provider:
            health: Health = await provider.health()
            return health

    found = asyncio.run(asking(KEY))
    assert found.is_ok, found.sentence
    assert found.models
    assert not asyncio.run(asking("wrong")).is_ok
