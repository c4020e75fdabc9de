"""The plot of a run: how often the ideal goes into the time of each, row by row."""

import math
from collections.abc import Iterator
from html import escape
from itertools import groupby

from bench.peers.record import Record
from bench.results import Result
from bench.rows import Row

WIDTH, LEFT, RIGHT, TOP, STEP, APART = 860, 250, 40, 84, 46, 10
# In the middle between black and white: they are seen on a light page and on a dark one.
GREY = "#797979"
COLOURS = ("#2f80ed", "#d9730d", "#1a9c5b", "#b455d6")
# Around 0, 0: a circle, a square, a triangle, a diamond.
SHAPES = (
    '<circle r="5"/>',
    '<path d="M-4.5-4.5h9v9h-9z"/>',
    '<path d="M0-5.5 5.5 4.5h-11z"/>',
    '<path d="M0-6 6 0 0 6-6 0z"/>',
)
TICKS = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32)


def plot(done: Record) -> str:
    """An SVG for light pages and dark ones."""
    results = [each for each in done.results if each.row.ideal_s and each.who in done.versions]
    rows = [(row, list(grouped)) for row, grouped in groupby(results, lambda each: each.row)]
    scale = Scale([each.ratio for each in results])
    height = TOP + STEP * len(rows) + 16
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="14" fill="{GREY}">',
        "<title>Times of the ideal by row and contender</title>",
        f"<desc>{escape(_described(done))}</desc>",
        *_legend(list(done.versions)),
        *_axis(scale, height),
    ]
    for place, (row, grouped) in enumerate(rows):
        if place % 2 == 0:
            y = TOP + STEP * place
            lines.append(f'<path d="M0 {y}h{WIDTH}v{STEP}H0z" fill-opacity="0.06"/>')
        lines += _row(row, grouped, list(done.versions), scale, TOP + STEP * (place + 0.5))
    return "\n".join((*lines, "</svg>\n"))


class Scale:
    """A logarithmic axis that has room for all values."""

    def __init__(self, values: list[float]) -> None:
        low, high = min(values) * 0.98, max(values) * 1.02
        self._low = max(tick for tick in TICKS if tick <= low or tick == TICKS[0])
        high = min(tick for tick in TICKS if tick >= high or tick == TICKS[-1])
        self.ticks = [tick for tick in TICKS if self._low <= tick <= high]
        self._width = math.log(high / self._low)

    def x(self, value: float) -> float:
        """Where a value stands."""
        part = math.log(value / self._low) / self._width
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)


def _described(done: Record) -> str:
    who = ", ".join(done.versions)
    return (
        f"Each line is a row of the tables of this page, with a mark for each of {who}. Further"
        " left is quicker; 1 is the ideal. A hollow mark lost jobs, the number of which it bears."
    )


def _legend(names: list[str]) -> Iterator[str]:
    for place, name in enumerate(names):
        x = 20 + place * 170
        yield mark(place, x, 18, is_hollow=False)
        yield f'<text x="{x + 12}" y="23">{escape(name)}</text>'
    yield '<text x="20" y="50">hollow: lost as many jobs as it says</text>'
    said = "× ideal; further left is quicker"
    yield f'<text x="{WIDTH - RIGHT}" y="50" text-anchor="end">{said}</text>'


def _axis(scale: Scale, height: int) -> Iterator[str]:
    for tick in scale.ticks:
        x, width = scale.x(tick), 2 if tick == 1 else 0.5
        yield (
            f'<path d="M{x} {TOP - 6}V{height - 10}" stroke="{GREY}" stroke-width="{width}"'
            ' stroke-opacity="0.6"/>'
        )
        yield f'<text x="{x}" y="{TOP - 12}" text-anchor="middle">{tick:g}</text>'


def _row(
    row: Row, results: list[Result], names: list[str], scale: Scale, y: float
) -> Iterator[str]:
    yield f'<text x="{LEFT - 16}" y="{y + 5:g}" text-anchor="end">{escape(_label(row))}</text>'
    for result in results:
        place, lost = names.index(result.who), result.account.lost
        x, below = scale.x(result.ratio), y + (place - (len(names) - 1) / 2) * APART
        yield mark(place, x, below, is_hollow=bool(lost))
        if lost:
            yield f'<text x="{x + 9:g}" y="{below + 4:g}" font-size="11">{lost}</text>'


def _label(row: Row) -> str:
    if row.name == "grid":
        return f"{row.rate:g}/s, burst {row.burst}, told {row.told}"
    return f"{row.name}, N {row.number:,}, C {row.at_once}"


def mark(place: int, x: float, y: float, *, is_hollow: bool) -> str:
    """The mark of a series, by its place in the legend."""
    colour = COLOURS[place]
    fill = "none" if is_hollow else colour
    style = f'fill="{fill}" stroke="{colour}" stroke-width="1.5"'
    return f'<g transform="translate({x:g} {y:g})" {style}>{SHAPES[place]}</g>'
