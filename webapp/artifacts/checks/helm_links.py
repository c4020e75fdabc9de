"""What the templates of a chart ask of each other and of its values."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.helm_chart import Chart
from webapp.artifacts.checks.helm_template import Action, Template
from webapp.artifacts.checks.helm_tokens import Token
from webapp.artifacts.checks.schema import dotted
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import Finding, Severity

MAX_EACH = 20
MAX_NAMES = 20  # of one path
MAX_NEAR = 200

SEVERITY = {
    "helm/undefined-template": Severity.ERROR,
    "helm/lost-root": Severity.ERROR,
    "helm/duplicate-template": Severity.WARNING,
    "helm/missing-value": Severity.WARNING,
    "helm/unused-value": Severity.NOTE,
}
_QUESTIONS = frozenset({"if", "else", "with"})
_ASKING = frozenset({"coalesce", "default", "dig", "empty", "get", "hasKey", "required"})
_OF_ROOT = frozenset({"Values", "Release", "Chart", "Capabilities"})

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Use:
    """A place where a template takes something of the values; an empty path is all of them.

    `is_direct` says that no variable leads to it, `is_asked` that the place asks whether it is set.
    """

    template: Template
    line: int
    path: Path
    is_direct: bool
    is_asked: bool


def links(chart: Chart) -> Iterator[Finding]:
    """Templates that nobody defines, “.” where it is no longer the root, values amiss."""
    yield from _named_templates(chart)
    yield from islice(_lost_roots(chart), MAX_EACH)
    uses = list(_uses(chart))
    yield from islice(_missing(chart, uses), MAX_EACH)
    yield from islice(_unused(chart, uses), MAX_EACH)


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"helm/{rule}", path, line, message)


def _named_templates(chart: Chart) -> Iterator[Finding]:
    defined: dict[str, tuple[Template, int]] = {}
    for template, line, name in chart.strings_after("define", "block"):
        if name in defined:
            other, first = defined[name]
            message = (
                f"“{shortened(name)}” is defined twice, first in line {first} of {other.path}."
            )
            yield _finding("duplicate-template", template.path, line, message)
        defined.setdefault(name, (template, line))
    for template, line, name in chart.strings_after("include", "template"):
        if name not in defined and chart.is_alone:
            near = _near(name, list(defined))
            message = f"No template of the chart defines “{shortened(name)}”{near}."
            yield _finding("undefined-template", template.path, line, message)


def _near(name: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(name[:60], known[:MAX_NEAR], 1, 0.75)
    return f" (did you mean “{shortened(found[0])}”?)" if found else ""


def _lost_roots(chart: Chart) -> Iterator[Finding]:
    for template in chart.templates:
        for action in template.actions:
            names = [token.text.split(".")[1] for token in _paths(action) if token.text[0] == "."]
            if action.moved_by and (lost := next(filter(_OF_ROOT.__contains__, names), None)):
                message = (
                    f"Inside of “{action.moved_by}” the dot is no longer the root: write $.{lost}."
                )
                yield _finding("lost-root", template.path, action.line, message)


def _paths(action: Action) -> Iterator[Token]:
    return (token for token in action.tokens if token.kind == "path")


def _uses(chart: Chart) -> Iterator[_Use]:
    for template in chart.templates:
        for action in template.actions:
            asks = action.word in _QUESTIONS or any(one.text in _ASKING for one in action.tokens)
            for at, token in enumerate(action.tokens):
                names = token.text.split(".")[: MAX_NAMES + 1] if token.kind == "path" else []
                if "Values" in names:
                    place = names.index("Values")
                    path = (*names[place + 1 :], *_indexed(action.tokens, at))
                    is_direct = place == 1 and names[0] in ("", "$")
                    yield _Use(template, action.line, path, is_direct, asks)


def _indexed(tokens: Sequence[Token], at: int) -> Iterator[str]:
    """The names that `index` is given after a path, as far as they are literal."""
    if at and tokens[at - 1].text == "index":
        for token in tokens[at + 1 : at + MAX_NAMES]:
            if token.kind != "text":
                break
            yield token.text[1:-1]


def _missing(chart: Chart, uses: Sequence[_Use]) -> Iterator[Finding]:
    asked = {use.path for use in uses if use.is_asked}
    told: set[Path] = set()
    for use in uses:
        if use.path in told or not use.is_direct or _is_of_others(chart, use.path):
            continue
        told.add(use.path)
        # What a template asks for may be left out, but not what it would stand in.
        wanted = use.path[:-1] if use.path in asked else use.path
        if (near := _why_missing(chart.values, wanted)) is not None:
            message = f"{dotted(('.Values', *use.path))} is not in values.yaml{near}."
            yield _finding("missing-value", use.template.path, use.line, message)


def _is_of_others(chart: Chart, path: Path) -> bool:
    return not path or path[0] == "global" or path[0] in chart.foreign


def _why_missing(values: YamlMap, path: Path) -> str | None:
    """What to add to the sentence if values lack a path; None where they have it or may have it."""
    node: Any = values
    for name in path:
        # An empty mapping is a place for what its user likes.
        if not isinstance(node, YamlMap) or (not node and node is not values):
            return None
        if name not in node:
            return _near(name, list(node))
        node = node[name]
    return None


def _unused(chart: Chart, uses: Sequence[_Use]) -> Iterator[Finding]:
    # `tpl` reads the values of a chart as templates of their own.
    calls_tpl = any(token.text == "tpl" for one in chart.templates for token in _words(one))
    if calls_tpl or any(not use.path for use in uses):
        return
    used = {use.path for use in uses}
    begun = {use.path[:end] for use in uses for end in range(1, len(use.path))}
    for path, line in _leaves(chart, (), chart.values, used, begun):
        message = f"No template uses {dotted(path)}."
        yield _finding("unused-value", chart.values_path, line, message)


def _words(template: Template) -> Iterator[Token]:
    return (token for action in template.actions for token in action.tokens)


def _leaves(
    chart: Chart, above: Path, node: YamlMap, used: set[Path], begun: set[Path]
) -> Iterator[tuple[Path, int]]:
    """The outermost values that no template takes."""
    for key, value in node.items():
        path = (*above, key)
        if path in used or _is_of_others(chart, path) or path == ("tags",):
            continue
        if path in begun and isinstance(value, YamlMap):
            yield from _leaves(chart, path, value, used, begun)
        elif path not in begun:
            yield path, node.lines[key]
