"""A dashboard as its panels, queries and variables, whatever else is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap

# $name, ${name}, ${name.field:format} and [[name:format]]; a bare number is none.
VARIABLE = re.compile(
    r"\$(\w+)|\$\{(\w++)(?:\.[^:}]{1,60})?(?::[^}]{1,60})?\}|\[\[(\w++)(?::\w{1,60})?\]\]",
    re.ASCII,
)
OWN_SOURCES = frozenset(
    {"__expr__", "grafana", "-- Dashboard --", "-- Grafana --", "-- Mixed --", "default"}
)


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; `siblings` tells which panels share a grid: those of one closed row do."""

    fields: YamlMap
    siblings: int

    @property
    def name(self) -> str:
        """What it is called, fit to start a sentence."""
        title = self.fields.get("title")
        return f"“{shortened(title)}”" if isinstance(title, str) and title else "This panel"

    def line_of(self, key: str) -> int:
        """The line of a field, or of the panel where it has none."""
        return self.fields.lines.get(key, self.fields.line)

    @property
    def targets(self) -> list[YamlMap]:
        """Its queries."""
        return _mappings(self.fields.get("targets"))


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard in the classic layout."""

    path: str
    fields: YamlMap

    @property
    def panels(self) -> Iterator[Panel]:
        """All panels, those in closed rows too."""
        for number, fields in enumerate(_mappings(self.fields.get("panels")), 1):
            yield Panel(fields, 0)
            for inner in _mappings(fields.get("panels")):
                yield Panel(inner, number)

    @property
    def variables(self) -> list[YamlMap]:
        """What its users can choose."""
        return _mappings(mapping(self.fields.get("templating")).get("list"))

    @property
    def defined(self) -> set[str]:
        """The names of its variables, those that are asked for at its import too."""
        listed = (*self.variables, *_mappings(self.fields.get("__inputs")))
        return {name for each in listed if isinstance(name := each.get("name"), str)}

    @property
    def sources(self) -> dict[str, str]:
        """What kind of data source each variable stands for that stands for one."""
        return {
            name: query
            for each in self.variables
            if each.get("type") == "datasource"
            and isinstance(name := each.get("name"), str)
            and isinstance(query := each.get("query"), str)
        }


def dashboard(document: Document) -> Dashboard | None:
    """The dashboard in a document, also in one of the API's wrappers; None where there is none."""
    value = document.value
    for wrapper in ("dashboard", "spec"):
        if isinstance(value, YamlMap) and isinstance(value.get(wrapper), YamlMap):
            value = value[wrapper]
    return Dashboard(document.path, value) if isinstance(value, YamlMap) else None


def source_of(panel: Panel, target: YamlMap) -> Any:
    """The data source of a query: its own, or that of its panel."""
    return target.get("datasource") or panel.fields.get("datasource")


def variables_in(text: str) -> set[str]:
    """The names of the variables in a text."""
    names = (match[1] or match[2] or match[3] for match in VARIABLE.finditer(text))
    return {name for name in names if not name.isdecimal()}


def mapping(value: Any) -> YamlMap:
    """A value if it is a mapping, else an empty one."""
    return value if isinstance(value, YamlMap) else YamlMap(0)


def _mappings(value: Any) -> list[YamlMap]:
    listed = value if isinstance(value, YamlList) else []
    return [each for each in listed if isinstance(each, YamlMap)]
