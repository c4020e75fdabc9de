"""A call ends in time, whatever the other side does, and leaves no connection open."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.providers.wire import (
    RELAXED,
    REQUEST,
    STREAM_HEAD,
    Seen,
    Wire,
    chunk,
    collect,
    failure,
    provider_at,
    serving,
)
from webapp.domain.endpoint import Deadlines
from webapp.providers.base import ErrorKind
from webapp.providers.transport.call import is_reasoning

HEAD = STREAM_HEAD % b"text/event-stream"
PIECE = chunk(b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n')


async def silent(seen: Seen, transport: asyncio.Transport) -> None:
    """Say nothing at all."""


async def silent_after_headers(seen: Seen, transport: asyncio.Transport) -> None:
    transport.write(HEAD)


async def silent_in_the_middle(seen: Seen, transport: asyncio.Transport) -> None:
    transport.write(HEAD + PIECE)


def repeating(start: bytes, again: bytes) -> Callable[[Seen, asyncio.Transport], Awaitable[None]]:
    async def talk(seen: Seen, transport: asyncio.Transport) -> None:
        transport.write(start)
        while True:
            await asyncio.sleep(0.02)
            transport.write(again)

    return talk


slow_headers = repeating(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n")
slow_drip = repeating(HEAD, chunk(b"d"))
slow_pieces = repeating(HEAD, PIECE)
only_comments = repeating(HEAD, chunk(b": keep-alive\n\n"))
slow_complaint = repeating(b"HTTP/1.1 401 No\r\nContent-Length: 100000\r\n\r\n", b"x")

FIRST = Deadlines(5, 0.1, 10, 10, 10)
TOO_LONG = "openai did not finish within 0.2 s: choose a faster model or a smaller output limit."
FELL_SILENT = "openai fell silent for 0.1 s in the middle of its answer: retry later."
IDLE = Deadlines(5, 10, 0.1, 10, 10)
TOTAL = Deadlines(5, 10, 10, 0.2, 10)


@pytest.mark.parametrize(
    ("talk", "deadlines", "sentence"),
    [
        (silent, FIRST, "openai did not begin to answer within 0.1 s: retry later."),
        (slow_headers, FIRST, "openai did not begin to answer within 0.1 s: retry later."),
        (
            silent_after_headers,
            IDLE,
            FELL_SILENT,
        ),
        (
            silent_in_the_middle,
            IDLE,
            FELL_SILENT,
        ),
        (silent, TOTAL, TOO_LONG),
        (silent_in_the_middle, TOTAL, TOO_LONG),
        (slow_drip, TOTAL, TOO_LONG),
        (slow_pieces, TOTAL, TOO_LONG),
        (only_comments, TOTAL, TOO_LONG),
    ],
)
def test_a_deadline_ends_a_call_and_its_connection(
    talk: Callable[[Seen, asyncio.Transport], Awaitable[None]], deadlines: Deadlines, sentence: str
) -> None:
    async def ask() -> None:
        async with (
            serving(talk) as wire,
            provider_at(wire.url, deadlines=deadlines) as provider,
        ):
            error = await failure(provider)
            assert (error.kind, error.sentence) == (ErrorKind.TIMEOUT, sentence)
            await wire.until(lambda: wire.closed == wire.opened == 1)

    asyncio.run(ask())


def test_a_status_counts_though_its_words_never_end() -> None:
    async def ask() -> None:
        deadlines = replace(RELAXED, total_s=0.2)
        async with (
            serving(slow_complaint) as wire,
            provider_at(wire.url, deadlines=deadlines) as provider,
        ):
            assert (await failure(provider)).kind is ErrorKind.BAD_KEY
            await wire.until(lambda: wire.closed == 1)

    asyncio.run(ask())


async def late_words(seen: Seen, transport: asyncio.Transport) -> None:
    transport.write(b"HTTP/1.1 401 No\r\nContent-Length: 8\r\n\r\n")
    await asyncio.sleep(0.05)
    transport.write(b"Go away.")


def test_the_words_after_a_status_are_waited_for() -> None:
    async def ask() -> None:
        async with serving(late_words) as wire, provider_at(wire.url) as provider:
            assert (await failure(provider)).provider_message == "Go away."

    asyncio.run(ask())


@pytest.mark.parametrize("model", ["o3-mini", "gpt-5.4"])
def test_a_model_that_thinks_may_be_silent_until_its_own_total(model: str) -> None:
    async def ask() -> None:
        deadlines = Deadlines(5, 0.05, 0.05, 0.05, 0.3)
        async with (
            serving(silent) as wire,
            provider_at(wire.url, deadlines=deadlines) as provider,
        ):
            error = await failure(provider, replace(REQUEST, model=model))
            assert error.sentence.startswith("openai did not finish within 0.3 s:")

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("model", "thinks"),
    [
        ("o1", True),
        ("o1-preview", True),
        ("o3-mini", True),
        ("openai/o4-mini", True),
        ("o12", True),
        ("gpt-5", True),
        ("gpt-5-mini", True),
        ("gpt-5.4-nano", True),
        ("gpt-6-luna", True),
        ("gpt-10", True),
        ("GPT-5", True),
        ("deepseek-r1:8b", True),
        ("deepseek/deepseek-r1", True),
        ("qwq:32b", True),
        ("qwen/qwq-32b", True),
        ("phi4-reasoning", True),
        ("qwen3-thinking", True),
        ("gemini-2.5-pro", True),
        ("models/gemini-3.8-flash", True),
        ("gemini-10-flash", True),
        ("gemini-2.0-flash", False),
        ("gemini-1.5-pro", False),
        ("gpt-4o-mini", False),
        ("gpt-4.1", False),
        ("gpt-oss:20b", False),
        ("llama3.2", False),
        ("olmo2", False),
        ("o1something", False),
        ("deepseek-v3", False),
        ("", False),
    ],
)
def test_names_tell_which_models_think(model: str, thinks: bool) -> None:
    assert is_reasoning(model) is thinks


@pytest.mark.parametrize("talk", [silent, silent_after_headers, silent_in_the_middle, slow_pieces])
def test_cancelling_closes_the_connection(
    talk: Callable[[Seen, asyncio.Transport], Awaitable[None]],
) -> None:
    async def ask() -> None:
        async with serving(talk) as wire, provider_at(wire.url) as provider:
            calls = [asyncio.create_task(collect(provider)) for _ in range(5)]
            await wire.until(lambda: len(wire.seen) == 5)
            assert wire.closed == 0
            for call in calls:
                call.cancel()
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(result) for result in results} == {asyncio.CancelledError}
            await wire.until(lambda: wire.closed == 5)

    asyncio.run(ask())


def test_who_stops_listening_ends_the_call() -> None:
    async def ask() -> None:
        async with serving(silent_in_the_middle) as wire, provider_at(wire.url) as provider:
            async for _ in provider.stream(REQUEST):
                break
            await wire.until(lambda: wire.closed == 1)

    asyncio.run(ask())


def test_an_endpoint_that_takes_no_connection_is_given_up() -> None:
    async def ask(url: str) -> None:
        async with provider_at(url, deadlines=replace(RELAXED, connect_s=0.2)) as provider:
            error = await failure(provider)
            assert error.kind is ErrorKind.TIMEOUT
            assert not error.may_be_charged
            assert error.sentence == (
                "openai took no connection within 0.2 s: check that it runs, and OPENAI_BASE_URL."
            )

    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for filling in (first, second):  # the backlog: from now on nobody is let in
            filling.setblocking(False)
            filling.connect_ex(listening.getsockname())
        asyncio.run(ask(f"http://127.0.0.1:{listening.getsockname()[1]}"))


async def late_end(seen: Seen, transport: asyncio.Transport) -> None:
    """A whole answer whose last HTTP chunk never comes."""
    transport.write(HEAD + PIECE)
    transport.write(chunk(b'data: {"choices":[{"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'))


def test_an_answer_is_not_lost_because_the_server_does_not_hang_up() -> None:
    async def ask() -> None:
        async with serving(late_end) as wire, provider_at(wire.url) as provider:
            async with asyncio.timeout(RELAXED.idle_s / 2):
                pieces, _ = await collect(provider)
            assert pieces == ["x"]
            await wire.until(lambda: wire.closed == 1)

    asyncio.run(ask())


async def end_without_mark(seen: Seen, transport: asyncio.Transport) -> None:
    transport.write(HEAD + PIECE + chunk(b'data: {"choices":[{"finish_reason":"stop"}]}\n\n'))


def test_an_answer_with_its_finish_reason_outlives_a_deadline() -> None:
    async def ask() -> None:
        async with (
            serving(end_without_mark) as wire,
            provider_at(wire.url, deadlines=IDLE) as provider,
        ):
            assert (await collect(provider))[0] == ["x"]

    asyncio.run(ask())


def test_health_is_asked_for_5_s_at_most() -> None:
    async def ask(wire: Wire) -> None:
        async with provider_at(wire.url) as provider:
            health = await provider.health()
            assert "within 5 s" in health.sentence

    async def serve() -> None:
        async with serving(silent) as wire:
            await ask(wire)

    asyncio.run(serve())
