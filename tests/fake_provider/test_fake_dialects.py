import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.fake_provider.asking import KINDS, answer, body, error, opened
from webapp.domain.endpoint import EndpointType, Health
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.providers.base import ErrorKind, FinishReason

OPENAI, OLLAMA = EndpointType.OPENAI, EndpointType.OLLAMA
CHAT = {OPENAI: "/v1/chat/completions", OLLAMA: "/api/chat"}


def health(fake: FakeProvider, kind: EndpointType, key: str = "a-key") -> Health:
    async def ask() -> Health:
        async with opened(fake, kind, key=key) as provider:
            return await provider.health()

    return asyncio.run(ask())


def events(stream: str) -> list[Any]:
    return [
        json.loads(line.removeprefix("data: ")) if line[6:] != "[DONE]" else "[DONE]"
        for line in stream.split("\n\n")
        if line
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_adapter_gets_a_whole_answer(fake: FakeProvider, kind: EndpointType) -> None:
    fake.set(Behaviour(answer="Grüße! " * 50))
    text, done = answer(fake, kind=kind)
    assert text == "Grüße! " * 50
    assert (done.finish_reason, done.output_tokens) == (FinishReason.STOP, 88)
    assert (done.input_tokens or 0) > 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_adapter_finds_it_in_good_health(fake: FakeProvider, kind: EndpointType) -> None:
    fake.set(Behaviour(models=("a", "b")))
    found = health(fake, kind)
    assert found.is_ok
    assert [name.partition(":")[0] for name in found.models] == ["a", "b"]


@pytest.mark.parametrize("kind", KINDS)
def test_only_its_key_counts(fake: FakeProvider, kind: EndpointType) -> None:
    fake.set(Behaviour(key="right"))
    assert error(fake, kind=kind, key="wrong").kind is ErrorKind.BAD_KEY
    assert answer(fake, kind=kind, key="right")[0]
    # watsonx shows its models to anybody, and IAM is asked for a token nevertheless.
    assert not health(fake, kind, key="wrong").is_ok
    assert health(fake, kind, key="right").is_ok


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_it_does_not_have_is_rejected(fake: FakeProvider, kind: EndpointType) -> None:
    fake.set(Behaviour(models=("another",)))
    assert error(fake, kind=kind).kind is ErrorKind.REJECTED
    assert answer(fake, kind=kind, model="another")[0]


def test_a_stream_of_openai_has_its_chunks_in_order(http: httpx.Client, fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="hello"))
    asked = body(stream=True, stream_options={"include_usage": True})
    reply = http.post(CHAT[OPENAI], json=asked)
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["x-request-id"].startswith("req_")
    role, *pieces, finish, usage, end = events(reply.text)
    assert role["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [piece["choices"][0]["delta"] for piece in pieces] == [
        {"content": "hel"},
        {"content": "lo"},
    ]
    assert (finish["choices"][0]["delta"], finish["choices"][0]["finish_reason"]) == ({}, "stop")
    assert (usage["choices"], usage["usage"]["completion_tokens"], end) == ([], 2, "[DONE]")


def test_usage_is_only_streamed_where_it_was_asked_for(http: httpx.Client) -> None:
    *_, finish, end = events(http.post(CHAT[OPENAI], json=body(stream=True)).text)
    assert (finish["choices"][0]["finish_reason"], end) == ("stop", "[DONE]")


def test_openai_answers_at_once_unless_a_stream_is_asked_for(
    http: httpx.Client, fake: FakeProvider
) -> None:
    fake.set(Behaviour(answer="hello"))
    whole = http.post(CHAT[OPENAI], json=body(stream=None)).json()
    assert whole["object"] == "chat.completion"
    assert whole["choices"][0]["message"]["content"] == "hello"
    assert whole["usage"]["total_tokens"] == whole["usage"]["prompt_tokens"] + 2


def test_ollama_streams_unless_told_otherwise(http: httpx.Client, fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="hello"))
    reply = http.post(CHAT[OLLAMA], json=body(stream=None))
    assert reply.headers["content-type"] == "application/x-ndjson"
    *pieces, done = map(json.loads, reply.text.splitlines())
    assert "".join(piece["message"]["content"] for piece in pieces) == "hello"
    assert (done["done"], done["done_reason"], done["eval_count"]) == (True, "stop", 2)
    whole = http.post(CHAT[OLLAMA], json=body()).json()
    assert (whole["message"]["content"], whole["done"]) == ("hello", True)


def test_ollama_says_what_it_is(http: httpx.Client) -> None:
    assert http.get("/").text == "Ollama is running"
    shown = http.post("/api/show", json={"model": "m"}).json()
    assert shown["capabilities"] == ["completion"]


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        (CHAT[OPENAI], b"{", 400),
        (CHAT[OPENAI], b'{"model": "m"}', 400),
        (CHAT[OPENAI], b'{"model": "m", "messages": [7]}', 400),
        (CHAT[OPENAI], b'{"model": 1, "messages": [{"content": "x"}]}', 400),
        (CHAT[OPENAI], b"[" * 100_000, 400),
        (CHAT[OLLAMA], b"{", 400),
        ("/v1/nothing", b"{}", 404),
        ("/api/nothing", b"{}", 404),
        ("/chat/completions", b"{}", 404),
    ],
)
def test_an_error_has_the_form_of_its_dialect(
    http: httpx.Client, path: str, content: bytes, status: int
) -> None:
    reply = http.post(path, content=content)
    assert reply.status_code == status
    said = reply.json()["error"]
    if path.startswith("/api/"):
        assert isinstance(said, str)
    else:
        assert said.keys() == {"message", "type", "param", "code"}


def test_a_content_in_parts_is_a_prompt_too(http: httpx.Client) -> None:
    parts = [{"type": "text", "text": "One [[fake: 503]]"}, {"type": "text", "text": "two"}]
    assert http.post(CHAT[OPENAI], json=body(parts)).status_code == 503
