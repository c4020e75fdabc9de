"""The plot of growth: what each size came to, as times of what the smallest did."""

import math
from collections.abc import Callable, Iterator
from html import escape

from bench.growth.record import Grown, Growth
from bench.peers.plot import COLOURS, GREY, mark

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 90, 30, 96, 50
SERIES: dict[str, Callable[[Grown], float]] = {
    "run, s": lambda grown: grown.run_s,
    "submit, s": lambda grown: grown.submits_s,
    "database, MB": lambda grown: grown.database_mb,
    "web, MB": lambda grown: grown.web_mb,
    "runner, MB": lambda grown: grown.runner_mb,
}
TITLE = "Growth from 100 to 100,000 jobs"


def plot(done: Growth) -> str:
    """An SVG for light pages and dark ones; both axes are logarithmic."""
    values = [value(grown) for value in SERIES.values() for grown in done.sizes]
    x = Axis([grown.number for grown in done.sizes], LEFT, WIDTH - RIGHT)
    y = Axis(values, HEIGHT - BOTTOM, TOP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="14" fill="{GREY}">',
        f"<title>{TITLE}</title>",
        f"<desc>{escape(_described())}</desc>",
        *_grid(x, y),
    ]
    for place, (name, value) in enumerate(SERIES.items()):
        points = [(x.at(grown.number), y.at(value(grown))) for grown in done.sizes]
        lines += _line(place, name, points)
    return "\n".join((*lines, "</svg>\n"))


class Axis:
    """A logarithmic axis from one power of ten to another, and where a value stands on it."""

    def __init__(self, values: list[float], start: float, end: float) -> None:
        self._low = math.floor(math.log10(min(values)) + 1e-9)
        self._high = math.ceil(math.log10(max(values)) - 1e-9)
        self._start, self._end = start, end
        self.ticks = [10.0**power for power in range(self._low, self._high + 1)]

    def at(self, value: float) -> float:
        """Where it stands."""
        part = (math.log10(value) - self._low) / (self._high - self._low)
        return round(self._start + part * (self._end - self._start), 1)


def _described() -> str:
    return (
        f"Lines over the number of jobs for {', '.join(SERIES)}; both axes are logarithmic. What"
        " rises by one decade over a decade is linear; what lies flat does not grow."
    )


def _grid(x: Axis, y: Axis) -> Iterator[str]:
    rule = f'stroke="{GREY}" stroke-width="0.5" stroke-opacity="0.6"'
    for tick in x.ticks:
        yield f'<path d="M{x.at(tick)} {TOP}V{HEIGHT - BOTTOM}" {rule}/>'
        at = f'x="{x.at(tick)}" y="{HEIGHT - BOTTOM + 22}"'
        yield f'<text {at} text-anchor="middle">{tick:,.0f}</text>'
    for tick in y.ticks:
        yield f'<path d="M{LEFT} {y.at(tick)}H{WIDTH - RIGHT}" {rule}/>'
        yield f'<text x="{LEFT - 10}" y="{y.at(tick) + 5:g}" text-anchor="end">{tick:g}</text>'
    yield f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">jobs</text>'


def _line(place: int, name: str, points: list[tuple[float, float]]) -> Iterator[str]:
    path = "L".join(f"{x:g} {y:g}" for x, y in points)
    colour = COLOURS[place % len(COLOURS)]
    # There are more lines than colours: the last is dashed.
    dashes = ' stroke-dasharray="6 5"' if place >= len(COLOURS) else ""
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dashes}/>'
    for x, y in points:
        yield mark(place % len(COLOURS), x, y, is_hollow=place >= len(COLOURS))
    x, y = 20 + place * 168, 24
    yield mark(place % len(COLOURS), x, y - 5, is_hollow=place >= len(COLOURS))
    yield f'<text x="{x + 12}" y="{y}">{escape(name)}</text>'
