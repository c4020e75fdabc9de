"""What works in a Collector configuration and should not be in production."""

import re
from collections.abc import Iterator
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.otel_collector_file import Collector, Component, Pipeline, mapping
from webapp.artifacts.checks.otel_collector_types import plain_type
from webapp.artifacts.checks.yaml_walk import mappings, texts
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "otel-collector/literal-secret": Severity.WARNING,
    "otel-collector/old-variable": Severity.WARNING,
    "otel-collector/every-address": Severity.WARNING,
    "otel-collector/processor-order": Severity.WARNING,
    "otel-collector/telemetry-address": Severity.WARNING,
    "otel-collector/no-memory-limiter": Severity.NOTE,
}
_EVERY_ADDRESS = re.compile(r"(?:0\.0\.0\.0|\[::\])?:[0-9$]")
_OLD_VARIABLE = re.compile(r"(?<!\$)\$(?:\{[A-Za-z_]\w*(?::-|\})|[A-Za-z_])", re.ASCII)
_HEADERS = frozenset({"authorization", "proxy-authorization", "x-honeycomb-team"})

_Found = Iterator[Finding]


def risks(one: Collector) -> _Found:
    """Secrets, open doors, variables in an old form, and processors in the wrong order."""
    yield from _secrets(one)
    yield from _variables(one)
    for component in one.components:
        yield from _addresses(one, component)
    for pipeline in one.pipelines:
        yield from _order(one, pipeline)
    yield from _telemetry(one)


def _finding(rule: str, one: Collector, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"otel-collector/{rule}", one.path, line, message)


def _secrets(one: Collector) -> _Found:
    for fields in mappings(one.value):
        for name, value in fields.items():
            if _is_header(name, value) or is_literal_secret(name, value):
                message = (
                    f"“{shortened(name)}” holds a secret as plain text: take it from a variable "
                    "with ${env:NAME}."
                )
                yield _finding("literal-secret", one, fields.lines[name], message)


def _is_header(name: str, value: Any) -> bool:
    return name.lower() in _HEADERS and isinstance(value, str) and value != "" and "$" not in value


def _variables(one: Collector) -> _Found:
    for text, line in texts(one.value, one.value.line):
        if "$" in text and _OLD_VARIABLE.search(text):
            message = "Variables are written ${env:NAME}; a dollar sign that means itself is $$."
            yield _finding("old-variable", one, line, message)


def _addresses(one: Collector, component: Component) -> _Found:
    is_server = component.section in ("receivers", "extensions")
    if not is_server and plain_type(component) != "prometheus":
        return
    for fields in mappings(component.config):
        address = fields.get("endpoint")
        if isinstance(address, str) and _EVERY_ADDRESS.match(address):
            message = (
                f"{shortened(component.name)} listens on every address of the machine: name the "
                "one that is needed, as in ${env:POD_IP}:4317."
            )
            yield _finding("every-address", one, fields.lines["endpoint"], message)


def _order(one: Collector, pipeline: Pipeline) -> _Found:
    uses = pipeline.uses["processors"]
    types = [use.name.partition("/")[0] for use in uses]
    if "memory_limiter" not in types:
        message = f"Nothing limits the memory of {shortened(pipeline.name)}: use memory_limiter."
        yield _finding("no-memory-limiter", one, pipeline.line, message)
    for place, (use, type_) in enumerate(zip(uses, types, strict=True)):
        if type_ == "memory_limiter" and place > 0:
            message = "memory_limiter is the first processor, or what comes before is not limited."
            yield _finding("processor-order", one, use.line, message)
        if type_ == "batch" and place < len(uses) - 1:
            message = "batch is the last processor: the ones before it may drop or split data."
            yield _finding("processor-order", one, use.line, message)


def _telemetry(one: Collector) -> _Found:
    metrics = mapping(mapping(one.service.get("telemetry")).get("metrics"))
    if "address" in metrics:
        message = "telemetry.metrics.address is ignored since version 0.123: use readers."
        yield _finding("telemetry-address", one, metrics.lines["address"], message)
