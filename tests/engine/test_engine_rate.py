"""How many calls a second an endpoint lets in: told by it, or learned from its refusals."""

import pytest

from tests.engine.simulation import Simulation
from webapp.engine.pace import Pace
from webapp.engine.rate import (
    APART_S,
    CLOSE,
    MOST_APART_S,
    OPENING_BURST,
    OPENING_PER_S,
    StartRate,
    Turn,
)
from webapp.fake_provider.behaviour import Bucket
from webapp.providers.base import Allowance

NEARLY = 0.03  # what is told is taken with a grain of salt


def started(rate: StartRate, now: float) -> Turn:
    turn = rate.stand_in_line()
    rate.start(turn, now)
    return turn


def opened(now: float = 100.0) -> tuple[StartRate, Turn]:
    """A rate after a first answer that told nothing."""
    rate = StartRate()
    turn = started(rate, now)
    rate.open_up()
    return rate, turn


def learned(calls: int = 20, pause_s: float = 1.0) -> StartRate:
    """A rate after so many calls in a burst, of which the last was refused."""
    rate, turn = opened()
    for _ in range(calls):
        turn = started(rate, 100.0)
    rate.refused(turn, 100.0 + pause_s, 100.0)
    return rate


def test_until_the_first_answer_a_few_calls_go_at_once_and_then_one_by_one() -> None:
    rate = StartRate()
    for _ in range(int(OPENING_BURST)):
        assert rate.hold_s(rate.stand_in_line(), 100.0) == 0
    waits = [rate.hold_s(rate.stand_in_line(), 100.0) for _ in range(3)]
    assert waits == pytest.approx([n / OPENING_PER_S for n in (1, 2, 3)])


def test_what_nobody_bounds_is_not_bounded() -> None:
    rate, _ = opened()
    assert rate.per_s is None
    for _ in range(1000):
        assert rate.hold_s(rate.stand_in_line(), 100.0) == 0


@pytest.mark.parametrize(
    ("allowance", "per_s"),
    [
        (Allowance(5, 4, 0.05), 20),
        (Allowance(60, 50, 1.0, error_s=0.5), 20),  # whole seconds: it may have been half a second
        (Allowance(60, 60, 0.0), None),  # nothing is used up, which says nothing
        (Allowance(60, 59, 0.4, error_s=0.5), None),  # less than it may be off
    ],
)
def test_headers_tell_the_rate(allowance: Allowance, per_s: float | None) -> None:
    rate, turn = opened()
    rate.told(turn, allowance, 100.0)
    assert rate.per_s == (per_s and pytest.approx(per_s, rel=NEARLY))


def test_headers_tell_how_many_calls_may_start_at_once() -> None:
    rate, turn = opened()
    rate.told(turn, Allowance(5, 3, 0.1), 100.0)
    holds = [rate.hold_s(rate.stand_in_line(), 100.0) for _ in range(5)]
    assert holds[:3] == [0, 0, 0]
    assert holds[3:] == pytest.approx([0.05, 0.1], rel=NEARLY)


def test_what_is_left_is_told_as_of_the_call_it_came_with() -> None:
    rate, turn = opened()
    started(rate, 100.0)
    started(rate, 100.0)
    rate.told(turn, Allowance(5, 4, 0.05), 100.0)  # two have started since
    holds = [rate.hold_s(rate.stand_in_line(), 100.0) for _ in range(3)]
    assert holds[:2] == [0, 0]
    assert holds[2] > 0


def test_the_lowest_rate_that_was_told_counts() -> None:
    rate, turn = opened()
    for reset_s in (0.05, 0.1, 0.05):
        rate.told(turn, Allowance(5, 4, reset_s), 100.0)
    assert rate.per_s == pytest.approx(10, rel=NEARLY)


def test_calls_go_further_apart_only_if_one_comes_too_early_that_knew_the_limit() -> None:
    rate, told = StartRate(), Allowance(1, 0, 0.05)
    turn = [started(rate, 100.0) for _ in range(2)][-1]
    gaps = []
    for now in (100.01, 102.0, 104.0):
        rate.told(turn, told, now)
        rate.refused(turn, now + 1, now)
        turn = started(rate, now + 1.5)
        following = rate.stand_in_line()
        gaps.append(rate.hold_s(following, now + 1.5) - 0.05 / CLOSE)
        rate.leave(following)
    assert gaps == pytest.approx([APART_S, MOST_APART_S, MOST_APART_S])


def test_a_refusal_without_headers_tells_the_burst_and_a_first_rate() -> None:
    assert learned(20, pause_s=1.0).per_s == pytest.approx(20, abs=1)
    assert learned(20, pause_s=4.0).per_s == pytest.approx(5, abs=1)


def test_a_rate_does_not_grow_while_nothing_is_sent() -> None:
    rate = learned()
    before = rate.per_s
    assert before is not None
    rate.wait_s(10_000.0)
    assert rate.per_s == before
    started(rate, 10_000.0)
    assert rate.per_s <= 1.2 * before


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize(("per_s", "burst"), [(5, 1), (20, 5), (80, 5)])
def test_a_bucket_is_found_with_few_calls_more_than_jobs(
    per_s: int, burst: int, *, tells: bool
) -> None:
    jobs = 15 * per_s
    seen = Simulation(Pace(20), Bucket(per_s, burst), jobs, tells=tells).run()
    assert seen.early == 0
    assert seen.calls <= 1.15 * jobs
    assert seen.now < 1.6 * (jobs - burst) / per_s + 3
    assert seen.pace.rate.per_s is not None
    assert 0.6 * per_s < seen.pace.rate.per_s < 1.4 * per_s
