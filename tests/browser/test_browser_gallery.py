"""Every page in every state: it says what it must, fits, shuts nobody out, and breaks nothing.

UPDATE_SCREENSHOTS=1 make test ARGS="-k gallery" takes the pictures of docs/images/states anew.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import grave_findings
from tests.browser.pictures import shrink
from tests.browser.product import Visit
from tests.browser.stage import Stage, bare_settings, full_settings, stage
from tests.browser.states import STATES, State
from webapp.fake_provider import FakeProvider
from webapp.settings import ROOT

PICTURES = ROOT / "docs" / "images" / "states"
HIGHEST = 1200  # pixels of a picture
WIDTHS = (1280, 390)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    """Both stages, by name."""
    bare, full = (tmp_path_factory.mktemp(name) for name in ("bare", "full"))
    with (
        FakeProvider() as provider,
        stage(bare_settings(bare), has_runner=False) as without,
        stage(full_settings(full, provider.url), has_runner=True) as along,
    ):
        yield {"bare": without, "full": along}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where the pictures go."""
    folder = PICTURES if "UPDATE_SCREENSHOTS" in os.environ else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def take(page: Page, path: Path) -> None:
    width = page.evaluate("innerWidth")
    height = min(page.evaluate("document.documentElement.scrollHeight"), HIGHEST)
    page.screenshot(
        path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height}
    )


def open_(visit: Visit, state: State, path: str) -> None:
    page = visit.page
    visit.problems.clear()
    page.context.set_offline(False)
    page.goto(path)
    if state.act:
        state.act(page)
    expect(page.get_by_text(state.shows).locator("visible=true").first).to_be_visible()


def faults(visit: Visit, state: State, theme: str) -> list[str]:
    """What is wrong with the page that is open."""
    wide = visit.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    too_wide = [f"{wide} px wider than the screen"] if wide > 0 else []
    # In the dark only colours are others.
    only = "color-contrast" if theme == "dark" else None
    grave = grave_findings(visit.page, only) if state.has_scripts else []  # axe is a script
    noted = [text for text in visit.problems if not state.noise or state.noise not in text]
    return [*too_wide, *grave, *noted]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_page_is_sound_in_every_state(
    chromium: Browser, stages: dict[str, Stage], pictures: Path, state: State
) -> None:
    built = stages[state.stage]
    path = state.build(built)
    context = chromium.new_context(base_url=built.url, java_script_enabled=state.has_scripts)
    visit = Visit(context, built.url)
    found = {}
    for width in WIDTHS:
        if built.runner:
            built.runner.beat("blueprint")  # or it would be taken for dead
        visit.page.set_viewport_size({"width": width, "height": 844})
        open_(visit, state, path)
        for theme in THEMES:
            visit.page.emulate_media(color_scheme=theme)
            name = f"{state.name}-{width}-{theme}"
            take(visit.page, pictures / f"{name}.png")
            found[name] = faults(visit, state, theme)
    context.close()
    if pictures == PICTURES:
        shrink(chromium, pictures.glob(f"{state.name}-[0-9]*.png"))
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
