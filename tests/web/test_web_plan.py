"""The plan: what a batch will probably cost, before it is started."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.gate import gate_settings
from webapp.fake_provider import FakeProvider
from webapp.settings import Settings

FORM = {"brief": "A shop.", "kinds": "dockerfile", "nonce": "n1"}


@pytest.fixture
def settings(tmp_path: Path, llm: FakeProvider) -> Settings:
    """An endpoint with a price, and one without."""
    return gate_settings(tmp_path, llm)


def cost(htmx: FlaskClient, *models: str) -> str:
    plan = htmx.post("/plan", data=FORM | {"models": list(models)}).text
    (said,) = re.findall(r'id="cost">([^<]*)<', plan)
    return unescape(said)


def test_a_plan_says_what_it_costs_as_a_range(htmx: FlaskClient) -> None:
    assert re.fullmatch(r"≈ \$0\.00\d+ – \$0\.\d+", cost(htmx, "gate:m", "blueprint"))


def test_a_plan_of_templates_is_free(htmx: FlaskClient) -> None:
    assert cost(htmx, "blueprint") == "free"


def test_an_unknown_price_is_named_beside_what_is_known(htmx: FlaskClient) -> None:
    assert cost(htmx, "openai:x", "blueprint") == "price unknown for openai:x"
    assert re.fullmatch(
        r"≈ \$.+ – \$.+, price unknown for openai:x", cost(htmx, "openai:x", "gate:m")
    )


@pytest.mark.parametrize(("budget", "is_warned"), [("0.01", True), ("50", False), ("", False)])
def test_a_budget_that_may_be_too_small_is_told(
    htmx: FlaskClient, budget: str, is_warned: bool
) -> None:
    plan = htmx.post("/plan", data=FORM | {"models": "gate:m", "budget": budget}).text
    assert ('id="over-budget"' in plan) == is_warned
    assert ("more than the budget of $0.01" in plan) == is_warned
    assert "Start 1 job" in plan


def test_a_budget_cannot_hold_where_a_price_is_unknown(client: FlaskClient) -> None:
    answer = client.post("/batches", data=FORM | {"models": "openai:x", "budget": "5"})
    assert answer.status_code == 422
    assert "The price of openai:x is not known" in answer.text
    assert 'aria-describedby="budget-fault"' in answer.text


def test_a_plan_names_who_may_answer_instead(htmx: FlaskClient) -> None:
    fields = FORM | {"models": "blueprint", "fallbacks": "gate:b, openai:c"}
    plan = htmx.post("/plan", data=fields).text
    assert "<dt>Or else to</dt><dd>gate:b, openai:c</dd>" in plan
    assert 'id="policy"' in plan
    assert "Nothing leaves this machine" not in plan


@pytest.mark.parametrize(
    "typed", [{}, {"budget": "2"}, {"retries": "off"}, {"fallbacks": "gate:b"}]
)
def test_what_was_chosen_of_the_rarer_options_is_never_folded_away(
    client: FlaskClient, typed: dict[str, str]
) -> None:
    page = client.post("/plan", data=FORM | {"models": "gate:m"} | typed).text
    details = page.split("<summary>Repair, retries, fallbacks and budget")[0].rpartition(
        "<details"
    )[2]
    assert ("open" in details) == bool(typed)
