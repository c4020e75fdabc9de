from itertools import pairwise
from xml.etree import ElementTree

import pytest

from bench.growth.plot import SERIES, Axis, plot
from bench.growth.publish import HEAD, cells, section
from bench.growth.record import BATCHES, SIZES, SPLIT, Grown, Growth, load


def grown(number: int, run_s: float = 1.0) -> Grown:
    batches = -(-number // 10_000)
    return Grown(number, batches, 1.0, 1.0, run_s, 100.0, 100.0, 5.0, 2.0, 1.0)


def growth(*sizes: Grown) -> Growth:
    return Growth("2026-11-26", "2 cores", 100, 0.2, [0.5] * len(sizes), list(sizes), [])


def test_the_run_that_was_kept_has_every_size_and_every_number_of_batches() -> None:
    kept = load()
    assert tuple(each.number for each in kept.sizes) == SIZES
    assert [(each.number, each.batches) for each in kept.split] == [(SPLIT, n) for n in BATCHES]


def test_in_the_run_that_was_kept_more_batches_take_hardly_longer() -> None:
    kept = load()
    (alone,) = (each for each in kept.sizes if each.number == SPLIT)
    assert max(each.run_s for each in kept.split) <= 1.15 * alone.run_s


@pytest.mark.parametrize("name", ["database, MB", "web, MB", "runner, MB"])
def test_in_the_run_that_was_kept_no_size_grew_faster_than_the_jobs(name: str) -> None:
    for small, large in pairwise(load().sizes):
        factor = SERIES[name](large) / SERIES[name](small)
        assert factor <= large.number / small.number


def test_what_grew_faster_than_the_jobs_stands_out() -> None:
    said = "\n".join(section(growth(grown(1_000, run_s=2), grown(10_000, run_s=30))))
    assert "**run, s × 15.0**" in said
    assert "; database, MB × 1.0" in said


def test_the_ideal_is_what_the_places_allow() -> None:
    done = growth(grown(1_000, run_s=2.5), grown(101, run_s=0.4))
    assert [done.ratio(each) for each in done.sizes] == pytest.approx([1.25, 1.0])


def test_a_row_has_a_cell_for_each_head() -> None:
    done = growth(grown(100_000))
    assert len(cells(done, done.sizes[0], 0.5)) == len(HEAD)
    assert (
        dict(zip(HEAD, cells(done, done.sizes[0], 0.5), strict=True))["submit ms a job"] == "0.10"
    )


def test_a_decade_is_as_long_as_another() -> None:
    axis = Axis([100, 5_000, 90_000], start=0, end=300)
    assert [axis.at(tick) for tick in axis.ticks] == [0, 100, 200, 300]


def test_the_plot_has_a_line_and_a_name_for_each_series() -> None:
    root = ElementTree.fromstring(plot(growth(grown(100), grown(1_000))))
    texts = [each.text for each in root.iter() if each.tag.endswith("text")]
    lines = [
        each for each in root.iter() if each.get("fill") == "none" and "L" in each.get("d", "")
    ]
    assert (set(SERIES) <= set(texts), len(lines)) == (True, len(SERIES))
