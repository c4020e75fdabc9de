"""Panels of a Grafana dashboard as JSON has them, three beside each other below titles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from string import ascii_uppercase
from typing import Any

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
IN_LINE = 3
WIDTH = 8
HEIGHT = 8
_STAT = {"reduceOptions": {"calcs": ["lastNotNull"]}, "textMode": "auto"}
_LINES = {
    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
    "tooltip": {"mode": "multi", "sort": "desc"},
}


@dataclass(frozen=True, slots=True)
class Query:
    """A query in PromQL, and what its lines are called."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel with at most 26 queries; `kind` is stat or timeseries, `unit` one of Grafana's."""

    title: str
    unit: str
    queries: tuple[Query, ...]
    kind: str = "timeseries"
    description: str = ""


def placed(rows: Mapping[str, Sequence[Panel]]) -> list[dict[str, Any]]:
    """The panels of each row below its title; rows without panels are left out."""
    ids, found, y = count(1), [], 0
    for title, panels in rows.items():
        if not panels:
            continue
        found.append({"id": next(ids), **_row(title, y)})
        y += 1
        for place, panel in enumerate(panels):
            line, column = divmod(place, IN_LINE)
            grid = {"h": HEIGHT, "w": WIDTH, "x": column * WIDTH, "y": y + line * HEIGHT}
            found.append({"id": next(ids), **_panel(panel, grid)})
        y += -(-len(panels) // IN_LINE) * HEIGHT
    return found


def _row(title: str, y: int) -> dict[str, Any]:
    grid = {"h": 1, "w": IN_LINE * WIDTH, "x": 0, "y": y}
    return {"type": "row", "title": title, "collapsed": False, "gridPos": grid, "panels": []}


def _panel(panel: Panel, grid: Mapping[str, int]) -> dict[str, Any]:
    is_stat = panel.kind == "stat"
    return {
        "type": panel.kind,
        "title": panel.title,
        **({"description": panel.description} if panel.description else {}),
        "datasource": SOURCE,
        "gridPos": grid,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": _STAT if is_stat else _LINES,
        "targets": [
            {
                "refId": letter,
                "datasource": SOURCE,
                "expr": query.expr,
                "legendFormat": query.legend,
                "instant": is_stat,
                "range": not is_stat,
            }
            for letter, query in zip(ascii_uppercase, panel.queries, strict=False)
        ],
    }
