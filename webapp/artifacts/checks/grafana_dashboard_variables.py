"""The variables of a dashboard: those it has, and those it asks for."""

import re
from collections.abc import Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.grafana_dashboard_file import (
    OWN_SOURCES,
    Dashboard,
    Panel,
    source_of,
    variables_in,
)
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.checks.yaml_walk import texts
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "grafana-dashboard/variable": Severity.ERROR,
    "grafana-dashboard/duplicate-variable": Severity.ERROR,
    "grafana-dashboard/undefined-variable": Severity.ERROR,
    "grafana-dashboard/several-values": Severity.WARNING,
    "grafana-dashboard/fixed-source": Severity.WARNING,
    "grafana-dashboard/no-source": Severity.WARNING,
    "grafana-dashboard/unused-variable": Severity.NOTE,
}
_NAME = re.compile(r"\w{1,100}", re.ASCII)
_KINDS = frozenset(
    {"adhoc", "constant", "custom", "datasource", "groupby", "interval", "query", "snapshot"}
    | {"switch", "system", "textbox"}
)
_BY_ITSELF = ("adhoc", "groupby", "system")  # nothing has to name them
_LEGACY = frozenset({"interval", "timeFilter"})  # Grafana fills them in, with one “$” only
# A variable that stands alone behind an equals sign which takes one value.
_ONE_VALUE = re.compile(
    r'(?<![=!~<>])!?=\s{0,9}"(\$\w++|\$\{\w++(?::\w{1,60})?\}|\[\[\w++(?::\w{1,60})?\]\])"',
    re.ASCII,
)

_Found = Iterator[Finding]


def faults(one: Dashboard) -> _Found:
    """Variables that are wrong, not defined or not in use, and data sources that are fixed."""
    yield from _definitions(one)
    yield from _undefined(one)
    yield from _several_values(one)
    for panel in one.panels:
        yield from _sources(one, panel)
    yield from _unused(one)


def _finding(rule: str, one: Dashboard, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"grafana-dashboard/{rule}", one.path, line, message)


def _definitions(one: Dashboard) -> _Found:
    seen: set[str] = set()
    for each in one.variables:
        name, kind = each.get("name"), each.get("type")
        line = each.lines.get("name", each.line)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            message = "A variable needs a name of letters, digits and “_”."
            yield _finding("variable", one, line, message)
            continue
        if name in seen:
            message = f"The variable {name} stands twice."
            yield _finding("duplicate-variable", one, line, message)
        seen.add(name)
        if not isinstance(kind, str) or kind not in _KINDS:
            message = f"The variable {name} has no type that Grafana knows, such as query."
            yield _finding("variable", one, each.lines.get("type", line), message)


def _undefined(one: Dashboard) -> _Found:
    defined = one.defined | _LEGACY
    for text, line in _asking(one):
        for name in sorted(variables_in(text) - defined):
            if not name.startswith("__"):
                message = f"The variable {shortened(name)} is used here, but not defined."
                yield _finding("undefined-variable", one, line, message)


def _asking(one: Dashboard) -> Iterator[tuple[str, int]]:
    """The texts in which Grafana replaces variables, and where a dollar sign means nothing else."""
    for panel in one.panels:
        for key in ("title", "datasource"):
            yield from texts(panel.fields.get(key), panel.line_of(key))
        repeated = panel.fields.get("repeat")
        if isinstance(repeated, str) and repeated:
            yield f"${repeated.lstrip('$')}", panel.line_of("repeat")
        for target in panel.targets:
            for key in ("expr", "datasource"):
                yield from texts(target.get(key), target.lines.get(key, target.line))
    for each in one.variables:
        for key in ("query", "datasource"):
            yield from texts(each.get(key), each.lines.get(key, each.line))


def _several_values(one: Dashboard) -> _Found:
    several = {
        name
        for each in one.variables
        if (each.get("multi") or each.get("includeAll"))
        and isinstance(name := each.get("name"), str)
    }
    for panel in one.panels:
        for target in panel.targets:
            expr = target.get("expr")
            for match in _ONE_VALUE.finditer(expr) if isinstance(expr, str) else ():
                if variables_in(match[1]) & several:
                    message = f"{shortened(match[1])} may hold several values: compare by =~."
                    yield _finding("several-values", one, target.lines["expr"], message)


def _sources(one: Dashboard, panel: Panel) -> _Found:
    for target in panel.targets:
        source = source_of(panel, target)
        uid = source.get("uid") if isinstance(source, YamlMap) else source
        line = target.lines.get("datasource", panel.line_of("datasource"))
        if not isinstance(uid, str) or not uid:
            message = f"{panel.name} names no data source: use a variable of the type datasource."
            yield _finding("no-source", one, line, message)
        elif "$" not in uid and "[[" not in uid and uid not in OWN_SOURCES:
            message = (
                f"{panel.name} asks one data source, “{shortened(uid)}”, which others do not have: "
                "use a variable of the type datasource."
            )
            yield _finding("fixed-source", one, line, message)


def _unused(one: Dashboard) -> _Found:
    used = {name for text, _ in texts(one.fields, 1) for name in variables_in(text)}
    used |= {
        repeated.lstrip("$")
        for panel in one.panels
        if isinstance(repeated := panel.fields.get("repeat"), str)
    }
    for each in one.variables:
        name = each.get("name")
        if isinstance(name, str) and name not in used and each.get("type") not in _BY_ITSELF:
            line = each.lines["name"]
            yield _finding("unused-variable", one, line, f"Nothing uses the variable {name}.")
