"""The fields of a dashboard and its panels: what has to be there, and of which kind."""

import re
from collections.abc import Iterator
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.grafana_dashboard_file import Dashboard, Panel
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "grafana-dashboard/missing-field": Severity.ERROR,
    "grafana-dashboard/wrong-type": Severity.ERROR,
    "grafana-dashboard/uid": Severity.ERROR,
    "grafana-dashboard/duplicate-panel": Severity.ERROR,
    "grafana-dashboard/removed-panel": Severity.WARNING,
    "grafana-dashboard/fixed-id": Severity.WARNING,
    "grafana-dashboard/unknown-panel": Severity.NOTE,
}
_NEEDED = {"title": "text", "panels": "a list", "schemaVersion": "a number"}
_TYPES: dict[str, type] = {"text": str, "a list": YamlList, "a number": int, "a mapping": YamlMap}
_OF_DASHBOARD = {**_NEEDED, "templating": "a mapping"}
_OF_PANEL = {
    **{"type": "text", "title": "text", "id": "a number", "gridPos": "a mapping"},
    **{"targets": "a list", "panels": "a list", "options": "a mapping", "fieldConfig": "a mapping"},
}
_UID = re.compile(r"[a-zA-Z0-9_-]{0,40}")
# They were made with AngularJS, which Grafana 12 no longer has.
_REMOVED = {
    "graph": "timeseries",
    "singlestat": "stat",
    "table-old": "table",
    "grafana-piechart-panel": "piechart",
    "grafana-worldmap-panel": "geomap",
}
_KNOWN = frozenset(
    {"alertlist", "annolist", "barchart", "bargauge", "candlestick", "canvas", "dashlist"}
    | {"datagrid", "debug", "flamegraph", "gauge", "geomap", "heatmap", "histogram", "live"}
    | {"logs", "news", "nodeGraph", "piechart", "row", "stat", "state-timeline", "status-history"}
    | {"table", "text", "timeseries", "traces", "trend", "xychart"}
)

_Found = Iterator[Finding]


def faults(one: Dashboard) -> _Found:
    """Fields that are missing or of the wrong kind, panels of one id, and types that are gone."""
    path, fields = one.path, one.fields
    for key in _NEEDED:
        if fields.get(key) in (None, "", []):
            line = fields.lines.get(key, fields.line)
            yield _finding("missing-field", path, line, f"The dashboard has no {key}.")
    yield from _kinds(path, fields, _OF_DASHBOARD)
    uid, line = fields.get("uid"), fields.lines.get("uid", fields.line)
    if uid is not None and not (isinstance(uid, str) and _UID.fullmatch(uid)):
        message = "The uid must be text of at most 40 letters, digits, “-” and “_”."
        yield _finding("uid", path, line, message)
    if fields.get("id") is not None:
        message = "The id belongs to one database: leave it out, and use uid."
        yield _finding("fixed-id", path, fields.lines["id"], message)
    yield from _only_mappings(path, fields.get("panels"))
    yield from _panels(one)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"grafana-dashboard/{rule}", path, line, message)


def _kinds(path: str, fields: YamlMap, known: dict[str, str]) -> _Found:
    for key, wanted in known.items():
        value = fields.get(key)
        if value is not None and not _is(value, wanted):
            yield _finding("wrong-type", path, fields.lines[key], f"“{key}” must be {wanted}.")


def _is(value: Any, wanted: str) -> bool:
    return isinstance(value, _TYPES[wanted]) and not isinstance(value, bool)


def _only_mappings(path: str, listed: Any) -> _Found:
    if isinstance(listed, YamlList):
        for value, line in zip(listed, listed.lines, strict=True):
            if not isinstance(value, YamlMap):
                yield _finding("wrong-type", path, line, "A panel must be a mapping.")


def _panels(one: Dashboard) -> _Found:
    lines: dict[int, int] = {}
    for panel in one.panels:
        yield from _kinds(one.path, panel.fields, _OF_PANEL)
        yield from _only_mappings(one.path, panel.fields.get("panels"))
        yield from _type(one.path, panel)
        number, line = panel.fields.get("id"), panel.line_of("id")
        if isinstance(number, int) and number in lines:
            message = f"{panel.name} has the id {number}, as the panel in line {lines[number]}."
            yield _finding("duplicate-panel", one.path, line, message)
        elif isinstance(number, int):
            lines[number] = line


def _type(path: str, panel: Panel) -> _Found:
    kind, line = panel.fields.get("type"), panel.line_of("type")
    if "libraryPanel" in panel.fields:
        return
    if not isinstance(kind, str) or not kind:
        yield _finding("missing-field", path, line, f"{panel.name} has no type.")
    elif kind in _REMOVED:
        message = f"Grafana 12 has no panels of the type {kind} any more: use {_REMOVED[kind]}."
        yield _finding("removed-panel", path, line, message)
    elif kind not in _KNOWN:
        message = f"Grafana itself has no panels of the type {shortened(kind)}: it needs a plugin."
        yield _finding("unknown-panel", path, line, message)
