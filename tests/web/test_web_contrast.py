"""Colours can be read in both themes: WCAG 2.2, 1.4.3 (text 4.5 : 1) and 1.4.11 (marks 3 : 1)."""

import re

import pytest

from webapp.settings import ROOT

CSS = "".join(path.read_text() for path in sorted((ROOT / "static").glob("*.css")))
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", CSS
    )
}
GROUNDS = ("paper", "card", "sunken")
TEXTS = ("ink", "muted", "accent", "good", "bad", "warn", "busy", "held", "star")
CODE = ("ink", "muted", "accent", "warn", "keyword", "string")
RULES = re.findall(r"([^{};]+){([^{}]*)}", CSS)
SAID_TOGETHER = {  # by one rule, which sets both
    (text[1], ground[1])
    for _, body in RULES
    if (text := re.search(r"(?<![\w-])color: var\(--([\w-]+)\)", body))
    and (ground := re.search(r"background: var\(--([\w-]+)\)", body))
}
PAIRS = {
    *((text, ground) for text in TEXTS for ground in GROUNDS),
    *((text, "busy-soft") for text in TEXTS),  # a row or line that an address names, and strips
    *((text, ground) for text in CODE for ground in ("card", "warn-soft", "busy-soft")),
    *(("ink", f"{side}-{kind}") for side in ("good", "bad") for kind in ("soft", "mark")),
    *(("muted", f"{side}-soft") for side in ("good", "bad")),
    ("bad", "bad-soft"),  # .found.error takes its colour from .error
    ("warn", "warn-soft"),
    *SAID_TOGETHER,
}
TEXT_PAIRS = sorted(PAIRS)
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


def test_every_ground_has_texts_that_are_measured_on_it() -> None:
    grounds = set(re.findall(r"background: var\(--([\w-]+)\)", CSS))
    assert len(SAID_TOGETHER) > 5
    assert grounds == {ground for _, ground in PAIRS}
