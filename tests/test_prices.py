"""What calls cost: list prices, overrides, and what nobody knows."""

from dataclasses import replace

import pytest

from webapp.domain.batch import ModelChoice
from webapp.domain.endpoint import Deadlines, Endpoint, EndpointType, Price
from webapp.prices import Prices

MILLION = 1_000_000


def endpoint(url: str, kind: EndpointType = EndpointType.OPENAI) -> Endpoint:
    deadlines = Deadlines(5, 60, 60, 120, 600)
    return Endpoint("e", kind, url, None, 3, "", deadlines, is_local=False)


def cost(at: Endpoint, model: str, given: int, answered: int, cached: int = 0) -> int | None:
    return Prices([at]).cost(ModelChoice("e", model), given, answered, cached)


OPENAI = endpoint("https://api.openai.com/v1")
ANTHROPIC = endpoint("https://api.anthropic.com", EndpointType.ANTHROPIC)
GEMINI = endpoint("https://generativelanguage.googleapis.com", EndpointType.GEMINI)
WATSONX = endpoint("https://eu-de.ml.cloud.ibm.com", EndpointType.WATSONX)


@pytest.mark.parametrize(
    ("at", "model", "dollars"),
    [
        (OPENAI, "gpt-5-mini", (0.25, 2)),
        (OPENAI, "gpt-4o-mini", (0.15, 0.60)),
        (endpoint("HTTPS://me:secret@API.OpenAI.com:443/v1"), "gpt-5-mini", (0.25, 2)),
        (GEMINI, "gemini-2.5-flash", (0.30, 2.50)),
        (GEMINI, "models/gemini-2.5-flash", (0.30, 2.50)),
        (endpoint("https://api.groq.com/openai/v1"), "openai/gpt-oss-120b", (0.15, 0.60)),
        (endpoint("https://openrouter.ai/api/v1"), "openai/gpt-5-mini", (0.25, 2)),
        (endpoint("https://res.openai.azure.com/openai/v1"), "gpt-4o-mini", (0.15, 0.60)),
        (WATSONX, "ibm/granite-4-h-small", (0.064, 0.265)),
    ],
)
def test_a_listed_model_costs_what_its_provider_takes(
    at: Endpoint, model: str, dollars: tuple[float, float]
) -> None:
    assert cost(at, model, MILLION // 100, 0) == round(dollars[0] * MILLION / 100)
    assert cost(at, model, 0, MILLION) == round(dollars[1] * MILLION)


@pytest.mark.parametrize(
    ("at", "model"),
    [
        (OPENAI, "gpt-6.2-sol"),  # newer than the list
        (WATSONX, "ibm/granite-99"),
        (endpoint("http://127.0.0.1:8000/v1"), "gpt-5-mini"),  # whose that is, nobody knows
        (endpoint("https://ml.cloud.ibm.com.example.org"), "ibm/granite-4-h-small"),
        (endpoint("https://api.openai.com.example.org/v1"), "gpt-5-mini"),
        (endpoint("http://[bad"), "gpt-5-mini"),
    ],
)
def test_what_nobody_lists_is_unknown_and_not_free(at: Endpoint, model: str) -> None:
    assert cost(at, model, 1000, 1000) is None
    assert not Prices([at]).is_known(ModelChoice("e", model))


def test_an_endpoint_that_is_not_there_has_no_prices() -> None:
    assert Prices([]).cost(ModelChoice("e", "m"), 1, 1) is None


def test_the_price_of_an_endpoint_comes_before_the_list() -> None:
    own = replace(OPENAI, price=Price(1, 4))
    assert cost(own, "gpt-5-mini", 1000, 100) == 1400
    assert cost(own, "a-model-of-ours", 1000, 100) == 1400
    assert cost(replace(OPENAI, price=Price(0, 0)), "gpt-5-mini", 1000, 100) == 0


def test_the_blueprint_and_what_is_local_are_free() -> None:
    local = replace(endpoint("http://127.0.0.1:8000/v1"), is_local=True)
    assert cost(local, "anything", 1000, 1000) == 0
    assert Prices([]).cost(ModelChoice("blueprint", "blueprint"), 0, 0) == 0


def test_a_long_prompt_costs_more_for_every_token() -> None:
    assert cost(ANTHROPIC, "claude-haiku-5-5", 100_000, 1000) == 10_000 + 500
    assert cost(ANTHROPIC, "claude-haiku-5-5", 200_000, 1000) == 100_000 + 2500


def test_tokens_out_of_the_cache_cost_less() -> None:
    assert cost(OPENAI, "gpt-5-mini", 10_000, 0, cached=8_000) == 500 + 200
    assert cost(OPENAI, "gpt-5-mini", 1_000, 0, cached=2**31) == 25


def test_a_fraction_of_a_micro_dollar_is_rounded_up() -> None:
    assert cost(OPENAI, "gpt-5-mini", 1, 0) == 1


def test_no_number_of_tokens_is_too_large() -> None:
    assert cost(GEMINI, "gemini-3.1-pro-preview", 2**31, 0) == 4 * 2**31
    assert cost(OPENAI, "gpt-5-mini", 0, 0) == 0
