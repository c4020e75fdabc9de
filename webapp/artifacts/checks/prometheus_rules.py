"""Prometheus rule files: their fields, their expressions, and alerts somebody can act on."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from webapp.artifacts.checks import (
    findings,
    prometheus_rules_expressions,
    prometheus_rules_fields,
)
from webapp.artifacts.checks.prometheus_rules_file import Rule, is_wrapped, rules
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import Document, YamlMap, read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "prometheus-rules/no-file": Severity.ERROR,
    "prometheus-rules/one-document": Severity.ERROR,
    "prometheus-rules/duplicate-rule": Severity.WARNING,
    "prometheus-rules/no-for": Severity.NOTE,
    "prometheus-rules/no-severity": Severity.NOTE,
    "prometheus-rules/no-summary": Severity.NOTE,
    "prometheus-rules/other-file": Severity.NOTE,
}
_NAME = re.compile(r".+\.(?:ya?ml|rules)")
# What stands beside rule files and is none: configurations, and tests of rules.
_OTHER = re.compile(r"(?:prometheus|alertmanager)\.ya?ml|(?:.+[._-])?tests?\.ya?ml")


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the rule files of an answer, plain ones and PrometheusRule objects.

    A file of another name is only looked at for leftovers, and a note says so.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if _is_rule_file(file.path.rpartition("/")[2])]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    documents, unreadable = read(chosen, YAML_1_1)
    yield unreadable
    yield _documents(documents, chosen)
    found = [rule for document in documents for rule in rules(document)]
    fields = (fault for one in documents for fault in prometheus_rules_fields.faults(one))
    expressions = prometheus_rules_expressions.faults(found)
    yield chain(fields, expressions)
    yield _advice(found)


def _is_rule_file(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and _OTHER.fullmatch(name) is None


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, line, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no rule file in the answer: it should be called rules/app.yml."
        yield _finding("prometheus-rules/no-file", "", None, message)
    for file in others:
        message = "This is not a rule file: its content was not checked."
        yield _finding("prometheus-rules/other-file", file.path, None, message)


def _documents(documents: Sequence[Document], chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in chosen:
        own = [document for document in documents if document.path == file.path]
        are_wrapped = bool(own) and all(is_wrapped(document) for document in own)
        if not are_wrapped and (len(own) != 1 or not isinstance(own[0].value, YamlMap)):
            message = "A rule file holds one YAML document, and that is a mapping with groups."
            yield _finding("prometheus-rules/one-document", file.path, None, message)


def _advice(found: Sequence[Rule]) -> Iterator[Finding]:
    seen: dict[object, int] = {}
    for rule in found:
        labels = frozenset((name, str(value)) for name, value in rule.labels.items())
        key = (rule.path, rule.is_alert, rule.name, labels)
        line = rule.fields.line
        if seen.setdefault(key, line) != line:
            message = f"{rule.name} stands with the same labels already in line {seen[key]}."
            yield _finding("prometheus-rules/duplicate-rule", rule.path, line, message)
        if rule.is_alert:
            yield from _missing(rule)


def _missing(rule: Rule) -> Iterator[Finding]:
    name, path, line = rule.name, rule.path, rule.line_of("alert")
    if "for" not in rule.fields:
        message = f"{name} has no “for”: it fires at the first bad value."
        yield _finding("prometheus-rules/no-for", path, line, message)
    if "severity" not in rule.labels:
        message = f"{name} has no label “severity”, by which alerts are sent to people."
        yield _finding("prometheus-rules/no-severity", path, line, message)
    if "summary" not in rule.fields.get("annotations", ()):
        message = f"{name} has no annotation “summary”, which says what happened."
        yield _finding("prometheus-rules/no-summary", path, line, message)
