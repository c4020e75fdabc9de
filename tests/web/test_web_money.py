"""Amounts of money: read from fields, and written on pages."""

from datetime import UTC, datetime

import pytest

from webapp.domain.batch import JobStatus, Mode
from webapp.domain.errors import InvalidSpec
from webapp.domain.views import BatchView, CostRange
from webapp.web.money import cost_range, dollars, exactly, read_budget, roughly, spent


def batch(cost: int = 0, unpriced: int = 0, budget: int | None = None) -> BatchView:
    return BatchView(
        id="b", title="", brief="", mode=Mode.ASYNC, concurrency=1, version=1,
        counts=dict.fromkeys(JobStatus, 0), cached=0, input_tokens=0, output_tokens=0,
        peak_in_flight=0, call_s=0, project_id=None, created_at=datetime.now(UTC),
        started_at=None, finished_at=None, budget_microusd=budget, cost_microusd=cost,
        unpriced=unpriced,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "microusd"),
    [
        ("", None), ("  ", None), ("2.50", 2_500_000), (" $3 ", 3_000_000), ("0.000001", 1),
        ("0", 0), ("999999999.999999", 999_999_999_999_999), ("0.1", 100_000),
    ],
)  # fmt: skip
def test_a_budget_is_read_to_the_last_digit(text: str, microusd: int | None) -> None:
    assert read_budget(text) == microusd


@pytest.mark.parametrize(
    "text", ["2,50", "-1", "1e3", "0.0000001", "2.", ".5", "nan", "٣", "1" * 10, "2 dollars", "$"]
)
def test_what_is_no_amount_is_told_in_one_sentence(text: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        read_budget(text)
    assert list(caught.value.errors) == ["budget"]
    assert "such as 2.50" in caught.value.errors["budget"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "$0.00"), (0.1, "$0.10"), (12, "$12.00"), (0.064, "$0.064"), (1500, "$1,500.00")],
)
def test_dollars_have_cents_and_more_only_where_it_counts(amount: float, shown: str) -> None:
    assert dollars(amount) == shown


@pytest.mark.parametrize(
    ("microusd", "rough", "exact"),
    [
        (0, "$0.00", "$0.00"), (3, "$0.000003", "$0.000003"), (3_456, "$0.0035", "$0.003456"),
        (34_560, "$0.035", "$0.03456"), (123_456, "$0.12", "$0.123456"),
        (2_500_000, "$2.50", "$2.50"), (1_234_567_890, "$1,234.57", "$1,234.56789"),
    ],
)  # fmt: skip
def test_small_amounts_keep_two_digits(microusd: int, rough: str, exact: str) -> None:
    assert (roughly(microusd), exactly(microusd)) == (rough, exact)


@pytest.mark.parametrize(
    ("cost", "shown"),
    [
        (CostRange(120_000, 480_000, ()), "≈ $0.12 – $0.48"),
        (CostRange(120_000, 120_001, ()), "≈ $0.12"),
        (CostRange(0, 0, ()), "free"),
        (CostRange(0, 0, ("openai:gpt-x",)), "price unknown for openai:gpt-x"),
        (CostRange(0, 20_000, ("a:b",)), "≈ $0.00 – $0.020, price unknown for a:b"),
        (CostRange(0, 0, tuple("abcde")), "price unknown for a, b, c and 2 more"),
    ],
)
def test_what_nobody_knows_is_never_called_nothing(cost: CostRange, shown: str) -> None:
    assert cost_range(cost) == shown


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        (batch(), ""),
        (batch(830_000), "$0.83"),
        (batch(830_000, budget=2_000_000), "$0.83 of $2.00"),
        (batch(0, budget=2_000_000), "$0.00 of $2.00"),
        (batch(0, unpriced=1), "1 call of unknown cost"),
        (batch(830_000, 1_200, 2_000_000), "$0.83 of $2.00 + 1,200 calls of unknown cost"),
    ],
)
def test_a_batch_says_what_it_has_cost(view: BatchView, shown: str) -> None:
    assert spent(view) == shown
