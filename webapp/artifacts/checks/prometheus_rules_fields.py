"""The fields of rule files: which there are, and what each may hold."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.prometheus_rules_file import (
    Rule,
    groups,
    groups_holder,
    is_wrapped,
    rules,
)
from webapp.artifacts.checks.prometheus_rules_template import why_broken
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "prometheus-rules/unknown-field": Severity.ERROR,
    "prometheus-rules/missing-field": Severity.ERROR,
    "prometheus-rules/wrong-type": Severity.ERROR,
    "prometheus-rules/duration": Severity.ERROR,
    "prometheus-rules/duplicate-group": Severity.ERROR,
    "prometheus-rules/alert-or-record": Severity.ERROR,
    "prometheus-rules/only-for-alerts": Severity.ERROR,
    "prometheus-rules/name": Severity.ERROR,
    "prometheus-rules/template": Severity.ERROR,
}
_GROUP = {
    **{"name": "text", "interval": "a duration", "query_offset": "a duration"},
    **{"limit": "a number", "labels": "a mapping", "rules": "a list"},
}
_RULE = {
    **{"alert": "text", "record": "text", "expr": "text", "for": "a duration"},
    **{"keep_firing_for": "a duration", "labels": "a mapping", "annotations": "a mapping"},
}
_WRAPPER = {"apiVersion": "text", "kind": "text", "metadata": "a mapping", "spec": "a mapping"}
_ONLY_FOR_ALERTS = ("for", "keep_firing_for", "annotations")
_DURATION = re.compile(
    r"0|(?=[0-9])(?:\d{1,9}y)?(?:\d{1,9}w)?(?:\d{1,9}d)?(?:\d{1,9}h)?(?:\d{1,9}m)?(?:\d{1,9}s)?"
    r"(?:\d{1,9}ms)?",
    re.ASCII,
)
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

_Found = Iterator[Finding]


def faults(document: Document) -> _Found:
    """Unknown and missing fields, and values that Prometheus would refuse."""
    yield from _wrapper(document)
    names: dict[Any, int] = {}
    for group in groups(document):
        yield from _group(document.path, group)
        name, line = group.get("name"), group.lines.get("name", group.line)
        if isinstance(name, str) and names.setdefault(name, line) != line:
            message = f"The group “{shortened(name)}” stands already in line {names[name]}."
            yield _finding("duplicate-group", document.path, line, message)
    for rule in rules(document):
        yield from _rule(rule)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"prometheus-rules/{rule}", path, line, message)


def _wrapper(document: Document) -> _Found:
    path, holder = document.path, groups_holder(document)
    if is_wrapped(document):
        # What the cluster adds to an object is not for us to judge.
        known = {**_WRAPPER, "status": "a mapping"}
        yield from _fields(path, document.value, known, "a PrometheusRule")
        metadata = document.value.get("metadata")
        if not (isinstance(metadata, YamlMap) and metadata.get("name")):
            message = "The PrometheusRule has no metadata.name."
            yield _finding("missing-field", path, document.line, message)
    if holder is not None:
        yield from _fields(path, holder, {"groups": "a list"}, "a rule file")
    if holder is None or not holder.get("groups"):
        yield _finding("missing-field", path, document.line, "There are no groups of rules.")
        return
    yield from _only_mappings(path, holder["groups"], "A group")


def _only_mappings(path: str, listed: Any, thing: str) -> _Found:
    if isinstance(listed, YamlList):
        for value, line in zip(listed, listed.lines, strict=True):
            if not isinstance(value, YamlMap):
                yield _finding("wrong-type", path, line, f"{thing} must be a mapping.")


def _group(path: str, group: YamlMap) -> _Found:
    # partial_response_strategy is for Thanos, which reads the same files.
    yield from _fields(path, group, {**_GROUP, "partial_response_strategy": "text"}, "a group")
    for needed in ("name", "rules"):
        if needed not in group or group[needed] in ("", []):
            yield _finding("missing-field", path, group.line, f"This group has no {needed}.")
    yield from _only_mappings(path, group.get("rules"), "A rule")
    yield from _labels(path, group.get("labels"), is_template=False)


def _rule(rule: Rule) -> _Found:
    fields, path = rule.fields, rule.path
    yield from _fields(path, fields, _RULE, "a rule")
    if ("alert" in fields) == ("record" in fields):
        message = "A rule has either “alert” or “record”, with its name."
        yield _finding("alert-or-record", path, fields.line, message)
    if fields.get("expr", "") == "":
        yield _finding("missing-field", path, rule.line_of("expr"), f"{rule.name} has no expr.")
    if not rule.is_alert:
        yield from _recording(rule)
    elif fields["alert"] == "":
        yield _finding("name", path, rule.line_of("alert"), "This alert has an empty name.")
    yield from _labels(path, fields.get("labels"), is_template=rule.is_alert)
    yield from _labels(path, fields.get("annotations"), is_template=rule.is_alert)


def _recording(rule: Rule) -> _Found:
    for key in _ONLY_FOR_ALERTS:
        if key in rule.fields and "record" in rule.fields:
            message = f"{rule.name} records, and only an alert can have “{key}”."
            yield _finding("only-for-alerts", rule.path, rule.line_of(key), message)
    if "record" in rule.fields and not _METRIC.fullmatch(str(rule.fields["record"])):
        message = (
            f"“{rule.name}” is no name of a metric: letters, digits, “_” and “:” are allowed, "
            "as in job:requests:rate5m."
        )
        yield _finding("name", rule.path, rule.line_of("record"), message)


def _fields(path: str, mapping: YamlMap, known: Mapping[str, str], thing: str) -> _Found:
    for key, value in mapping.items():
        line = mapping.lines[key]
        if key not in known:
            near = difflib.get_close_matches(key[:60], known, 1, 0.6)
            guess = f" (did you mean “{near[0]}”?)" if near else ""
            message = f"“{shortened(key)}” is not a field of {thing}{guess}."
            yield _finding("unknown-field", path, line, message)
        elif value is None:
            yield _finding("wrong-type", path, line, f"“{key}” is empty.")
        elif not _has_type(value, known[key]):
            yield _finding("wrong-type", path, line, f"“{key}” must be {known[key]}.")
        elif known[key] == "a duration" and not _DURATION.fullmatch(str(value)):
            message = f"“{shortened(str(value))}” is no duration: write it like 30s, 5m or 1h30m."
            yield _finding("duration", path, line, message)


def _has_type(value: Any, wanted: str) -> bool:
    if wanted == "a mapping":
        return isinstance(value, YamlMap)
    if wanted == "a list":
        return isinstance(value, YamlList)
    if wanted == "a number":
        return isinstance(value, int) and not isinstance(value, bool)
    return not isinstance(value, YamlMap | YamlList)  # a number is as good as text


def _labels(path: str, labels: Any, *, is_template: bool) -> _Found:
    if not isinstance(labels, YamlMap):
        return
    for name, value in labels.items():
        line = labels.lines[name]
        if not _LABEL.fullmatch(name) or name == "__name__":
            message = f"“{shortened(name)}” is no name of a label: use letters, digits and “_”."
            yield _finding("name", path, line, message)
        if value is None or isinstance(value, YamlMap | YamlList):
            yield _finding("wrong-type", path, line, f"“{shortened(name)}” must be text.")
        elif is_template and (why := why_broken(str(value))):
            message = f"The template of “{shortened(name)}” {why}."
            yield _finding("template", path, line, message)
