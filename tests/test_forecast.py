"""What calls will probably take, before they are made."""

import math

import pytest

from tests.engine.endpoints import endpoint
from webapp.domain.batch import ModelChoice
from webapp.domain.endpoint import Price
from webapp.domain.views import CostRange
from webapp.forecast import BYTES_A_TOKEN, RESERVE, Asked, Forecast
from webapp.prices import Prices
from webapp.store.stats import ModelStat

KNOWN, UNKNOWN = ModelChoice("priced", "m"), ModelChoice("dark", "x")
PRICES = Prices([endpoint("priced", price=Price(1, 10)), endpoint("dark")])
STAT = ModelStat(
    answers=4, prompt_bytes=4000, input_tokens=2000, output_tokens=300, least_output=50,
    most_output=120,
)  # fmt: skip


def asked(model: ModelChoice = KNOWN, max_tokens: int = 1000, kind: str = "text") -> Asked:
    return Asked(model, kind, 3600, max_tokens)


def test_before_any_answer_a_prompt_is_measured_by_its_bytes() -> None:
    assert Forecast(PRICES, {}).input_tokens(KNOWN, 3600) == math.ceil(3600 / BYTES_A_TOKEN)


def test_how_many_bytes_a_token_has_is_learned_from_all_kinds() -> None:
    other = ModelStat(1, 1000, 1000, 10, 10, 10)
    forecast = Forecast(PRICES, {(KNOWN, "text"): STAT, (KNOWN, "dockerfile"): other})
    assert forecast.input_tokens(KNOWN, 500) == 300  # 3,000 tokens of 5,000 bytes
    assert forecast.input_tokens(UNKNOWN, 3600) == 1000


@pytest.mark.parametrize(
    ("stats", "most", "least_cost", "most_cost"),
    [
        ({}, 1000, 1000, 11_000),  # from no answer to the output limit
        ({(KNOWN, "text"): STAT}, 1000, 2300, 3000),  # the shortest and the longest there was
        ({(KNOWN, "text"): STAT}, 60, 2300, 2400),  # but never more than the limit
        ({(KNOWN, "helm"): STAT}, 1000, 1800, 11_800),  # another kind says nothing of the length
    ],
)
def test_a_cost_is_a_range(
    stats: dict[tuple[ModelChoice, str], ModelStat], most: int, least_cost: int, most_cost: int
) -> None:
    found = Forecast(PRICES, stats).cost([asked(max_tokens=most)], 0)
    assert found == CostRange(least_cost, most_cost, ())


def test_models_without_a_price_are_named_once_and_left_out_of_the_sum() -> None:
    found = Forecast(PRICES, {}).cost([asked(), asked(UNKNOWN), asked(UNKNOWN)], 0)
    assert found == CostRange(1000, 11_000, ("dark:x",))


def test_more_is_held_than_a_prompt_probably_has() -> None:
    given = math.ceil(RESERVE * 1000)
    assert (RESERVE, Forecast(PRICES, {}).reserve(asked())) == (
        1.15,
        (given + 1000, given + 10_000),
    )
    assert Forecast(PRICES, {}).reserve(asked(UNKNOWN)) == (given + 1000, None)
