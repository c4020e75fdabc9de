import re
import statistics

import pytest

from bench.rows import ROWS, Row
from webapp.cli.fake_provider import command

ASKED = r"\[\[fake: latency=([\d.]+)\]\]"
EVERY_ROW = [row for rows in ROWS.values() for row in rows]


def latencies_s(row: Row, name: str = "one") -> list[float]:
    """What the prompts ask for."""
    return [float(said) for said in re.findall(ASKED, "".join(row.prompts(name)))]


@pytest.mark.parametrize(
    ("row", "ideal_s"),
    [
        (Row("", 100, 20, latency_s=0.5), 2.5),
        (Row("", 10, 3, latency_s=1), 4),
        (Row("", 1000, 100), 0),
        (Row("", 200, 20, latency_s=0.2, rate=20, burst=5), 9.95),
        # Here the limit lets in more than there are places.
        (Row("", 100, 2, latency_s=1, rate=20, burst=5), 50),
    ],
)
def test_the_ideal_is_what_places_and_limit_allow(row: Row, ideal_s: float) -> None:
    assert row.ideal_s == pytest.approx(ideal_s)


def test_with_latencies_that_differ_each_call_begins_in_the_first_free_place() -> None:
    row = Row("", 3, 2, latency_s=1, sigma=1)
    first, second, third = latencies_s(row)
    assert row.ideal_s == pytest.approx(max(first, second, min(first, second) + third))


def test_prompts_ask_everybody_for_the_same_latencies() -> None:
    row = ROWS["lognormal"][0]
    drawn = latencies_s(row)
    assert statistics.median(drawn) == pytest.approx(row.latency_s, rel=0.2)
    assert drawn == latencies_s(row, "another")


@pytest.mark.parametrize("row", EVERY_ROW, ids=lambda row: f"{row.name}: {row.words}")
def test_the_fake_provider_knows_the_options_of_every_row(row: Row) -> None:
    given = command.make_context("fake-provider", list(row.options)).params
    assert (given["rate"], given["latency"]) == (row.rate, row.latency_s)


def test_no_two_rows_are_the_same() -> None:
    assert len(set(EVERY_ROW)) == len(EVERY_ROW)
