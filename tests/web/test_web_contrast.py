"""Colours can be read in both themes: WCAG 2.2, 1.4.3 (text 4.5 : 1) and 1.4.11 (marks 3 : 1)."""

import re

import pytest

from webapp.settings import ROOT

CSS = (ROOT / "static" / "app.css").read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS
    )
}
GROUNDS = ("paper", "card", "sunken")
TEXTS = ("ink", "muted", "accent", "good", "bad", "warn", "busy", "held")
CODE = ("keyword", "string")
TEXT_PAIRS = [
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    *((text, ground) for text in CODE for ground in ("card", "warn-soft", "busy-soft")),
    *((text, "warn-soft") for text in ("accent", "warn", "ink", "muted")),
    *((text, "busy-soft") for text in ("accent", "warn", "ink", "muted")),
    *(("ink", f"{side}-{kind}") for side in ("good", "bad") for kind in ("soft", "mark")),
    *(("muted", f"{side}-soft") for side in ("good", "bad")),
    ("on-accent", "accent"),
    ("bad", "bad-soft"),
]
BAR_PAIRS = [(mark, "line") for mark in ("good", "bad", "held", "busy")]


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), BAR_PAIRS)
def test_the_progress_bar_can_be_seen(mark: str, ground: str, theme: int) -> None:
    assert contrast(COLOURS[mark][theme], COLOURS[ground][theme]) >= 3
