"""Compose files: the specification's schema, then what one part asks of another."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from webapp.artifacts.checks import compose_links, compose_services, findings
from webapp.artifacts.checks.compose_project import project
from webapp.artifacts.checks.schema import Validator, build_validator, faults
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import Document, not_one_mapping, read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "compose/no-file": Severity.ERROR,
    "compose/one-document": Severity.ERROR,
    "compose/unknown-field": Severity.ERROR,
    "compose/missing-field": Severity.ERROR,
    "compose/wrong-type": Severity.ERROR,
    "compose/wrong-value": Severity.ERROR,
    "compose/no-services": Severity.ERROR,
    "compose/not-checked": Severity.NOTE,
}
SCHEMA = Path(__file__).parent / "schemas" / "compose-spec.json"
_NAME = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]*)?\.ya?ml")


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the Compose files of an answer; several are taken as one project.

    A file of another name is only looked at for leftovers, and a note says so.
    """
    return findings.staged(_stages(files))


def is_compose_file(path: str) -> bool:
    """Whether a file is called as Compose files are."""
    return _NAME.fullmatch(path.rpartition("/")[2]) is not None


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if is_compose_file(file.path)]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    documents, unreadable = read(chosen, YAML_1_2)
    yield unreadable
    yield _documents(documents, chosen)
    yield (finding for document in documents for finding in _schema(document))
    described = project(documents)
    yield (*compose_links.links(described), *compose_services.services(described))


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, line, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no Compose file in the answer: it should be called compose.yaml."
        yield _finding("compose/no-file", "", None, message)
    for file in others:
        message = "This is not a Compose file: its content was not checked."
        yield _finding("compose/not-checked", file.path, None, message)


def _documents(documents: Sequence[Document], chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in not_one_mapping(documents, chosen):
        message = "A Compose file holds one YAML document, and that is a mapping."
        yield _finding("compose/one-document", file.path, None, message)
    named = [document for document in documents if isinstance(document.value, dict)]
    if named and not any({"services", "include"} & _given(document) for document in named):
        message = "No services are described."
        yield _finding("compose/no-services", named[0].path, named[0].line, message)


def _given(document: Document) -> set[str]:
    return {section for section, value in document.value.items() if value}


@cache
def _validator() -> Validator:
    return build_validator(json.loads(SCHEMA.read_bytes()))


def _schema(document: Document) -> Iterator[Finding]:
    for fault in faults(_validator(), document):
        # A variable is filled in before Compose looks at the type.
        if not (isinstance(fault.value, str) and "$" in fault.value):
            yield _finding(f"compose/{fault.rule}", document.path, fault.line, fault.message)
