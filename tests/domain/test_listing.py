"""What is picked or matches, and how windows and orders are written."""

import pytest

from webapp.domain.listing import ALL, JobFilter, Selection, Sort, SortKey, Window


@pytest.mark.parametrize(
    ("shown", "number", "has_grown"),
    [
        (10, 11, False),
        (10, 12, True),
        (0, 0, False),
        (0, 1, True),
        (100, 3, False),
        (None, 9, False),
    ],
)
def test_a_selection_has_grown_by_more_than_a_tenth(
    shown: int | None, number: int, has_grown: bool
) -> None:
    assert Selection(shown=shown).has_grown(number) is has_grown


def test_what_was_picked_cannot_grow() -> None:
    assert not Selection(frozenset({1, 2, 3}), shown=1).has_grown(3)


def test_a_window_is_written_as_a_range_or_as_a_list() -> None:
    assert str(Window(101, 200)) == "101-200"
    assert str(Window.of((17, 4))) == "17,4"
    assert str(Window.of(())) == "-"


def test_an_order_downwards_is_written_with_a_minus() -> None:
    assert [str(Sort(SortKey.COST, down)) for down in (False, True)] == ["cost", "-cost"]


def test_a_filter_that_asks_for_nothing_is_empty() -> None:
    assert ALL.is_empty
    assert not JobFilter(text="x").is_empty
