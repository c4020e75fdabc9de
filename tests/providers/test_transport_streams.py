"""However the network cuts a stream: the whole answer, or a ProviderError."""

import asyncio
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.providers.recorded import RECORDED, Recorded
from tests.providers.wire import (
    REQUEST,
    STREAM_HEAD,
    Seen,
    chunk,
    chunked,
    collect,
    provider_at,
    selling,
    serving,
)
from webapp.providers.base import ErrorKind, Provider, ProviderError

NAMES = [name for name in RECORDED if "CRLF" not in name]


async def ask_each(
    recorded: Recorded, replies: list[list[bytes]], hang_up: bool
) -> list[str | ErrorKind]:
    """What comes of one call for each reply, whose parts arrive apart; at most 32 at once."""

    async def talk(seen: Seen, transport: asyncio.Transport) -> None:
        number = int(re.findall(rb"Prompt (\d+)", seen.body)[0])
        for part in replies[number]:
            transport.write(part)
            await asyncio.sleep(0)
        if hang_up:
            transport.close()

    async def ask(provider: Provider, number: int) -> str | ErrorKind:
        request = replace(REQUEST, user=f"Prompt {number}")
        async with slots:
            try:
                pieces, _ = await collect(provider, request)
            except ProviderError as error:
                return error.kind
        return "".join(pieces)

    slots = asyncio.Semaphore(32)
    async with (
        serving(selling(talk)) as wire,
        provider_at(wire.url, recorded.kind, **recorded.wire) as provider,
    ):
        return await asyncio.gather(*(ask(provider, number) for number in range(len(replies))))


@pytest.mark.parametrize("name", RECORDED)
def test_a_stream_may_be_cut_into_pieces_anywhere(name: str) -> None:
    recorded = RECORDED[name]
    body = recorded.body
    replies = [
        [STREAM_HEAD % recorded.media_type + chunk(body[:at]), chunk(body[at:]) + b"0\r\n\r\n"]
        for at in range(1, len(body))
    ]
    outcomes = asyncio.run(ask_each(recorded, replies, hang_up=False))
    assert set(outcomes) == {recorded.text}


def test_a_stream_may_come_byte_by_byte() -> None:
    for recorded in RECORDED.values():
        reply = chunked(recorded.body, recorded.media_type, size=1)
        parts = [reply[at : at + 3] for at in range(0, len(reply), 3)]
        outcomes = asyncio.run(ask_each(recorded, [parts], hang_up=False))
        assert outcomes == [recorded.text]


@pytest.mark.parametrize("hang_up", [False, True], ids=["ended", "hung up"])
@pytest.mark.parametrize("name", RECORDED)
def test_a_stream_cut_off_anywhere_is_no_answer(name: str, hang_up: bool) -> None:
    recorded = RECORDED[name]
    body = recorded.body
    tail = b"" if hang_up else b"0\r\n\r\n"
    replies = [
        [STREAM_HEAD % recorded.media_type + (chunk(body[:at]) if at else b"") + tail]
        for at in range(len(body))
    ]
    outcomes = asyncio.run(ask_each(recorded, replies, hang_up))
    # The line end after the end mark may be missing or not: both are right.
    surely_broken = outcomes[: recorded.end_at - 4]
    assert set(surely_broken) == {ErrorKind.BROKEN_REPLY}
    assert set(outcomes[recorded.end_at :]) <= {recorded.text}
    assert set(outcomes) <= {recorded.text, ErrorKind.BROKEN_REPLY}


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_cut_off_in_its_headers_is_unavailable(name: str) -> None:
    recorded = RECORDED[name]
    head = STREAM_HEAD % recorded.media_type
    replies = [[head[:at]] for at in range(len(head))]
    outcomes = asyncio.run(ask_each(recorded, replies, hang_up=True))
    assert set(outcomes) == {ErrorKind.UNAVAILABLE}


def outcomes_of(recorded: Recorded, bodies: list[bytes]) -> list[str | ErrorKind]:
    """What comes of whole streams with these bodies; any other exception fails the test."""
    replies = [[chunked(body, recorded.media_type)] for body in bodies]
    return asyncio.run(ask_each(recorded, replies, hang_up=False))


def mutations(recorded: Recorded) -> st.SearchStrategy[bytes]:
    """The body with a few stretches of it replaced by other bytes."""

    def change(changes: list[tuple[int, int, bytes]]) -> bytes:
        body = recorded.body
        for at, length, other in changes:
            body = body[:at] + other + body[at + length :]
        return body

    places = st.tuples(st.integers(0, len(recorded.body)), st.integers(0, 40), st.binary())
    return st.lists(places, min_size=1, max_size=3).map(change)


@settings(deadline=None, max_examples=20)
@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_garbled_bytes_come_to_an_answer_or_an_error(name: str, data: st.DataObject) -> None:
    recorded = RECORDED[name]
    bodies = data.draw(st.lists(mutations(recorded), min_size=1, max_size=10))
    assert len(outcomes_of(recorded, bodies)) == len(bodies)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def objects(*names: str, **known: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Objects with some of these names; half of the values are of the known shape."""
    fields = dict.fromkeys(names, anything)
    return st.fixed_dictionaries(
        {}, optional={**fields, **{name: anything | known[name] for name in known}}
    )


deltas = objects("content", "refusal", "role", "text", "type", "stop_reason", "thinking")
types = st.sampled_from(
    ["content_block_delta", "message", "message_delta", "message_start", "message_stop"]
    + [f"response.{name}" for name in ("completed", "failed", "incomplete", "output_text.delta")]
)
parts = st.lists(objects("text", "thought", "refusal", "type"), max_size=2)
usages = objects("prompt_tokens", "completion_tokens", "input_tokens", "cache_read_input_tokens")
responses = objects(
    "error", "object", "status", usage=usages, output=st.lists(objects(content=parts), max_size=2)
)
candidates = st.lists(objects("finishReason", content=objects(parts=parts)), max_size=2)
chunks = objects(
    "object",
    "done",
    "done_reason",
    "prompt_eval_count",
    "promptFeedback",
    "usageMetadata",
    choices=st.lists(objects("finish_reason", delta=deltas, message=deltas), max_size=2),
    message=deltas,
    type=types,
    delta=deltas,
    content=parts,
    response=responses,
    candidates=candidates,
    usage=usages,
    x_groq=objects(usage=objects("prompt_tokens")),
    error=objects("message", "code", "type", "param", "detail", details=anything),
    errors=st.lists(objects("code", "message"), max_size=2),
)


@settings(deadline=None, max_examples=20)
@pytest.mark.parametrize("name", NAMES)
@given(messages=st.lists(st.lists(chunks, max_size=4), min_size=1, max_size=10))
def test_odd_json_comes_to_an_answer_or_an_error(name: str, messages: list[list[object]]) -> None:
    start, end = (b"", b"\n") if name == "ollama" else (b"data: ", b"\n\n")
    bodies = [
        b"".join(start + json.dumps(message).encode() + end for message in stream)
        for stream in messages
    ]
    for outcome in outcomes_of(RECORDED[name], bodies):
        outcome.encode()  # what cannot be encoded cannot be stored


def test_half_a_surrogate_pair_does_no_harm() -> None:
    choice = {"delta": {"content": "a\ud83db"}, "finish_reason": "stop"}
    body = b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"
    assert outcomes_of(RECORDED["openai"], [body]) == ["a\ufffdb"]
