import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.fake_provider.asking import body
from tests.processes import wait_until
from tests.providers.wire import REQUEST, failure, provider_at
from webapp.fake_provider import Behaviour, FakeProvider, RetryAfter
from webapp.fake_provider.behaviour import Bucket, retry_header
from webapp.fake_provider.directives import BadDirective
from webapp.providers.base import ErrorKind

PATH = "/v1/chat/completions"
NOW = 1_800_000_000.25


def test_a_bucket_lets_in_a_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=4, burst=2)
    waits = [bucket.take(now) for now in (100, 100, 100, 100.125, 100.25, 100.25, 500, 500, 500)]
    assert waits == [0, 0, 0.25, 0.125, 0, 0.25, 0, 0, 0.25]


@pytest.mark.parametrize(
    ("form", "headers", "told_s"),
    [
        (RetryAfter.SECONDS, {"retry-after": "2"}, 2),
        (RetryAfter.MS, {"retry-after-ms": "1250"}, 1.25),
        (RetryAfter.DATE, {"retry-after": "Fri, 15 Jan 2027 08:00:02 GMT"}, 1.75),
        (RetryAfter.NONE, {}, 0),
    ],
)
def test_the_wait_is_told_in_the_form_asked_for(
    form: RetryAfter, headers: dict[str, str], told_s: float
) -> None:
    assert retry_header(form, 1.25, NOW) == (headers, told_s)


def test_over_the_rate_a_client_is_told_to_wait(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(rate=0.001, burst=2))
    first, second, third = (http.post(PATH, json=body(str(n))) for n in range(3))
    assert [r.status_code for r in (first, second, third)] == [200, 200, 429]
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert second.headers["x-ratelimit-reset-requests"].endswith("s")
    assert third.json()["error"]["code"] == "rate_limit_exceeded"
    assert 900 < int(third.headers["retry-after"]) <= 1000


def test_a_date_lies_in_the_future(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(capacity=0, retry_after=RetryAfter.DATE))
    told = http.post(PATH, json=body()).headers["retry-after"]
    assert parsedate_to_datetime(told) > datetime.now(UTC).replace(microsecond=0)


@pytest.mark.parametrize(
    ("status", "expected"), [(429, ErrorKind.RATE_LIMITED), (503, ErrorKind.UNAVAILABLE)]
)
def test_a_full_provider_refuses(fake: FakeProvider, status: int, expected: ErrorKind) -> None:
    fake.set(Behaviour(capacity=2, capacity_status=status, latency_s=30))

    async def crowd() -> ErrorKind:
        async with provider_at(f"{fake.url}/v1") as provider:
            inside = [asyncio.create_task(failure(provider)) for _ in range(2)]
            await asyncio.to_thread(wait_until, lambda: fake.counters()["in_flight"] == 2)
            refused = await failure(provider, REQUEST)
            for task in inside:
                task.cancel()
            return refused.kind

    assert asyncio.run(crowd()) is expected
    assert fake.counters()["peak_in_flight"] == 2


def test_chance_is_the_same_again_whatever_the_order() -> None:
    behaviour = Behaviour(latency_s=1, sigma=0.5, faults={"503": 0.3, "reset": 0.2}, seed=7)
    calls = [(bytes([n]), times) for n in range(200) for times in (1, 2)]
    drawn = {call: behaviour.chance(*call) for call in calls}
    assert {call: behaviour.chance(*call) for call in reversed(calls)} == drawn
    faults = [directive.fault for directive, _ in drawn.values()]
    assert 80 < faults.count("503") < 160
    assert 40 < faults.count("reset") < 120
    latencies = sorted(latency for _, latency in drawn.values())
    assert 0.9 < latencies[200] < 1.1
    assert latencies[0] < 0.5 < 2 < latencies[-1]


def test_another_seed_gives_other_chances() -> None:
    faults = {"503": 0.5}
    one, two = (
        [Behaviour(faults=faults, seed=seed).chance(bytes([n]), 1)[0].fault for n in range(100)]
        for seed in (1, 2)
    )
    assert one != two


def test_without_chance_the_latency_is_fixed() -> None:
    assert Behaviour(latency_s=0.7).chance(b"", 1)[1] == 0.7


def test_faults_come_at_their_share_over_the_wire(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(faults={"503": 0.5}))

    def statuses() -> list[int]:
        return [http.post(PATH, json=body(str(n))).status_code for n in range(40)]

    first = statuses()
    assert set(first) == {200, 503}
    fake.reset()
    assert statuses() == first


@pytest.mark.parametrize("faults", [{"explode": 0.1}, {"503": 0.6, "reset": 0.6}])
def test_faults_that_cannot_be_are_told(faults: dict[str, float]) -> None:
    with pytest.raises(BadDirective):
        Behaviour(faults=faults)


@pytest.mark.parametrize("streams", [True, False])
def test_a_pace_spreads_the_text_over_time(
    fake: FakeProvider, http: httpx.Client, streams: bool
) -> None:
    fake.set(Behaviour(answer="word" * 20, pace=100))
    reply = http.post(PATH, json=body(stream=streams))
    assert reply.elapsed.total_seconds() >= (0 if streams else 0.2)
    assert reply.text.count('"content"') == (1 + 10 if streams else 1)
    assert fake.counters()["makespan_s"] >= 0.2


def test_refused_clients_are_told_to_wait_in_all_forms_in_turn(
    fake: FakeProvider, http: httpx.Client
) -> None:
    fake.set(Behaviour(rate=0.001, retry_after=RetryAfter.MIXED, rate_headers=False))
    replies = [http.post(PATH, json=body()) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 429, 429, 429]
    seconds, ms, date = (reply.headers for reply in replies[1:])
    assert seconds["retry-after"].isdigit()
    assert "retry-after-ms" in ms
    assert parsedate_to_datetime(date["retry-after"]) > datetime.now(UTC)


@pytest.mark.parametrize("is_told", [True, False])
def test_what_is_left_of_the_rate_is_told_unless_nobody_is_to_know(
    fake: FakeProvider, http: httpx.Client, is_told: bool
) -> None:
    fake.set(Behaviour(rate=10, rate_headers=is_told))
    headers = http.post(PATH, json=body()).headers
    assert any("ratelimit" in name for name in headers) is is_told
