"""The page of a batch as people use it: filters, ticks, actions, matrix, and the way back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visiting
from tests.browser.product import Visit, is_ready, running
from tests.browser.stage import Stage
from tests.browser.test_browser import start
from tests.processes import wait_until
from webapp.domain.batch import JobStatus, Reason


def finished(page: Page) -> None:
    """Wait until nothing of a batch changes any more."""
    expect(page.locator("#poll")).to_have_count(0, timeout=30_000)


def test_a_filter_is_written_dropped_and_there_again_on_back(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", "blueprint", samples=2)
    finished(page)
    address = page.url
    page.fill("#filter", "model:blueprint")
    page.press("#filter", "Enter")
    expect(page).to_have_url(f"{address}?model=blueprint")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.click("#job-1 a, #job-3 a")
    page.go_back()
    expect(page).to_have_url(f"{address}?model=blueprint")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.click(".chips a.chip")
    expect(page.locator("tbody tr")).to_have_count(4)


def test_ticked_rows_are_run_fresh_and_nothing_else(either_visit: Visit, has_scripts: bool) -> None:
    page = either_visit.page
    start(page, "blueprint", samples=3)
    if has_scripts:
        finished(page)
    expect(page.locator(".counts .succeeded")).to_have_text("3 succeeded", timeout=30_000)
    page.check("#pick-2")
    page.click("#bulk-fresh")
    expect(page.locator("#notice")).to_contain_text("1 job put back to the queue.")
    expect(page.locator(".counts .succeeded")).to_have_text("3 succeeded", timeout=30_000)


def test_the_box_in_the_head_ticks_the_page(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", samples=5)
    page.check("#on-matching")
    page.check("#pick-all")
    expect(page.locator("#on-picked")).to_be_checked()
    expect(page.locator("input[name=pick]:checked")).to_have_count(5)
    page.uncheck("#pick-5")
    page.click("#bulk-cancel")
    expect(page.locator("#notice")).to_contain_text("cancelled.")
    page.check("#on-matching")
    page.click("#bulk-cancel")
    finished(page)


def test_rows_that_stop_matching_stay_until_one_looks_again(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", samples=9)
    page.goto(f"{page.url}?status=queued")
    expect(page.locator("tbody tr").first).to_be_visible()
    shown = page.locator("tbody tr").count()
    expect(page.locator("tr.gone").first).to_be_visible(timeout=30_000)
    assert page.locator("tbody tr").count() == shown
    expect(page.locator("#left")).to_contain_text("refresh")
    page.click("#cancel-batch")
    finished(page)


@pytest.fixture
def moved(chromium: Browser, full: Stage) -> Iterator[Visit]:
    """A visit to pages whose runner is the test."""
    yield from visiting(chromium, full.url, scripts=True)


def test_a_button_does_nothing_where_more_match_than_it_said(moved: Visit, full: Stage) -> None:
    page, batch_id = moved.page, full.submit("gate:large", brief="A shop that fails on and on.")
    fail = (JobStatus.FAILED, Reason.TIMEOUT, "No answer came within 120 s.")
    full.hand.fail(full.hand.claim(batch_id, "gate:large"), *fail)
    page.goto(f"/batches/{batch_id}?status=failed")
    page.check("#on-matching")
    full.hand.fail(full.hand.claim(batch_id, "gate:large"), *fail)
    page.click("#bulk-retry")
    expect(page.locator("#notice")).to_contain_text("nothing was done")
    assert ["409" in problem for problem in moved.problems] == [True]
    moved.problems.clear()
    expect(page.locator("#left")).to_contain_text("2 jobs match now, 1 when this was shown")
    page.click("#left a")
    page.check("#on-matching")
    page.click("#bulk-retry")
    expect(page.locator("#notice")).to_contain_text("2 jobs put back to the queue.")
    expect(page.locator("tr.gone")).to_have_count(2)


def test_a_matrix_moves_while_one_watches(visit: Visit) -> None:
    page = visit.page
    start(page, "openai:m1", "blueprint")
    page.goto(f"{page.url}?view=matrix")
    row = page.locator("#artifact-1")
    expect(row.locator(".succeeded")).to_have_count(2, timeout=30_000)
    expect(row.locator(".won")).to_have_count(1)
    expect(page.locator("#sums")).to_contain_text("1 of 1")
    page.click("#candidates-1")
    expect(page.locator(".column")).to_have_count(2)
    page.locator("button:has-text('Choose')").last.click()
    expect(page.locator("#choice")).to_contain_text("You chose")
    page.click(".crumbs a")
    expect(page.locator("#artifact-1 .won")).to_contain_text("chosen")


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[str]:
    """The address of a product as it is after `make run`, without any key."""
    with running(tmp_path, "serve", OMNI_DATA_DIR=str(tmp_path / "data"), OMNI_PORT="0") as url:
        wait_until(lambda: is_ready(url))
        yield url


@pytest.mark.parametrize("scripts", [True, False])
def test_without_a_key_a_finished_batch_is_three_clicks_away(
    chromium: Browser, untouched: str, scripts: bool
) -> None:
    for visit in visiting(chromium, untouched, scripts=scripts):
        page = visit.page
        page.goto("/")
        page.click("#first-run a")
        page.click("#start")
        page.wait_for_url("**/batches/*")
        expect(page.locator(".counts .succeeded")).to_have_text("2 succeeded", timeout=30_000)
        page.click("#open-1")
        expect(page.locator("#f1-L1")).to_be_visible()
