"""The fields of a Collector configuration: which there are, and what each may hold."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.otel_collector_file import SECTIONS, mapping
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "otel-collector/unknown-field": Severity.ERROR,
    "otel-collector/missing-field": Severity.ERROR,
    "otel-collector/wrong-type": Severity.ERROR,
    "otel-collector/component-name": Severity.ERROR,
    "otel-collector/pipeline-name": Severity.ERROR,
}
_TOP = {**dict.fromkeys(SECTIONS, "a mapping"), "service": "a mapping"}
_SERVICE = {"extensions": "a list", "pipelines": "a mapping", "telemetry": "a mapping"}
_PIPELINE = {"receivers": "a list", "processors": "a list", "exporters": "a list"}
# Behind the slash the Collector takes no blanks and no symbols.
_SLASH_NAME = r"(?:/[^\s$+<=>^`|~]{1,1024})?"
_COMPONENT = re.compile(rf"[a-zA-Z][a-zA-Z0-9_]{{0,62}}{_SLASH_NAME}")
_PIPELINE_NAME = re.compile(rf"(?:traces|metrics|logs|profiles){_SLASH_NAME}")

_Found = Iterator[Finding]


def faults(document: Document) -> _Found:
    """Unknown and missing fields, and names and values that the Collector would refuse."""
    path, value = document.path, mapping(document.value)
    yield from _fields(path, value, _TOP, "a configuration")
    for section in SECTIONS:
        for name, line in mapping(value.get(section)).lines.items():
            if not _COMPONENT.fullmatch(name):
                message = (
                    f"“{shortened(name)}” is no name of a component: write type or type/name, "
                    "as in otlp/backend."
                )
                yield _finding("component-name", path, line, message)
    yield from _service(path, value)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"otel-collector/{rule}", path, line, message)


def _service(path: str, value: YamlMap) -> _Found:
    service = mapping(value.get("service"))
    yield from _fields(path, service, _SERVICE, "the service")
    yield from _only_texts(path, service.get("extensions"))
    pipelines = mapping(service.get("pipelines"))
    if not pipelines:
        line = value.lines.get("service", value.line)
        yield _finding("missing-field", path, line, "There are no pipelines under service.")
    for name, fields in pipelines.items():
        line = pipelines.lines[name]
        if not _PIPELINE_NAME.fullmatch(name):
            message = (
                f"“{shortened(name)}” is no pipeline: there are traces, metrics, logs and "
                "profiles, also with a name behind, as in traces/slow."
            )
            yield _finding("pipeline-name", path, line, message)
        elif not isinstance(fields, YamlMap):
            yield _finding("wrong-type", path, line, f"“{shortened(name)}” must be a mapping.")
        else:
            yield from _pipeline(path, name, line, fields)


def _pipeline(path: str, name: str, line: int, fields: YamlMap) -> _Found:
    yield from _fields(path, fields, _PIPELINE, "a pipeline")
    for key in _PIPELINE:
        yield from _only_texts(path, fields.get(key))
    for needed in ("receivers", "exporters"):
        if not fields.get(needed):
            message = f"The pipeline “{shortened(name)}” has no {needed}."
            yield _finding("missing-field", path, fields.lines.get(needed, line), message)


def _only_texts(path: str, listed: Any) -> _Found:
    if isinstance(listed, YamlList):
        for value, line in zip(listed, listed.lines, strict=True):
            if not isinstance(value, str) or not value:
                yield _finding("wrong-type", path, line, "The name of a component must be text.")


def _fields(path: str, fields: YamlMap, known: Mapping[str, str], thing: str) -> _Found:
    for key, value in fields.items():
        line = fields.lines[key]
        if key not in known:
            near = difflib.get_close_matches(key[:60], known, 1, 0.6)
            guess = f" (did you mean “{near[0]}”?)" if near else ""
            message = f"“{shortened(key)}” is not a field of {thing}{guess}."
            yield _finding("unknown-field", path, line, message)
        elif value is not None and not _has_type(value, known[key]):
            yield _finding("wrong-type", path, line, f"“{key}” must be {known[key]}.")


def _has_type(value: Any, wanted: str) -> bool:
    return isinstance(value, YamlMap if wanted == "a mapping" else YamlList)
