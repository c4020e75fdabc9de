import re

import pytest

from bench.load.figure import Figure
from bench.load.polls import is_sustained
from bench.load.rate import Answers, Load, corrected
from bench.processes import ROOT

LOAD = Load("/", rate=100, seconds=10)


def answers(ms: list[float], statuses: dict[int, int], errors: int = 0) -> Answers:
    return Answers(LOAD, ms, statuses, 0, errors)


@pytest.mark.parametrize(
    ("ms", "all_of_them"),
    [
        ([900], [900]),
        ([2500], [500, 1500, 2500]),
        ([5, 1001, 7], [1, 5, 7, 1001]),
    ],
)
def test_a_request_that_held_up_others_counts_for_them_too(
    ms: list[float], all_of_them: list[float]
) -> None:
    assert corrected(ms, 1000) == pytest.approx(all_of_them)


def test_a_percentile_is_a_time_that_was_measured() -> None:
    measured = answers([float(n) for n in range(1, 101)], {200: 100})
    assert [measured.percentile_ms(p) for p in (50, 95, 99, 100)] == [50, 95, 99, 100]


@pytest.mark.parametrize(
    ("ms", "statuses", "errors", "sustained"),
    [
        (20, {200: 600, 204: 400}, 0, True),
        (20, {204: 900}, 0, False),  # the rest was not even sent
        (20, {200: 1000, 503: 1}, 0, False),
        (20, {200: 1000}, 1, False),
        (101, {200: 1000}, 0, False),
    ],
)
def test_a_rate_is_sustained_if_all_is_answered_well_and_in_time(
    ms: float, statuses: dict[int, int], errors: int, sustained: bool
) -> None:
    assert is_sustained(answers([ms] * 100, statuses, errors)) is sustained


def test_a_target_that_is_missed_stands_out() -> None:
    missed = Figure("L1", "polls", "N 1", "wrk", "7", "8", is_met=False)
    assert missed.cells[-1] == "**no**"


def test_the_generator_is_pinned_by_digests_and_names_no_registry() -> None:
    lines = (ROOT / "bench/load/autocannon.txt").read_text().splitlines()
    pinned = re.compile(r"(?:@[\w.-]+/)?[\w.-]+@\d+\.\d+\.\d+ [0-9a-f]{64}")
    assert [line for line in lines if not pinned.fullmatch(line)] == []
    assert any(line.startswith("autocannon@9.") for line in lines)
