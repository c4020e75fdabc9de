"""What is done by keys alone, and what keys leave alone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import scenes
from tests.browser.conftest import visiting
from tests.browser.product import Visit
from tests.browser.stage import Stage
from webapp.domain.batch import JobStatus, Reason


@pytest.fixture(scope="module")
def product(full: Stage) -> str:
    """Its address."""
    return full.url


@pytest.fixture
def batch(visit: Visit, full: Stage) -> Page:
    """The page of a batch of three queued jobs."""
    visit.page.goto(scenes.page_of(full.submit("openai:never")))
    return visit.page


def focused(page: Page) -> str:
    """The row that has the focus, or the id of what has it."""
    found: str = page.evaluate(
        "document.activeElement.closest('tr')?.id ?? document.activeElement.id"
    )
    return found


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_j_and_k_go_through_the_rows_and_stop_at_their_ends(batch: Page) -> None:
    went = []
    for key in "jjjjkkk":
        press(batch, key)
        went.append(focused(batch))
    assert went == ["job-1", "job-2", "job-3", "job-3", "job-2", "job-1", "job-1"]


def test_enter_opens_the_row(batch: Page) -> None:
    press(batch, "j", "j", "Enter")
    batch.wait_for_url("**/jobs/*")
    expect(batch.locator("h1")).to_contain_text("compose")


def test_a_row_goes_on_where_a_swap_has_taken_its_link(batch: Page) -> None:
    press(batch, "j", "j")
    batch.evaluate("document.activeElement.outerHTML = document.activeElement.outerHTML")
    assert focused(batch) == ""
    press(batch, "j")
    assert focused(batch) == "job-3"


def test_a_change_of_its_row_leaves_the_focus(batch: Page, full: Stage) -> None:
    press(batch, "j")
    full.hand.claim(batch.url.rpartition("/")[2], "openai:never")
    expect(batch.locator("#job-1 .state")).to_have_text("running")
    assert focused(batch) == "job-1"
    press(batch, "j")
    assert focused(batch) == "job-2"


def test_a_key_presses_the_button_of_the_focused_row_only(batch: Page) -> None:
    press(batch, ".")
    expect(batch.locator(".state.cancelled")).to_have_count(0)
    press(batch, "j", "j", ".")
    expect(batch.locator("#job-2 .state")).to_have_text("cancelled")
    expect(batch.locator("#notice")).to_have_text("Job 2 cancelled.")
    press(batch, "r")
    expect(batch.locator("#notice")).to_have_text("Job 2 put back to the queue.")
    expect(batch.locator(".state.cancelled")).to_have_count(0)


def test_f_shows_a_failure_that_came_while_one_watched(batch: Page, full: Stage) -> None:
    batch_id = batch.url.rpartition("/")[2]
    failed = full.hand.claim(batch_id, "openai:never")
    full.hand.fail(failed, JobStatus.FAILED, Reason.TIMEOUT, "No answer came within 120 s.")
    expect(batch.locator(".counts .failed")).to_have_text("1 failed")
    press(batch, "f")
    batch.wait_for_url(f"**/{batch_id}?status=failed")


def test_a_row_wins_over_the_page(batch: Page) -> None:
    batch.evaluate("""
        document.querySelector(".brand").dataset.key = ".";
        document.querySelector(".brand").href = "#page";
    """)
    press(batch, "j", ".")
    expect(batch.locator("#job-1 .state")).to_have_text("cancelled")
    assert not batch.url.endswith("#page")
    batch.evaluate("document.activeElement.blur()")
    press(batch, ".")
    batch.wait_for_url("**#page")


def test_x_ticks_the_focused_row(batch: Page) -> None:
    press(batch, "x", "j", "j", "x")
    ticked = [box.is_checked() for box in batch.locator("input[name=pick]").all()]
    assert ticked == [False, True, False]
    batch.locator("#pick-3").click()  # whoever clicks a box goes on by keys
    press(batch, "x", "x", "k")
    expect(batch.locator("#pick-3")).to_be_checked()
    assert focused(batch) == "job-2"


def test_sequences_go_to_pages(visit: Visit) -> None:
    page = visit.page
    page.goto("/providers")
    for keys, path in (("gb", "/batches"), ("gq", "/quality"), ("gp", "/providers"), ("gn", "/")):
        press(page, *keys)
        page.wait_for_url(f"**{path}")


def test_a_sequence_ends_with_another_key_or_after_a_while(visit: Visit) -> None:
    page = visit.page
    page.goto("/providers")
    press(page, "g", "z", "b", "g")
    page.wait_for_timeout(1600)  # it is kept for 1.5 s
    press(page, "b")
    assert "/batches" not in visit.requests
    press(page, "g", "b")
    page.wait_for_url("**/batches")


def test_a_field_is_gone_to_and_takes_every_key_from_then_on(batch: Page) -> None:
    press(batch, "/")
    assert focused(batch) == "filter"
    batch.keyboard.type("j?gb./n")
    expect(batch.locator("#filter")).to_have_value("j?gb./n")
    assert focused(batch) == "filter"


@pytest.mark.parametrize("chord", ["Control+j", "Alt+j", "Meta+j"])
def test_chords_are_the_browsers(batch: Page, chord: str) -> None:
    press(batch, chord)
    assert focused(batch) == ""


def test_n_and_p_go_around_the_findings_of_a_job(visit: Visit, full: Stage) -> None:
    page = visit.page
    page.goto(scenes.job_output(full))
    went = []
    for key in "nnnnp":
        press(page, key)
        went.append(focused(page))
    assert went == [f"finding-{number}" for number in (1, 2, 3, 1, 3)]
    page.reload()
    press(page, "p")
    assert focused(page) == "finding-3"


def test_the_list_of_keys_opens_closes_and_gives_the_focus_back(batch: Page) -> None:
    dialog = batch.locator("dialog#keys")
    press(batch, "j", "?")
    expect(dialog).to_be_visible()
    press(batch, "j", "g", "b")
    expect(dialog).to_be_visible()
    press(batch, "Escape")
    expect(dialog).to_be_hidden()
    assert focused(batch) == "job-1"
    batch.get_by_role("link", name="Keyboard shortcuts").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    assert batch.evaluate("document.activeElement.dataset.key") == "?"
    assert "/keys" not in batch.url


def test_keys_stay_off_once_they_are_switched_off(batch: Page) -> None:
    press(batch, "?")
    batch.get_by_label("Single-key shortcuts").uncheck()
    press(batch, "Escape")
    expect(batch.locator("#keys-on")).not_to_be_focused()
    press(batch, "j")
    assert focused(batch) == ""
    batch.reload()
    press(batch, "j", "?")
    assert focused(batch) == ""
    expect(batch.locator("dialog#keys")).to_be_hidden()
    batch.get_by_role("link", name="Keyboard shortcuts").click()
    batch.get_by_label("Single-key shortcuts").check()
    press(batch, "Escape")
    batch.reload()
    press(batch, "j")
    assert focused(batch) == "job-1"


def test_without_scripts_the_list_of_keys_is_a_page(chromium: Browser, product: str) -> None:
    for visit in visiting(chromium, product, scripts=False):
        visit.page.goto("/batches")
        visit.page.get_by_role("link", name="Keyboard shortcuts").click()
        expect(visit.page).to_have_url(f"{product}/keys")
        expect(visit.page.get_by_text("Next row")).to_be_visible()
        expect(visit.page.get_by_label("Single-key shortcuts")).to_be_hidden()
