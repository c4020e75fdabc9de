import asyncio
import itertools
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace

import httpx
import pytest

from tests.fake_provider.asking import body, connect, raw_post
from tests.processes import wait_until
from tests.providers.wire import REQUEST, collect, provider_at
from webapp.fake_provider import Behaviour, FakeProvider

PATH = "/v1/chat/completions"


def test_calls_are_counted_by_status(fake: FakeProvider, http: httpx.Client) -> None:
    for prompt in ("a", "b", "[[fake: 503]]"):
        http.post(PATH, json=body(prompt))
    with pytest.raises(httpx.ReadError):
        http.post(PATH, json=body("[[fake: reset]]"))
    http.get("/v1/models")
    counted = fake.counters()
    assert (counted["calls"], counted["in_flight"]) == (4, 0)
    assert counted["by_status"] == {"200": 2, "503": 1, "none": 1}
    assert counted["makespan_s"] == pytest.approx(
        counted["last_at"] - counted["first_at"], abs=1e-4
    )


def test_the_same_request_again_is_a_duplicate(fake: FakeProvider, http: httpx.Client) -> None:
    for prompt, seed in (("a", 1), ("a", 2), ("b", 1), ("a", 1), ("a", 1)):
        http.post(PATH, json=body(prompt, seed=seed))
    assert fake.counters()["duplicates"] == 2


def hanging(fake: FakeProvider) -> AbstractContextManager[httpx.Response]:
    """A call that is in flight until the end of the block."""
    return httpx.stream("POST", fake.url + PATH, json=body("[[fake: stall]]"))


def test_the_peak_is_how_many_were_in_flight_at_once(fake: FakeProvider) -> None:
    for at_once in (7, 3):
        with ExitStack() as calls:
            for _ in range(at_once):
                calls.enter_context(hanging(fake))
            assert fake.counters()["in_flight"] == at_once
        wait_until(lambda: fake.counters()["in_flight"] == 0)
    assert fake.counters()["peak_in_flight"] == 7


def test_a_client_that_leaves_has_cancelled(fake: FakeProvider) -> None:
    with hanging(fake):
        assert fake.counters()["cancelled"] == 0
    wait_until(lambda: fake.counters()["cancelled"])
    counted = fake.counters()
    assert (counted["in_flight"], counted["by_status"]) == (0, {"200": 1})


def test_a_call_that_was_left_does_not_end_once_more(
    fake: FakeProvider, http: httpx.Client
) -> None:
    with connect(fake) as peer:
        peer.sendall(raw_post("[[fake: latency=0.3]]"))
    wait_until(lambda: fake.counters()["cancelled"])
    http.post(PATH, json=body("[[fake: latency=0.4]]"))  # by its end the other would have ended
    counted = fake.counters()
    assert (counted["in_flight"], counted["by_status"]) == (0, {"200": 2})


def test_a_cancelled_call_of_the_adapter_is_cancelled_here_too(fake: FakeProvider) -> None:
    async def leave() -> None:
        async with provider_at(f"{fake.url}/v1") as provider:
            request = replace(REQUEST, user="[[fake: latency=600]]")
            asking = asyncio.create_task(collect(provider, request))
            await asyncio.to_thread(wait_until, lambda: fake.counters()["in_flight"])
            asking.cancel()
            await asyncio.to_thread(wait_until, lambda: fake.counters()["cancelled"])

    asyncio.run(leave())
    assert fake.counters()["in_flight"] == 0


def test_a_request_before_its_retry_after_is_early(fake: FakeProvider, http: httpx.Client) -> None:
    http.post(PATH, json=body("[[fake: first 1: 429 retry-after=600]]"))
    assert fake.counters()["early"] == 0
    http.post(PATH, json=body("[[fake: first 1: 429 retry-after=600]]"))
    assert fake.counters()["early"] == 1


def test_a_request_after_its_retry_after_is_not_early(
    fake: FakeProvider, http: httpx.Client
) -> None:
    for _ in range(2):
        http.post(PATH, json=body("[[fake: first 1: 429 retry-after=0]]"))
        http.post(PATH, json=body("[[fake: first 1: 429]]"))
    assert fake.counters()["early"] == 0


def test_others_are_early_once_the_pause_has_begun(fake: FakeProvider, http: httpx.Client) -> None:
    numbers = itertools.count()

    def another_is_early() -> bool:
        http.post(PATH, json=body(f"another {next(numbers)}"))
        return bool(fake.counters()["early"])

    http.post(PATH, json=body("[[fake: 429 retry-after=600]]"))
    wait_until(another_is_early)  # what was on its way is not, so it takes a moment
    assert next(numbers) > 1


def test_what_was_seen_is_told_over_http(fake: FakeProvider, http: httpx.Client) -> None:
    http.post(PATH, json=body("a"))
    http.post(PATH, json=body("[[fake: truncated]]"))
    http.post("/api/chat", json=body("a"))
    assert http.get("/fake/counters").json() == fake.counters()
    first, second, third = http.get("/fake/calls").json()
    assert (first["path"], first["outcome"], second["outcome"]) == (PATH, "200", "200 truncated")
    assert (third["path"], third["digest"], third["times"]) == ("/api/chat", first["digest"], 2)


def test_a_reset_forgets_all_but_what_is_in_flight(fake: FakeProvider, http: httpx.Client) -> None:
    with hanging(fake):
        http.post(PATH, json=body("a"))
        assert http.post("/fake/reset").status_code == 200
        counted = fake.counters()
        assert (counted["calls"], counted["duplicates"], counted["first_at"]) == (0, 0, None)
        assert (counted["in_flight"], counted["peak_in_flight"]) == (1, 1)
    wait_until(lambda: fake.counters()["in_flight"] == 0)
    http.post(PATH, json=body("a"))
    assert fake.counters()["duplicates"] == 0


def test_other_addresses_under_fake_are_not_found(http: httpx.Client) -> None:
    assert http.post("/fake/counters").status_code == 404


def test_a_limit_reached_is_a_status(fake: FakeProvider, http: httpx.Client) -> None:
    fake.set(Behaviour(capacity=0))
    http.post(PATH, json=body())
    counted = fake.counters()
    assert (counted["by_status"], counted["peak_in_flight"]) == ({"429": 1}, 0)
