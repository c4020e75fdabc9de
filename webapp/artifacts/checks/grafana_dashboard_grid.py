"""Where the panels of a dashboard stand: on a grid of 24 columns, none on top of another."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.grafana_dashboard_file import Dashboard, Panel, mapping
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "grafana-dashboard/grid": Severity.ERROR,
    "grafana-dashboard/no-grid": Severity.WARNING,
    "grafana-dashboard/overlap": Severity.WARNING,
}
COLUMNS = 24

_Place = tuple[int, int, int, int]  # x, y, width and height
_Columns = dict[tuple[int, int], list[tuple[int, int, int]]]


def faults(one: Dashboard) -> Iterator[Finding]:
    """Panels without a place, beside the grid, or on top of each other."""
    panels = list(one.panels)
    columns: _Columns = defaultdict(list)
    for number, panel in enumerate(panels):
        grid, line = mapping(panel.fields.get("gridPos")), panel.line_of("gridPos")
        if not grid:
            message = f"{panel.name} has no gridPos: x, y, w and h."
            yield _finding("no-grid", one.path, line, message)
            continue
        x, y, width, height = (grid.get(key, 0) for key in ("x", "y", "w", "h"))
        if why := _why_misplaced(x, y, width, height):
            yield _finding("grid", one.path, line, f"{panel.name} {why}.")
            continue
        for column in range(x, x + width):
            columns[panel.siblings, column].append((y, y + height, number))
    yield from _overlaps(one, panels, columns)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"grafana-dashboard/{rule}", path, line, message)


def _why_misplaced(*place: object) -> str | None:
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in place):
        return "has a gridPos that is not made of whole numbers"
    x, y, width, height = (each for each in place if isinstance(each, int))
    if x < 0 or y < 0 or width < 1 or height < 1:
        return "has a gridPos with a size of nothing, or before the grid"
    if x + width > COLUMNS:
        return f"reaches beyond the grid: x and w are at most {COLUMNS} together"
    return None


def _overlaps(one: Dashboard, panels: list[Panel], columns: _Columns) -> Iterator[Finding]:
    """Neighbours of a column are enough: who overlaps a third one overlaps the one between."""
    seen: set[int] = set()
    for column in columns.values():
        for (_, end, upper), (start, _, lower) in pairwise(sorted(column)):
            if start < end and lower not in seen:
                seen.add(lower)
                message = f"{panels[lower].name} overlaps {panels[upper].name}."
                line = panels[lower].line_of("gridPos")
                yield _finding("overlap", one.path, line, message)
