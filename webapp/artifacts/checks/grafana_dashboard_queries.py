"""The queries of a dashboard: each has a letter of its own, and those in PromQL parse."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.grafana_dashboard_file import (
    VARIABLE,
    Dashboard,
    Panel,
    source_of,
    variables_in,
)
from webapp.artifacts.checks.promql import Expression, Refused, refused
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "grafana-dashboard/duplicate-query": Severity.ERROR,
    "grafana-dashboard/expression": Severity.ERROR,
    "grafana-dashboard/not-checked": Severity.ERROR,
    "grafana-dashboard/expression-of-variables": Severity.WARNING,
    "grafana-dashboard/no-query": Severity.WARNING,
    "grafana-dashboard/no-letter": Severity.WARNING,
}
_WITHOUT_QUERIES = frozenset(
    {"alertlist", "annolist", "canvas", "dashlist", "debug", "live", "news", "row", "text"}
)
# What stands for a variable of which no value is known, the likeliest first: a name, a number and
# a condition.
_VALUES = ("word", "1", 'word="word"')
MAX_RETRIED = 50  # queries for which the others are tried
_NUMBER = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?")
_LENGTH = re.compile(r"[0-9]{1,9}(?:ms|[smhdwy])")
_TIMES = frozenset({"__interval", "__rate_interval", "__range", "__auto", "interval"})
# A text that never ends goes to the end, so that nothing is looked through twice.
_QUOTED = re.compile(
    r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|\'(?:[^\'\\]++|\\.)*+(?:\'|\\?\Z)|`[^`]*+(?:`|\Z)', re.DOTALL
)

_Found = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class _Query:
    """A query in PromQL; `name` is that of its panel."""

    name: str
    expr: str
    line: int

    @property
    def has_variables(self) -> bool:
        """Whether variables of the user stand in it as something else than text."""
        unquoted = _QUOTED.sub("", self.expr)
        return any(not name.startswith("__") for name in variables_in(unquoted))


def faults(one: Dashboard) -> _Found:
    """Panels and queries that ask nothing, letters that two share, and PromQL that is none."""
    for panel in one.panels:
        yield from _letters(one, panel)
        kind = panel.fields.get("type")
        if (
            not panel.targets
            and kind not in _WITHOUT_QUERIES
            and "libraryPanel" not in panel.fields
        ):
            message = f"{panel.name} has no queries: nothing is shown."
            yield _finding("no-query", one, panel.line_of("targets"), message)
    yield from _expressions(one)


def _finding(rule: str, one: Dashboard, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"grafana-dashboard/{rule}", one.path, line, message)


def _letters(one: Dashboard, panel: Panel) -> _Found:
    seen: set[str] = set()
    for target in panel.targets:
        letter, line = target.get("refId"), target.lines.get("refId", target.line)
        if not isinstance(letter, str) or not letter:
            message = f"A query of {panel.name} has no refId: call them A, B and so on."
            yield _finding("no-letter", one, line, message)
        elif letter in seen:
            message = f"Two queries of {panel.name} have the refId {findings.shortened(letter)}."
            yield _finding("duplicate-query", one, line, message)
        else:
            seen.add(letter)


def _expressions(one: Dashboard) -> _Found:
    queries, samples = dict(enumerate(_promql(one))), dict(_samples(one))
    faulty = _refused(queries, samples, _VALUES[0])
    doubtful = {number: queries[number] for number in faulty if queries[number].has_variables}
    excused = _excused(dict(islice(doubtful.items(), MAX_RETRIED)), samples)
    for number, each in faulty.items():
        rule = "expression-of-variables" if number in doubtful else "expression"
        rule = rule if each.was_checked else "not-checked"
        if not each.was_checked or number not in excused:
            yield _finding(rule, one, queries[number].line, each.message)


def _excused(queries: Mapping[int, _Query], samples: Mapping[str, str]) -> set[int]:
    """Those that parse with another value of their variables."""
    found: set[int] = set()
    for value in _VALUES[1:]:
        found |= queries.keys() - _refused(queries, samples, value).keys()
    return found


def _promql(one: Dashboard) -> Iterator[_Query]:
    sources = one.sources
    for panel in one.panels:
        for target in panel.targets:
            expr, kind = target.get("expr"), _kind(source_of(panel, target), sources)
            if kind == "prometheus" and isinstance(expr, str) and expr:
                yield _Query(panel.name, expr, target.lines["expr"])


def _kind(source: Any, sources: Mapping[str, str]) -> str | None:
    """What kind of data source is asked, such as prometheus; None where that is not said."""
    uid = source.get("uid") if isinstance(source, YamlMap) else source
    kind = source.get("type") if isinstance(source, YamlMap) else None
    if isinstance(kind, str):
        return kind
    named = variables_in(uid) if isinstance(uid, str) else set()
    return next((sources[name] for name in sorted(named) if name in sources), None)


def _samples(one: Dashboard) -> Iterator[tuple[str, str]]:
    """A value for each variable that is a time or a number."""
    for each in one.variables:
        name, query = each.get("name"), each.get("query")
        # Values are divided by commas, and may have a label in front: 1h : 3600s.
        first = query.partition(",")[0] if isinstance(query, str) else ""
        first = first.rpartition(":")[2].strip()
        if isinstance(name, str) and (each.get("type") == "interval" or _LENGTH.fullmatch(first)):
            yield name, "5m"
        elif isinstance(name, str) and _NUMBER.fullmatch(first):
            yield name, "1"


def _refused(
    queries: Mapping[int, _Query], samples: Mapping[str, str], value: str
) -> dict[int, Refused]:
    """Queries that are none with this value in the place of their variables, by their number."""
    numbers = list(queries)
    filled = (
        Expression(query.name, _filled(query.expr, samples, value)) for query in queries.values()
    )
    return {numbers[each.number]: each for each in refused(filled)}


def _filled(expr: str, samples: Mapping[str, str], value: str) -> str:
    """The expression with something in the place of each variable; in a text it is a word."""
    quoted = _QUOTED.sub(lambda text: VARIABLE.sub("word", text[0]), expr)
    return VARIABLE.sub(lambda match: _value(match, samples, value), quoted)


def _value(match: re.Match[str], samples: Mapping[str, str], value: str) -> str:
    name = match[1] or match[2] or match[3]
    if name.startswith("__") and name not in _TIMES:
        return "300" if name.endswith(("_ms", "_s", "__from", "__to")) else "word"
    is_length = match.string[max(match.start() - 1, 0)] == "["
    return "5m" if is_length or name in _TIMES else samples.get(name, value)
