"""Paper, the focus, and motion, as a browser shows them."""

import pytest
from playwright.sync_api import expect

from tests.browser import scenes
from tests.browser.product import Visit
from tests.browser.stage import Stage

OUTLINE = """() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return [document.activeElement.outerHTML.slice(0, 99), outlineStyle, parseFloat(outlineWidth)];
}"""


@pytest.fixture(scope="module")
def product(full: Stage) -> str:
    """Its address."""
    return full.url


def test_paper_shows_what_is_there_and_nothing_to_press(visit: Visit, full: Stage) -> None:
    page = visit.page
    batch = scenes.budget_hit(full)
    for path, shown in ((batch, "prometheus-rules"), ("/batches", "A shop on a budget.")):
        page.goto(path)
        page.emulate_media(media="print")
        expect(page.locator("main").get_by_text(shown).first).to_be_visible()
        expect(page.locator(":is(button, nav, input, footer):visible")).to_have_count(0)


def test_the_focus_can_be_seen_wherever_it_is(visit: Visit, full: Stage) -> None:
    page = visit.page
    for path in ("/", scenes.job_output(full)):
        page.goto(path)
        for _ in range(40):
            page.keyboard.press("Tab")
            element, style, width = page.evaluate(OUTLINE)
            if element.startswith("<body"):  # the last was before it
                break
            assert style != "none", element
            assert width >= 1, element


def test_nothing_moves_for_who_wants_no_motion(visit: Visit) -> None:
    page = visit.page
    page.emulate_media(reduced_motion="reduce")
    page.goto("/batches")
    page.evaluate("document.body.style.animation = 'spin 9s infinite'")
    assert page.evaluate("getComputedStyle(document.body).animationName") == "none"


def test_focus_and_ticks_survive_twenty_changes(visit: Visit, full: Stage) -> None:
    page = visit.page
    batch_id = full.submit("blueprint", samples=10, brief="A shop in ten tries.")
    page.goto(scenes.page_of(batch_id))
    page.locator("#pick-2").check()
    page.locator("#pick-30").check()
    page.locator("#open-3").focus()
    for number in range(1, 21):
        scenes.succeed(full.hand, batch_id)
        page.evaluate("ask()")  # or each would take a second
        expect(page.locator(".counts .succeeded")).to_have_text(f"{number} succeeded")
        assert page.evaluate("document.activeElement.id") == "open-3"
    ticked = page.evaluate("[...document.querySelectorAll('[name=pick]:checked')].map(b => b.id)")
    assert ticked == ["pick-2", "pick-30"]
    expect(page.locator("#job-2 .state")).to_have_text("succeeded")
