"""OpenTelemetry Collector configurations: their fields, their pipelines, and what is in use."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from webapp.artifacts.checks import (
    findings,
    otel_collector_fields,
    otel_collector_links,
    otel_collector_risks,
    otel_collector_settings,
    otel_collector_signals,
    otel_collector_types,
)
from webapp.artifacts.checks.otel_collector_file import Collector, collector
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import Document, not_one_mapping, read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "otel-collector/no-file": Severity.ERROR,
    "otel-collector/one-document": Severity.ERROR,
    "otel-collector/other-file": Severity.NOTE,
}
_NAME = re.compile(r"(?:otel|collector|config)[\w.-]*\.ya?ml")


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the Collector configurations of an answer; each is checked for itself.

    A file of another name is only looked at for leftovers, and a note says so.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if _NAME.fullmatch(file.path.rpartition("/")[2])]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    documents, unreadable = read(chosen, YAML_1_2)
    yield unreadable
    yield _documents(documents, chosen)
    yield (found for document in documents for found in otel_collector_fields.faults(document))
    configured = [collector(document) for document in documents]
    yield chain(*(_content(one) for one in configured))


def _content(one: Collector) -> Iterator[Finding]:
    yield from otel_collector_links.links(one)
    yield from otel_collector_types.types(one)
    yield from otel_collector_signals.signals(one)
    yield from otel_collector_settings.settings(one)
    yield from otel_collector_risks.risks(one)


def _finding(rule: str, path: str, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, None, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = (
            "There is no configuration in the answer: it should be called otel-collector.yaml."
        )
        yield _finding("otel-collector/no-file", "", message)
    for file in others:
        message = "This is not a configuration of the Collector: its content was not checked."
        yield _finding("otel-collector/other-file", file.path, message)


def _documents(documents: Sequence[Document], chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in not_one_mapping(documents, chosen):
        message = "A configuration is one YAML document, and that is a mapping."
        yield _finding("otel-collector/one-document", file.path, message)
