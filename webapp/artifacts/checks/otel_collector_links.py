"""What the pipelines of a Collector name, and what nothing names."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.otel_collector_file import (
    ENDS,
    SECTIONS,
    Collector,
    Component,
    Pipeline,
    mapping,
)
from webapp.artifacts.checks.yaml_walk import mappings
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "otel-collector/undefined-component": Severity.ERROR,
    "otel-collector/repeated-processor": Severity.ERROR,
    "otel-collector/ambiguous-component": Severity.ERROR,
    "otel-collector/half-connector": Severity.ERROR,
    "otel-collector/pipeline-cycle": Severity.ERROR,
    "otel-collector/unused-component": Severity.WARNING,
}
_OTHER_END = {"receivers": "exporters", "exporters": "receivers"}


def links(one: Collector) -> Iterator[Finding]:
    """Names nothing defines, connectors that lead nowhere, circles, and what is not in use."""
    yield from _undefined(one)
    yield from _authenticators(one)
    yield from _repeated(one)
    yield from _ambiguous(one)
    yield from _connectors(one)
    yield from _cycle(one)
    yield from _unused(one)


def _finding(rule: str, one: Collector, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"otel-collector/{rule}", one.path, line, message)


def _undefined(one: Collector) -> Iterator[Finding]:
    defined = {section: set(one.named(section)) for section in SECTIONS}
    for section in ENDS:
        defined[section] |= defined["connectors"]
    used = [uses for pipeline in one.pipelines for uses in pipeline.uses.items()]
    for section, uses in (*used, ("extensions", one.extensions)):
        for use in uses:
            if use.name not in defined[section]:
                message = f"“{shortened(use.name)}” is in use, but not defined under {section}."
                yield _finding("undefined-component", one, use.line, message)


def _authenticators(one: Collector) -> Iterator[Finding]:
    defined = one.named("extensions")
    for component in one.components:
        for fields in mappings(component.config):
            auth = mapping(fields.get("auth"))
            name = auth.get("authenticator")
            if isinstance(name, str) and "$" not in name and name not in defined:
                message = f"The authenticator “{shortened(name)}” is not defined under extensions."
                line = auth.lines["authenticator"]
                yield _finding("undefined-component", one, line, message)


def _repeated(one: Collector) -> Iterator[Finding]:
    for pipeline in one.pipelines:
        seen: set[str] = set()
        for use in pipeline.uses["processors"]:
            if use.name in seen:
                message = f"“{shortened(use.name)}” stands twice in this pipeline."
                yield _finding("repeated-processor", one, use.line, message)
            seen.add(use.name)


def _ambiguous(one: Collector) -> Iterator[Finding]:
    connectors = one.named("connectors")
    for component in one.components:
        if component.section in ENDS and component.name in connectors:
            message = (
                f"“{shortened(component.name)}” is a connector, and stands under "
                f"{component.section} as well."
            )
            yield _finding("ambiguous-component", one, component.line, message)


def _connectors(one: Collector) -> Iterator[Finding]:
    ends = {section: _used(one, section) for section in ENDS}
    for name, component in one.named("connectors").items():
        for end, other in _OTHER_END.items():
            if name in ends[end] and name not in ends[other]:
                message = (
                    f"The connector “{shortened(name)}” is only among the {end} of pipelines: it "
                    f"has to be among the {other} of another one."
                )
                yield _finding("half-connector", one, component.line, message)


def _used(one: Collector, section: str) -> set[str]:
    return {use.name for pipeline in one.pipelines for use in pipeline.uses.get(section, ())}


def _cycle(one: Collector) -> Iterator[Finding]:
    """Connectors may not lead back: pipelines and connectors are the nodes of one graph."""
    connectors = one.named("connectors")
    # Told apart by their kind: a connector may be called like a pipeline.
    graph: dict[tuple[str, str], list[tuple[str, str]]] = {
        ("connector", name): [] for name in connectors
    }
    for pipeline in one.pipelines:
        node = ("pipeline", pipeline.name)
        graph[node] = [
            ("connector", name) for name in _names(pipeline, "receivers") if name in connectors
        ]
        for name in _names(pipeline, "exporters"):
            if name in connectors:
                graph["connector", name].append(node)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = [name for _, name in error.args[1]]
        line = next(each.line for each in one.pipelines if each.name in circle)
        shown = " → ".join(shortened(name) for name in circle[:10])
        yield _finding("pipeline-cycle", one, line, f"These lead to each other for ever: {shown}.")


def _names(pipeline: Pipeline, section: str) -> list[str]:
    return [use.name for use in pipeline.uses[section]]


def _unused(one: Collector) -> Iterator[Finding]:
    used = {section: _used(one, section) for section in SECTIONS}
    used["connectors"] = used["receivers"] | used["exporters"]
    used["extensions"] = {use.name for use in one.extensions}
    for component in one.components:
        if component.name not in used[component.section]:
            yield _finding("unused-component", one, component.line, _not_used(component))


def _not_used(component: Component) -> str:
    name = shortened(component.name)
    if component.section == "extensions":
        return f"“{name}” is not among the extensions of the service: it is not started."
    return f"“{name}” is in no pipeline: put it into one or take it out."
