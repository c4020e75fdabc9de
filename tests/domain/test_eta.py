"""When a batch will probably be through."""

import heapq
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from webapp.domain.eta import Pace, seconds_left

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def ended(*seconds: float) -> tuple[datetime, ...]:
    return tuple(map(at, seconds))


def ends(seed: int, jobs: int, lanes: int) -> list[float]:
    """When each job of a batch ends whose calls take 1 to 9 s, so many of them at once."""
    generator = random.Random(seed)
    free = [0.0] * lanes
    found = []
    for _ in range(jobs):
        end = heapq.heappop(free) + generator.uniform(1, 9)
        heapq.heappush(free, end)
        found.append(end)
    return sorted(found)


def foretold(times: list[float], done: int, lanes: int) -> tuple[tuple[float, float], float]:
    """What is foretold between two ends when so many have ended, and how long it really takes."""
    now = (times[done - 1] + times[done]) / 2
    pace = Pace(len(times) - done - lanes, tuple(map(at, times[:done])))
    found = seconds_left([pace], at(now), lanes)
    assert found is not None
    return found, times[-1] - now


@pytest.mark.parametrize("lanes", [1, 4, 16])
@pytest.mark.parametrize("done", [20, 50, 100, 180])
def test_the_range_nearly_always_holds_the_truth(done: int, lanes: int) -> None:
    hits = 0
    for seed in range(100):
        (shortest, longest), left = foretold(ends(seed, 200, lanes), done, lanes)
        hits += shortest <= left <= longest
    assert hits >= 85


def test_the_range_narrows_as_more_jobs_have_ended() -> None:
    times = ends(1, 400, 4)
    ranges = [foretold(times, done, 4)[0] for done in (5, 20, 100)]
    widths = [longest / shortest for shortest, longest in ranges]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 1.3


@pytest.mark.parametrize("number", range(5))
def test_nothing_is_foretold_before_five_have_ended(number: int) -> None:
    few = Pace(10, ended(*range(number)))
    enough = Pace(10, ended(*range(5)))
    assert seconds_left([few], at(9)) is None
    assert seconds_left([enough, few], at(9)) is None
    assert seconds_left([enough], at(9)) is not None


def test_nothing_is_foretold_where_nothing_waits() -> None:
    assert seconds_left([], at(9)) is None


def test_a_model_that_has_come_to_a_stop_takes_longer_each_second() -> None:
    pace = Pace(10, ended(*range(10)))
    spans = [pace.seconds_left(at(now), 0) for now in (10, 20, 60, 600)]
    shortest, longest = zip(*spans, strict=True)
    widths = [most - least for least, most in spans]
    for growing in (shortest, longest, widths):
        assert all(now < later for now, later in pairwise(growing))


def test_a_batch_ends_with_its_slowest_model() -> None:
    fast, slow = Pace(10, ended(*range(90, 100))), Pace(10, ended(*range(0, 100, 10)))
    now = at(100)
    assert seconds_left([fast, slow], now) == seconds_left([slow], now)
    assert seconds_left([slow, fast], now) == seconds_left([slow], now)


def test_what_is_at_work_may_take_as_long_as_what_waits() -> None:
    pace = Pace(10, ended(*range(10)))
    idle, busy = seconds_left([pace], at(10)), seconds_left([pace], at(10), at_work=10)
    assert idle is not None
    assert busy == (idle[0], 2 * idle[1])


def test_jobs_that_ended_at_once_are_foretold_to_go_on_so() -> None:
    assert seconds_left([Pace(10, ended(*[0] * 10))], at(0)) == (0, 0)


def test_a_clock_that_went_backwards_makes_no_time_negative() -> None:
    assert seconds_left([Pace(10, ended(*range(100, 110)))], at(0)) == (0, 0)
