"""Rule files as the groups and rules in them, also those that Kubernetes wraps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `labels` are those of its group and its own."""

    path: str
    fields: YamlMap
    labels: dict[str, Any]

    @property
    def is_alert(self) -> bool:
        """Whether this is an alert; otherwise it records."""
        return "alert" in self.fields

    @property
    def name(self) -> str:
        """What it is called, fit to start a sentence."""
        name = self.fields.get("alert", self.fields.get("record"))
        return shortened(str(name)) if name else "This rule"

    def line_of(self, key: str) -> int:
        """The line of a field, or of the rule where it has none."""
        return self.fields.lines.get(key, self.fields.line)


def is_wrapped(document: Document) -> bool:
    """Whether this is a PrometheusRule, as the Prometheus operator reads it."""
    return isinstance(document.value, YamlMap) and document.value.get("kind") == "PrometheusRule"


def groups_holder(document: Document) -> YamlMap | None:
    """The mapping that should have the groups."""
    holder = document.value.get("spec") if is_wrapped(document) else document.value
    return holder if isinstance(holder, YamlMap) else None


def groups(document: Document) -> Iterator[YamlMap]:
    """The groups of a document that are mappings."""
    holder = groups_holder(document)
    listed = holder.get("groups") if holder is not None else None
    if isinstance(listed, YamlList):
        yield from (group for group in listed if isinstance(group, YamlMap))


def rules(document: Document) -> Iterator[Rule]:
    """The rules of a document that are mappings."""
    for group in groups(document):
        shared = _mapping(group.get("labels"))
        listed = group.get("rules")
        for fields in listed if isinstance(listed, YamlList) else ():
            if isinstance(fields, YamlMap):
                yield Rule(document.path, fields, {**shared, **_mapping(fields.get("labels"))})


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, YamlMap) else {}
