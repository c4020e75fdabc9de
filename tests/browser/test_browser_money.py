"""Budgets, keys and pauses as people meet them, with a runner that is moved by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visiting
from tests.browser.product import Visit
from tests.browser.stage import Stage, stage
from tests.web.gate import gate_settings
from tests.web.hand import Hand
from webapp.domain.batch import Reason
from webapp.fake_provider import FakeProvider


@pytest.fixture
def alone(tmp_path: Path, llm: FakeProvider) -> Iterator[Stage]:
    """Pages whose runner is the test."""
    with stage(gate_settings(tmp_path, llm), has_runner=True) as built:
        yield built


@pytest.fixture
def product(alone: Stage) -> str:
    """Their address."""
    return alone.url


@pytest.fixture
def hand(alone: Stage) -> Hand:
    """A runner moved by hand."""
    return alone.hand


def start(page: Page, *models: str, **fields: str) -> str:
    """Start three jobs a model with these options; gives the id of the batch."""
    page.goto("/")
    page.fill("#brief", "A shop.")
    page.fill("#other-models", " ".join(models))
    page.uncheck("input[value=blueprint]")
    page.check("input[name=kinds][value=dockerfile]")
    page.fill("#samples", "3")
    page.click("summary:has-text('Repair, retries, fallbacks and budget')")
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.click("#start")
    page.wait_for_url("**/batches/*")
    return page.url.rpartition("/")[2]


def spend(hand: Hand, batch_id: str, cost: int) -> None:
    """Let a job cost so much that the budget leaves no room for another."""
    job = hand.claim(batch_id, "gate:m")
    hand.answer(job, cost=cost)
    hand.end(job)
    hand.park_for_the_budget(batch_id, "gate:m")


def test_a_batch_goes_on_with_a_larger_budget(either_visit: Visit, hand: Hand) -> None:
    page = either_visit.page
    batch_id = start(page, "gate:m", budget="0.09")
    spend(hand, batch_id, 83_456)
    page.goto(f"/batches/{batch_id}")
    expect(page.locator("#spent")).to_have_text("$0.083 of $0.09")
    page.get_by_label("New budget in US dollars").fill("0.01")
    page.click("#parked-budget-go-on")
    expect(page.locator("#budget-fault")).to_contain_text("has cost $0.083456 already")
    expect(page.locator("#new-budget")).to_have_value("0.01")
    assert all("422" in text for text in either_visit.problems)
    either_visit.problems.clear()
    page.fill("#new-budget", "2.5")
    page.press("#new-budget", "Enter")
    expect(page.locator("#notice")).to_contain_text("2 jobs put back to the queue.")
    expect(page.locator("#parked-budget")).to_have_count(0)
    expect(page.locator("#spent")).to_have_text("$0.083 of $2.50")


def test_a_change_leaves_a_budget_alone_that_is_being_typed(visit: Visit, hand: Hand) -> None:
    page = visit.page
    batch_id = start(page, "gate:m", "blueprint", budget="0.09")
    spend(hand, batch_id, 83_456)
    expect(page.locator("#parked-budget")).to_be_visible()
    page.locator("#new-budget").press_sequentially("1.2")
    hand.claim(batch_id)
    expect(page.locator(".counts .running")).to_have_text("1 running")
    expect(page.locator("#new-budget")).to_be_focused()
    page.keyboard.type("5")
    expect(page.locator("#new-budget")).to_have_value("1.25")


def test_a_refused_key_is_told_while_one_watches(visit: Visit, hand: Hand) -> None:
    page = visit.page
    batch_id = start(page, "gate:m", "openai:x")
    hand.park("openai", Reason.KEY, "The key is refused: set OPENAI_API_KEY to a valid key.")
    notice = page.locator("#parked-key-openai")
    expect(notice).to_contain_text("3 jobs wait until openai is mended: The key is refused")
    notice.get_by_role("button").click()
    expect(page.locator("#notice")).to_contain_text("3 jobs put back to the queue.")
    expect(notice).to_have_count(0)
    assert page.url.endswith(batch_id)


def test_rows_say_when_a_pause_begins_and_when_it_is_over(visit: Visit, hand: Hand) -> None:
    page = visit.page
    start(page, "gate:m")
    until = datetime.now(UTC) + timedelta(seconds=2)
    hand.beat("gate:m", until=until, why="asks for a pause")
    expect(page.locator("#job-2")).to_contain_text("cooling")
    sentence = f"gate:m asks for a pause, until {until:%H:%M:%S} UTC"
    expect(page.locator("#job-2")).to_contain_text(sentence)
    hand.beat("gate:m")
    expect(page.locator("#job-2")).not_to_contain_text("cooling")


@pytest.mark.parametrize("width", [390, 1280])
def test_options_and_notices_fit(chromium: Browser, product: str, hand: Hand, width: int) -> None:
    for visit in visiting(chromium, product, scripts=True):
        page = visit.page
        page.set_viewport_size({"width": width, "height": 844})
        batch_id = start(page, "gate:m", budget="0.09")
        spend(hand, batch_id, 83_456)
        hand.beat(
            "gate:m", 3, 1, 1.5, datetime.now(UTC) + timedelta(seconds=60), "asks for a pause"
        )
        for path in ("/", f"/batches/{batch_id}", "/providers"):
            page.goto(path)
            for summary in page.locator("summary").all():
                summary.click()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
