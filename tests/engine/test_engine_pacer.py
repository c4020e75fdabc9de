"""Slots of endpoints: caps hold, and the first lane of any batch goes first."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from webapp.engine.pacer import Pacer

A = frozenset({"a"})
AB = frozenset({"a", "b"})


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 30))


async def in_line(pacer: Pacer, wanted: frozenset[str], lane: int) -> asyncio.Task[frozenset[str]]:
    """Someone who waits for a slot already."""
    waiter = asyncio.create_task(pacer.acquire(wanted, lane))
    await asyncio.sleep(0)
    assert not waiter.done()
    return waiter


def test_an_endpoint_never_has_more_calls_than_its_cap() -> None:
    pacer = Pacer({"a": 2})
    assert [pacer.try_acquire(A, 0) for _ in range(3)] == [A, A, frozenset()]
    assert pacer.in_flight == {"a": 2}


def test_an_endpoint_without_a_cap_takes_any_number() -> None:
    pacer = Pacer({"a": None})
    assert all(pacer.try_acquire(A, 0) for _ in range(1000))


def test_a_slot_of_each_endpoint_that_has_one_is_taken() -> None:
    pacer = Pacer({"a": 1, "b": 1})
    assert pacer.try_acquire(A, 0) == A
    assert pacer.try_acquire(AB, 0) == {"b"}


def test_a_slot_given_back_goes_to_who_waits() -> None:
    async def test() -> None:
        pacer = Pacer({"a": 1})
        pacer.try_acquire(A, 0)
        waiter = await in_line(pacer, A, 0)
        pacer.release(A)
        assert await waiter == A
        assert pacer.in_flight == {"a": 1}

    run(test())


def test_the_first_lane_of_a_batch_goes_before_the_second_of_another() -> None:
    async def test() -> None:
        pacer = Pacer({"a": 1})
        pacer.try_acquire(A, 0)
        second = await in_line(pacer, A, 1)
        first = await in_line(pacer, A, 0)
        pacer.release(A)
        assert await first == A
        assert not second.done()
        pacer.release(A)
        assert await second == A

    run(test())


def test_who_stands_in_line_is_not_overtaken() -> None:
    async def test() -> None:
        pacer = Pacer({"a": 1, "b": 1})
        pacer.try_acquire(A, 0)
        waiter = await in_line(pacer, A, 3)
        assert pacer.try_acquire(AB, 5) == {"b"}
        waiter.cancel()

    run(test())


def test_a_wait_ends_with_nothing_when_its_time_is_over() -> None:
    async def test() -> None:
        pacer = Pacer({"a": 1})
        pacer.try_acquire(A, 0)
        assert await pacer.acquire(A, 0, timeout_s=0.01) == frozenset()
        pacer.release(A)
        assert pacer.in_flight == {"a": 0}

    run(test())


def test_a_waiter_who_is_cancelled_leaves_no_slot_taken() -> None:
    async def test() -> None:
        pacer = Pacer({"a": 1})
        pacer.try_acquire(A, 0)
        waiter = await in_line(pacer, A, 0)
        pacer.release(A)  # granted and cancelled in the same turn of the loop
        waiter.cancel()
        await asyncio.wait([waiter])
        assert waiter.cancelled()
        assert pacer.in_flight == {"a": 0}

    run(test())
