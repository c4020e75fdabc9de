"""docs/ui.md shows every state, and says what every custom property means."""

import re

from tests.browser.states import STATES
from tests.browser.test_browser_gallery import PICTURES, THEMES, WIDTHS
from webapp.settings import ROOT

MANUAL = (ROOT / "docs" / "ui.md").read_text()
TAKEN = {f"{each.name}-{width}-{theme}" for each in STATES for width in WIDTHS for theme in THEMES}


def test_every_state_has_its_row() -> None:
    section = MANUAL.split("## Pages and states")[1].split("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == [each.name for each in STATES]


def test_every_picture_is_there_and_shown_and_no_other() -> None:
    shown = set(re.findall(r"\(images/states/([\w-]+)\.png\)", MANUAL))
    assert shown == TAKEN
    assert {path.stem for path in PICTURES.iterdir()} == TAKEN


def test_every_custom_property_is_named() -> None:
    defined = set(re.findall(r"^\s+(--[\w-]+):", (ROOT / "static" / "app.css").read_text(), re.M))
    assert len(defined) > 20
    assert defined == set(re.findall(r"`(--[\w-]+)`", MANUAL))
