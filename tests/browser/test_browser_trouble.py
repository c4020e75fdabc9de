"""What the pages say and offer when money, the runner or the cache is in question."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visiting
from tests.browser.product import GUNICORN, Visit, running
from webapp.store.database import migrate


def ask_openai(page: Page, brief: str) -> None:
    """Fill in the form for one job of a model that costs money."""
    page.goto("/")
    page.fill("#brief", brief)
    page.check("input[name=kinds][value=dockerfile]")
    page.uncheck("input[value=blueprint]")
    page.fill("#other-models", "openai:m1")
    expect(page.locator("#policy")).to_be_visible()


def test_what_becomes_of_a_broken_call_is_asked_only_where_it_costs(visit: Visit) -> None:
    page = visit.page
    page.goto("/?example=flask")
    expect(page.locator("#start")).to_have_text("Start 2 jobs")
    expect(page.locator("#policy")).to_have_count(0)
    page.fill("#other-models", "openai:m1")
    expect(page.locator("#policy")).to_be_visible()
    expect(page.locator("input[value=finish_all]")).to_be_checked()


def test_the_answer_survives_every_recount_and_is_sent(visit: Visit) -> None:
    page = visit.page
    ask_openai(page, "A shop that never pays twice.")
    never = page.locator("input[value=never_twice]")
    page.check("input[type=radio][value=never_twice]")
    page.fill("#samples", "2")
    expect(page.locator("#start")).to_have_text("Start 2 jobs")
    expect(never).to_be_checked()
    page.fill("#brief", "")
    expect(page.locator("#policy")).to_have_count(0)
    page.fill("#brief", "A shop that still never pays twice.")
    expect(page.locator("#policy")).to_be_visible()
    expect(never).to_be_checked()
    page.click("#start")
    page.wait_for_url("**/batches/*")
    expect(page.locator(".head")).to_contain_text("never pays twice")
    page.click("#cancel-batch")
    expect(page.locator("#poll")).to_have_count(0)


def test_a_call_that_may_be_charged_is_made_again_only_when_told(visit: Visit) -> None:
    page = visit.page
    ask_openai(page, "A shop. [[fake: first 3: reset-mid]]")
    page.check("input[type=radio][value=never_twice]")
    page.click("#start")
    page.wait_for_url("**/batches/*")
    undecided = page.locator("#run-undecided")
    expect(undecided).to_have_text("Run 1 again (may cost twice)", timeout=30_000)
    expect(page.locator("#retry-failed")).to_have_count(0)
    page.click("#act-1")
    expect(page.locator("#notice")).to_contain_text("Job 1 put back to the queue.")
    expect(undecided).to_be_visible(timeout=30_000)
    batch = page.url
    page.click("#job-1 a")
    page.click("button:has-text('Run again (may cost twice)')")
    expect(page.locator(".verdict")).to_contain_text("parked", timeout=30_000)
    page.goto(batch)
    undecided.click()
    expect(page.locator("#notice")).to_contain_text("1 job put back to the queue.")
    expect(page.locator(".counts .succeeded")).to_have_text("1 succeeded", timeout=30_000)


@pytest.fixture(scope="module")
def pages_alone(folder: Path) -> Iterator[str]:
    """The address of pages without a runner, whose Redis does not answer."""
    data_dir = folder / "alone"
    data_dir.mkdir()
    migrate(data_dir / "omni.sqlite3")
    words = ("wsgi:app", "--bind", "127.0.0.1:0")
    with running(
        folder,
        *words,
        program=GUNICORN,
        OMNI_DATA_DIR=str(data_dir),
        OMNI_REDIS_URL="redis://127.0.0.1:9/0",
    ) as url:
        yield url


@pytest.fixture
def lonely_visit(chromium: Browser, pages_alone: str, has_scripts: bool) -> Iterator[Visit]:
    """A visit to pages without a runner, with JavaScript and without."""
    yield from visiting(chromium, pages_alone, scripts=has_scripts)


def test_without_a_runner_jobs_run_one_by_one_from_the_page(lonely_visit: Visit) -> None:
    page = lonely_visit.page
    page.goto("/?example=flask")
    page.check("input[name=fresh]")
    page.click("#start")
    page.wait_for_url("**/batches/*")
    expect(page.locator("#no-runner")).to_contain_text("No runner lives: the jobs wait")
    page.click("#run-here")
    expect(page.locator(".counts .succeeded")).to_have_text("1 succeeded")
    expect(page.locator(".counts .queued")).to_have_text("1 queued")
    page.click("#run-here")
    expect(page.locator(".counts .succeeded")).to_have_text("2 succeeded")
    expect(page.locator("#no-runner")).to_have_count(0)


def test_the_strip_keeps_the_focus_while_the_page_asks_for_changes(
    chromium: Browser, pages_alone: str
) -> None:
    for visit in visiting(chromium, pages_alone, scripts=True):
        page = visit.page
        page.goto("/?example=worker")
        page.click("#start")
        page.wait_for_url("**/batches/*")
        page.focus("#run-here")
        for _ in range(2):  # when the second is asked for, the first has been swapped in
            page.wait_for_event("response", lambda answer: "/delta?" in answer.url)
        assert page.evaluate("document.activeElement.id") == "run-here"
        page.click("#cancel-batch")
        expect(page.locator("#poll")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_trouble_is_told_where_it_fits(chromium: Browser, pages_alone: str, width: int) -> None:
    for visit in visiting(chromium, pages_alone, scripts=True):
        page = visit.page
        page.set_viewport_size({"width": width, "height": 844})
        page.goto("/?example=worker")
        expect(page.locator("#cache-trouble")).to_contain_text("OMNI_REDIS_URL")
        page.click("#start")
        page.wait_for_url("**/batches/*")
        expect(page.locator("#run-here")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.click("#cancel-batch")
        expect(page.locator("#poll")).to_have_count(0)
