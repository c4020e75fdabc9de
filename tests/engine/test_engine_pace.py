"""When a call may start: pauses, cooling down, and the probe that goes first."""

import pytest

from webapp.engine.pace import FAILURES, LEAD_S, NEVER, Halt, Pace, Pause
from webapp.engine.rate import Turn

COOLING_S = [1, 2, 4, 8, 14, 14]


def started(pace: Pace, now: float) -> Turn:
    turn = pace.claim()
    pace.start(turn, now)
    return turn


def running(calls: int = 20) -> tuple[Pace, list[Turn]]:
    """A pace with as many calls in flight as an endpoint has let in, and two more, at 100 s."""
    pace = Pace(None)
    pace.rate.open_up()
    for _ in range(calls):
        turn = started(pace, 100.0)
        pace.let_in(turn, None, 100.0)
        pace.end(turn, was_let_in=True)
    return pace, [started(pace, 100.0), started(pace, 100.0)]


def until(pace: Pace) -> float:
    assert pace.pause is not None
    return pace.pause.until


def test_after_a_refusal_nobody_starts_before_the_time_it_names() -> None:
    pace, (first, _) = running()
    claimed = pace.claim()
    pace.refuse(first, 2.0, None, 100.0)
    assert 102.0 <= until(pace) < 102.1
    assert pace.cooling(101.9) == Pause(Halt.RATE_LIMIT, until(pace))
    for now in (100.0, 101.0, 101.9):
        assert pace.wait_s(now) == pytest.approx(until(pace) - LEAD_S - now)
        assert pace.hold_s(claimed, now) == pytest.approx(until(pace) - now)
    assert pace.hold_s(claimed, until(pace)) == 0
    assert pace.cooling(until(pace)) is None


@pytest.mark.parametrize(("second_s", "least"), [(5.0, 105.0), (1.0, 102.0)])
def test_a_longer_time_extends_the_pause_and_a_shorter_one_does_not_shorten_it(
    second_s: float, least: float
) -> None:
    pace, (first, second) = running()
    pace.refuse(first, 2.0, None, 100.0)
    pace.refuse(second, second_s, None, 100.0)
    assert least <= until(pace) < 1.01 * least


def test_without_a_time_the_pauses_double_while_nothing_is_let_in() -> None:
    pace, (turn, _) = running()
    now, pauses = 100.0, []
    for _ in range(4):
        pace.refuse(turn, None, None, now)
        pauses.append(until(pace) - now)
        now = until(pace)
        turn = started(pace, now)
    assert pauses == pytest.approx([0.25, 0.5, 1, 2], rel=0.03)
    pace.let_in(turn, None, now)
    pace.refuse(started(pace, now), None, None, now)
    assert until(pace) - now == pytest.approx(0.25, rel=0.03)


def test_refusals_of_calls_that_went_together_are_one() -> None:
    pace, (first, second) = running()
    pace.refuse(first, None, None, 100.0)
    pause = pace.pause
    pace.refuse(second, None, None, 100.01)
    assert pace.pause == pause


@pytest.mark.parametrize(("retry_after_s", "is_probed"), [(10.0, True), (2.0, False)])
def test_after_a_long_pause_one_call_goes_first_and_then_all(
    retry_after_s: float, *, is_probed: bool
) -> None:
    pace, (first, second) = running()
    pace.refuse(first, retry_after_s, None, 100.0)
    pace.refuse(second, retry_after_s, None, 100.0)
    now = until(pace)
    probe = started(pace, now)
    assert (pace.wait_s(now) == NEVER) == is_probed
    pace.let_in(probe, None, now + 0.1)
    assert [pace.claim() for _ in range(5) if pace.wait_s(now + 0.1) == 0][4:]


def down() -> Pace:
    """A pace after as many failures in a row as it takes, at 100 s."""
    pace, turns = running()
    turns += [started(pace, 100.0) for _ in range(FAILURES - len(turns))]
    assert [pace.fail(turn, 100.0) for turn in turns] == [False] * FAILURES
    return pace


def test_four_failures_in_a_row_are_no_reason_to_pause() -> None:
    pace, turns = running()
    turns += [started(pace, 100.0) for _ in range(FAILURES - 1 - len(turns))]
    for turn in turns:
        pace.fail(turn, 100.0)
    assert (pace.pause, pace.down_since) == (None, None)


def test_an_endpoint_that_is_down_is_asked_by_one_call_at_a_time_ever_more_seldom() -> None:
    pace, waits = down(), [until(down()) - 100.0]
    while len(waits) < len(COOLING_S):
        now = until(pace)
        assert pace.cooling(now - 0.1) == Pause(Halt.DOWN, now)
        probe = started(pace, now)
        assert pace.wait_s(now) == NEVER
        assert pace.fail(probe, now + 0.5)  # it was a probe
        waits.append(until(pace) - now - 0.5)
    assert waits == pytest.approx(COOLING_S)
    assert pace.down_since == 100.0


def test_a_call_that_was_in_flight_before_does_not_make_it_cool_for_longer() -> None:
    pace, turns = running()
    turns += [started(pace, 100.0) for _ in range(FAILURES + 3 - len(turns))]
    assert not any(pace.fail(turn, 100.0 + n / 100) for n, turn in enumerate(turns))
    assert until(pace) == pytest.approx(101.04)


def test_a_success_ends_the_cooling() -> None:
    pace = down()
    probe = started(pace, 101.0)
    pace.let_in(probe, None, 101.1)
    assert (pace.down_since, pace.wait_s(101.1)) == (None, 0)
    pace.end(probe, was_let_in=True)
    assert not pace.fail(started(pace, 101.2), 101.2)
    assert pace.cooling(101.2) is None


def test_a_place_given_back_is_free_again() -> None:
    pace = Pace(1)
    turn = pace.claim()
    assert pace.wait_s(100.0) == NEVER
    pace.give_back(turn)
    assert (pace.wait_s(100.0), pace.room.in_flight) == (0, 0)
