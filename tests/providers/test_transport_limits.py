"""What an endpoint says of its rate limits, by headers of any honesty."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_provider.asking import opened
from tests.providers.chunks import complaint
from tests.providers.recorded import RECORDED
from tests.providers.wire import (
    REQUEST,
    STREAM_HEAD,
    Seen,
    chunk,
    chunked,
    error_of,
    http,
    provider_at,
    saying,
    selling,
    serving,
)
from webapp.domain.endpoint import EndpointType
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.providers.anthropic import DIALECT as ANTHROPIC
from webapp.providers.base import Allowance, Done, Event, RateLimits, Text
from webapp.providers.gemini import DIALECT as GEMINI
from webapp.providers.ollama import DIALECT as OLLAMA
from webapp.providers.openai import DIALECT as OPENAI
from webapp.providers.transport import Dialect
from webapp.providers.transport.limits import rate_limits
from webapp.providers.watsonx import DIALECT as WATSONX

NOW = datetime(2026, 11, 24, 12, 0, 0, 500_000, tzinfo=UTC)
TELLING = ["openai", "responses", "anthropic", "watsonx"]
NAMES = {
    "openai": "x-ratelimit-*-requests",
    "responses": "x-ratelimit-*-requests",
    "anthropic": "anthropic-ratelimit-requests-*",
    "watsonx": "x-requests-limit-*",
}


def headers(name: str, limit: str, remaining: str, reset: str) -> dict[str, str]:
    """The three headers of one allowance; a value "" is left out."""
    parts = {"limit": limit, "remaining": remaining, "reset": reset}
    return {name.replace("*", part): value for part, value in parts.items() if value}


def told(dialect: Dialect, *allowances: Mapping[str, str]) -> RateLimits | None:
    merged = {name: value for each in allowances for name, value in each.items()}
    return rate_limits(merged, dialect.limits, NOW)


def of_openai(reset: str, limit: str = "60", remaining: str = "59") -> RateLimits | None:
    return told(OPENAI, headers("x-ratelimit-*-requests", limit, remaining, reset))


@pytest.mark.parametrize(
    ("reset", "reset_s"),
    [
        ("1s", 1),
        ("6m0s", 360),
        ("17ms", 0.017),
        ("1h2m3s", 3723),
        ("2m59.56s", 179.56),
        ("0s", 0),
        ("2", 2),
        ("2.5", 2.5),
        ("24h0m0s", 86_400),
        ("2026-11-24T12:00:30Z", 29.5),
        ("2026-11-24T13:00:30+01:00", 29.5),
        ("2026-11-24T12:00:00Z", 0),
    ],
)
def test_when_all_is_back_is_read_in_every_form(reset: str, reset_s: float) -> None:
    limits = of_openai(reset)
    assert limits is not None
    assert limits.requests is not None
    assert math.isclose(limits.requests.reset_s, reset_s)
    assert (limits.requests.limit, limits.requests.remaining) == (60, 59)


def test_requests_and_tokens_are_told_apart() -> None:
    requests = headers("x-ratelimit-*-requests", "14400", "14370", "2m59.56s")
    tokens = headers("x-ratelimit-*-tokens", "6000", "0", "7.66s")
    assert told(OPENAI, requests, tokens) == RateLimits(
        Allowance(14400, 14370, 179.56), Allowance(6000, 0, 7.66)
    )
    assert told(OPENAI, tokens) == RateLimits(None, Allowance(6000, 0, 7.66))


def test_of_the_tokens_of_anthropic_the_scarcest_count() -> None:
    reset = "2026-11-24T12:01:00Z"
    tokens, read, written = (
        headers(f"anthropic-ratelimit-{of}tokens-*", limit, remaining, reset)
        for of, limit, remaining in (
            ("", "100000", "60000"),
            ("input-", "80000", "50000"),
            ("output-", "20000", "5000"),
        )
    )
    assert told(ANTHROPIC, tokens, read, written) == RateLimits(
        None, Allowance(20000, 5000, 59.5, 1)
    )
    assert told(ANTHROPIC, tokens, read) == RateLimits(None, Allowance(100000, 60000, 59.5, 1))


def test_the_requests_of_watsonx_are_those_of_the_instance() -> None:
    assert told(WATSONX, headers("x-requests-limit-*", "8", "3", "0.625")) == RateLimits(
        Allowance(8, 3, 0.625)
    )


@pytest.mark.parametrize("dialect", [GEMINI, OLLAMA], ids=["gemini", "ollama"])
def test_who_tells_nothing_is_not_asked(dialect: Dialect) -> None:
    assert told(dialect, headers("x-ratelimit-*-requests", "60", "59", "1s")) is None


@pytest.mark.parametrize(("date", "reset_s"), [("13:00:00", 30), ("11:59:59", 29.5), ("x", 29.5)])
def test_a_wrong_clock_here_does_not_count(date: str, reset_s: float) -> None:
    hour = "13" if date == "13:00:00" else "12"
    name = "anthropic-ratelimit-requests-*"
    said = headers(name, "60", "59", f"2026-11-24T{hour}:00:30Z")
    limits = told(ANTHROPIC, said, {"date": f"Tue, 24 Nov 2026 {date} GMT"})
    assert limits == RateLimits(Allowance(60, 59, reset_s, 1))


@pytest.mark.parametrize(
    ("limit", "remaining", "reset"),
    [
        ("", "59", "1s"),
        ("60", "", "1s"),
        ("60", "59", ""),
        ("0", "0", "1s"),
        ("60", "61", "1s"),
        ("-1", "-1", "1s"),
        ("60", "-1", "1s"),
        ("nan", "59", "1s"),
        ("60.5", "59", "1s"),
        ("1_000", "59", "1s"),
        ("٦٠", "59", "1s"),
        ("9" * 19, "59", "1s"),
        ("9" * 5000, "59", "1s"),
        ("60", "59", "-1"),
        ("60", "59", "-1s"),
        ("60", "59", "nan"),
        ("60", "59", "inf"),
        ("60", "59", "1e300"),
        ("60", "59", "9" * 400 + "s"),
        ("60", "59", "1764000000"),
        ("60", "59", "soon"),
        ("60", "59", "2026-99-99T12:00:30Z"),
        ("60", "59", "9999-11-24T12:00:30Z"),
    ],
)
def test_what_makes_no_sense_is_ignored_as_a_whole(limit: str, remaining: str, reset: str) -> None:
    assert of_openai(reset, limit, remaining) is None


_ODD = st.text(alphabet="0123456789.:-+TZhms naif", max_size=30) | st.text(max_size=30)


@given(_ODD, _ODD, _ODD, _ODD)
def test_any_headers_tell_something_sensible_or_nothing(
    limit: str, remaining: str, reset: str, date: str
) -> None:
    for limits in (
        told(OPENAI, headers("x-ratelimit-*-tokens", limit, remaining, reset), {"date": date}),
        told(OPENAI, headers("x-ratelimit-*-tokens", "60", "59", reset), {"date": date}),
    ):
        if limits is not None and (tokens := limits.tokens) is not None:
            assert 0 <= tokens.remaining <= tokens.limit
            assert 0 <= tokens.reset_s <= 31 * 86_400


def with_limits(name: str, reply: bytes) -> bytes:
    """The reply with the headers of a dialect, as a server may write them."""
    told = headers(NAMES[name], "60", "59", "30").items()
    fields = b"".join(f"{header.title()}: {value}\r\n".encode() for header, value in told)
    return reply.replace(b"\r\n", b"\r\n" + fields, 1)


LIMITS = RateLimits(Allowance(60, 59, 30))


def events_of(name: str, *replies: bytes) -> list[Event]:
    recorded = RECORDED[name]
    request = replace(REQUEST, schema={"type": "object"})

    async def ask() -> list[Event]:
        async with (
            serving(selling(saying(*replies))) as server,
            provider_at(server.url, recorded.kind, **recorded.wire) as provider,
        ):
            return [event async for event in provider.stream(request)]

    return asyncio.run(ask())


@pytest.mark.parametrize("name", TELLING)
def test_the_limits_come_once_and_first(name: str) -> None:
    first, *texts, last = events_of(name, with_limits(name, chunked(RECORDED[name].body)))
    assert first == LIMITS
    assert {type(event) for event in texts} == {Text}
    assert isinstance(last, Done)


@pytest.mark.parametrize("name", TELLING)
def test_an_answer_that_tells_no_limits_is_only_text(name: str) -> None:
    first, *_ = events_of(name, chunked(RECORDED[name].body))
    assert isinstance(first, Text)


@pytest.mark.parametrize("name", TELLING)
def test_the_limits_come_before_there_is_any_text(name: str) -> None:
    async def talk(_: Seen, transport: asyncio.Transport) -> None:
        transport.write(with_limits(name, STREAM_HEAD % b"text/event-stream"))
        await heard.wait()
        transport.write(chunk(RECORDED[name].body) + b"0\r\n\r\n")

    async def ask() -> None:
        recorded = RECORDED[name]
        async with (
            serving(selling(talk)) as server,
            provider_at(server.url, recorded.kind, **recorded.wire) as provider,
        ):
            events = aiter(provider.stream(REQUEST))
            assert await anext(events) == LIMITS
            heard.set()
            assert [type(event) async for event in events][-1] is Done

    heard = asyncio.Event()
    asyncio.run(ask())


@pytest.mark.parametrize("name", TELLING)
def test_an_error_carries_the_limits(name: str) -> None:
    recorded = RECORDED[name]
    refusal = http(429, {"error": "slow down"})
    for reply, limits in ((with_limits(name, refusal), LIMITS), (refusal, None)):
        assert error_of(reply, kind=recorded.kind, **recorded.wire).limits == limits


def test_a_refused_parameter_tells_its_limits_to_nobody() -> None:
    refusal = complaint(400, param="response_format", message="m")
    answer = chunked(RECORDED["openai"].body)
    events = events_of("openai", with_limits("openai", refusal), with_limits("openai", answer))
    assert events.count(LIMITS) == 1


def test_a_token_that_was_refused_tells_no_limits() -> None:
    refusal = http(401, {"errors": [{"code": "authentication_token_expired"}]})
    answer = chunked(RECORDED["watsonx"].body)
    events = events_of("watsonx", with_limits("watsonx", refusal), with_limits("watsonx", answer))
    assert events.count(LIMITS) == 1


def test_an_error_in_the_stream_does_not_tell_them_again() -> None:
    broken = chunked(b'data: {"error": {"message": "m", "code": "rate_limit_exceeded"}}\n\n')
    assert error_of(with_limits("openai", broken)).limits is None


@pytest.mark.parametrize("name", TELLING)
def test_the_fake_provider_tells_its_rate(name: str) -> None:
    recorded = RECORDED[name]

    async def ask() -> Event:
        kind: EndpointType = recorded.kind
        async with opened(fake, kind, **recorded.wire) as provider:
            first, *_ = [event async for event in provider.stream(REQUEST)]
            return first

    with FakeProvider(Behaviour(rate=0.001, burst=4)) as fake:
        limits = asyncio.run(ask())
    assert isinstance(limits, RateLimits)
    assert limits.requests is not None
    assert (limits.requests.limit, limits.requests.remaining) == (4, 3)
    assert 900 < limits.requests.reset_s <= 1001
