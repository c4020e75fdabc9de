"""Slots of models: caps hold, and the first lane of any batch goes first."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import pytest

from tests.engine.endpoints import endpoint
from webapp.domain.batch import ModelChoice
from webapp.engine.pace import Halt
from webapp.engine.pacer import HAND_BACK_S, Pacer
from webapp.engine.place import Ending, Slot
from webapp.engine.standing import states
from webapp.providers.base import Allowance, ErrorKind, ProviderError, RateLimits

A, B = ModelChoice("a", "m"), ModelChoice("b", "m")
OTHER = ModelChoice("a", "other")
REFUSED = ProviderError(ErrorKind.RATE_LIMITED, "Too fast.", retry_after_s=3600, http_status=429)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


def pacer(*, a: int | None = None, b: int | None = None, **limits: Any) -> Pacer:
    return Pacer([endpoint("a", a, **limits), endpoint("b", b)])


def models(slots: Iterable[Slot]) -> set[ModelChoice]:
    return {slot.model for slot in slots}


def in_flight(pacer: Pacer) -> int:
    return pacer.places["a"].in_flight


async def in_line(pacer: Pacer, lane: int, batch_id: str = "one") -> asyncio.Task[tuple[Slot, ...]]:
    """Someone who waits for a slot already."""
    waiter = asyncio.create_task(pacer.acquire([A], lane, batch_id))
    await asyncio.sleep(0)
    assert not waiter.done()
    return waiter


def test_an_endpoint_never_has_more_calls_than_its_cap_whatever_the_model() -> None:
    async def test() -> None:
        one = pacer(a=2)
        taken = [one.try_acquire([model], 0) for model in (A, OTHER, A, OTHER)]
        assert [models(slots) for slots in taken] == [{A}, {OTHER}, set(), set()]
        assert in_flight(one) == 2

    run(test)


def test_an_endpoint_without_a_cap_takes_any_number_once_it_has_answered() -> None:
    async def test() -> None:
        one = pacer()
        (first,) = one.try_acquire([A], 0)
        assert await one.start(first, 0) == 0
        one.let_in(first, None)
        assert all(one.try_acquire([A], 0) for _ in range(1000))

    run(test)


def test_a_slot_of_each_model_that_has_one_is_taken() -> None:
    async def test() -> None:
        one = pacer(a=1, b=1)
        assert models(one.try_acquire([A], 0)) == {A}
        assert models(one.try_acquire([A, B], 0)) == {B}

    run(test)


def test_a_slot_given_back_goes_to_who_waits() -> None:
    async def test() -> None:
        one = pacer(a=1)
        slots = one.try_acquire([A], 0)
        waiter = await in_line(one, 0)
        one.release(slots)
        assert models(await waiter) == {A}
        assert in_flight(one) == 1

    run(test)


def test_the_slot_of_a_call_that_has_ended_goes_to_who_waits() -> None:
    async def test() -> None:
        one = pacer(a=1)
        (slot,) = one.try_acquire([A], 0)
        await one.start(slot, 0)
        waiter = await in_line(one, 0)
        assert not one.ended(slot, Ending(was_let_in=True), None)
        assert in_flight(one) == 1  # until its lane has looked
        assert one.go_on(slot, [A], 0) == ()
        assert models(await waiter) == {A}
        assert one.go_on(slot, (), 0) == ()
        assert in_flight(one) == 1  # it is left only once

    run(test)


def test_lanes_whose_calls_end_together_go_on_each_with_its_own_slot() -> None:
    async def test() -> None:
        one = pacer(a=2)
        held = [*one.try_acquire([A], 0), *one.try_acquire([A], 1)]
        first, second = await in_line(one, 1), await in_line(one, 2)
        for slot in held:
            await one.start(slot, 0)
            one.ended(slot, Ending(was_let_in=True), None)
        assert models(one.go_on(held[0], [A], 0)) == {A}
        assert one.go_on(held[1], [A], 1) == ()  # the second lane of another batch has waited
        assert models(await first) == {A}
        assert not second.done()
        second.cancel()

    run(test)


def test_the_first_lane_of_a_batch_goes_before_the_second_of_another() -> None:
    async def test() -> None:
        one = pacer(a=1)
        slots = one.try_acquire([A], 0)
        second, first = await in_line(one, 1), await in_line(one, 0)
        one.release(slots)
        slots = await first
        assert not second.done()
        one.release(slots)
        assert models(await second) == {A}

    run(test)


def test_who_stands_in_line_is_not_overtaken() -> None:
    async def test() -> None:
        one = pacer(a=1, b=1)
        one.try_acquire([A], 0)
        waiter = await in_line(one, 3)
        assert models(one.try_acquire([A, B], 5)) == {B}
        waiter.cancel()

    run(test)


def test_a_wait_ends_with_nothing_when_its_time_is_over() -> None:
    async def test() -> None:
        one = pacer(a=1)
        slots = one.try_acquire([A], 0)
        assert await one.acquire([A], 0, "one", timeout_s=0.01) == ()
        one.release(slots)
        assert in_flight(one) == 0

    run(test)


def test_lanes_of_a_batch_that_are_dismissed_get_nothing_and_may_come_back() -> None:
    async def test() -> None:
        one = pacer(a=1)
        slots = one.try_acquire([A], 0)
        waiters = [await in_line(one, lane, "over") for lane in (0, 1)]
        other = await in_line(one, 2, "goes on")
        one.dismiss({"over"})
        one.release(slots)
        assert [await waiter for waiter in waiters] == [(), ()]
        one.release(await other)
        assert in_flight(one) == 0
        assert models(await one.acquire([A], 0, "over")) == {A}

    run(test)


def test_a_waiter_who_is_cancelled_leaves_no_slot_taken() -> None:
    async def test() -> None:
        one = pacer(a=1)
        slots = one.try_acquire([A], 0)
        waiter = await in_line(one, 0)
        one.release(slots)  # granted and cancelled in the same turn of the loop
        waiter.cancel()
        await asyncio.wait([waiter])
        assert waiter.cancelled()
        assert in_flight(one) == 0

    run(test)


def test_after_a_refusal_nobody_gets_a_slot_and_who_has_one_is_sent_back() -> None:
    async def test() -> None:
        one, told = pacer(), []
        one.on_pause = lambda: told.append(True)
        (refused,), (claimed,) = one.try_acquire([A], 0), one.try_acquire([A], 0)
        assert await one.start(refused, 0) == 0
        one.ended(refused, Ending(was_let_in=False, error=REFUSED), None)
        assert await one.start(claimed, 0) > HAND_BACK_S
        assert one.try_acquire([A], 0) == ()
        assert models(one.try_acquire([OTHER], 0)) == {OTHER}  # another model, another limit
        pause = one.cooling(A)
        assert pause is not None
        assert (pause.halt, told) == (Halt.RATE_LIMIT, [True])
        assert one.until(A) is not None

    run(test)


@pytest.mark.parametrize("limits", [{"requests_per_minute": 3}, {"tokens_per_minute": 300}])
def test_what_a_minute_allows_is_shared_by_all_models_of_an_endpoint(
    limits: dict[str, int],
) -> None:
    async def test() -> None:
        one = pacer(**limits)
        for model in (A, OTHER, A):
            (slot,) = one.try_acquire([model], 0)
            assert await one.start(slot, 100) == 0
        for slot in one.try_acquire([OTHER], 0):
            assert await one.start(slot, 100) > HAND_BACK_S

    run(test)


def test_the_pages_hear_when_a_minute_is_used_up() -> None:
    async def test() -> None:
        one = pacer(a=5, requests_per_minute=1)
        (first,) = one.try_acquire([A], 0)
        await one.start(first, 0)
        state = next(each for each in states(one) if each.model == ModelChoice("a", ""))
        assert state.why == "has used up what it may in a minute"
        assert state.until is not None
        assert state.until.microsecond == 0

    run(test)


def test_nobody_calls_while_the_tokens_that_are_left_would_not_do() -> None:
    async def test() -> None:
        one = pacer(a=5)
        (first,) = one.try_acquire([A], 0)
        await one.start(first, 1000)
        one.let_in(first, RateLimits(tokens=Allowance(limit=9000, remaining=900, reset_s=81)))
        pause = one.cooling(A)
        assert pause is not None
        assert 0.5 < pause.until - one.now() <= 1  # of 8,100 tokens in 81 s, 100 are lacking
        assert one.try_acquire([A], 0) == ()

    run(test)
