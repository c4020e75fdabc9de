"""How many calls may be second tries."""

import pytest

from webapp.engine.retries import FREE, WINDOW_S, RetryBudget


@pytest.mark.parametrize(("calls", "free"), [(0, 10), (50, 10), (100, 20), (1000, 200)])
def test_ten_retries_are_free_and_beyond_them_a_fifth_of_the_calls(calls: int, free: int) -> None:
    budget = RetryBudget()
    for _ in range(calls):
        budget.call(0.0)
    waits = [budget.retry_s(1.0) for _ in range(free + 1)]
    assert waits == [0.0] * free + [WINDOW_S]


def test_those_that_wait_come_in_turn() -> None:
    budget = RetryBudget()
    for n in range(FREE):
        assert budget.retry_s(float(n)) == 0
    assert [budget.retry_s(10.0) for _ in range(3)] == [WINDOW_S - 10 + n for n in range(3)]


def test_old_calls_and_retries_are_forgotten() -> None:
    budget = RetryBudget()
    for _ in range(100):
        budget.call(0.0)
    for _ in range(20):
        budget.retry_s(0.0)
    waits = [budget.retry_s(WINDOW_S + 1) for _ in range(FREE + 1)]
    assert waits == [0.0] * FREE + [WINDOW_S]
