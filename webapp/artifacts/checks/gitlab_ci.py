"""GitLab CI/CD pipelines: GitLab's own schema, then what one job asks of another."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from webapp.artifacts.checks import findings, gitlab_ci_links, gitlab_ci_risks
from webapp.artifacts.checks.gitlab_ci_jobs import pipeline
from webapp.artifacts.checks.schema import Validator, build_validator, faults
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import Document, YamlMap, read, yaml_lines
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "gitlab-ci/no-file": Severity.ERROR,
    "gitlab-ci/one-document": Severity.ERROR,
    "gitlab-ci/unknown-field": Severity.ERROR,
    "gitlab-ci/missing-field": Severity.ERROR,
    "gitlab-ci/wrong-type": Severity.ERROR,
    "gitlab-ci/wrong-value": Severity.ERROR,
    "gitlab-ci/other-file": Severity.NOTE,
}
SCHEMA = Path(__file__).parent / "schemas" / "gitlab-ci.json"
NAME = ".gitlab-ci.yml"


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the pipeline of an answer; another file gets a note."""
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if file.path == NAME]
    yield leftovers(files)
    yield _files(files)
    documents, unreadable = read(chosen, YAML_1_2)
    yield unreadable
    yield _documents(documents)
    yield (found for document in documents for found in _schema(document, chosen[0].content))
    described = pipeline(documents[-1], chosen[0].content)
    yield gitlab_ci_links.extends(described)
    yield gitlab_ci_links.links(described)
    yield (*gitlab_ci_links.waiting(described), *gitlab_ci_risks.risks(described))


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, line, message)


def _files(files: Sequence[ArtifactFile]) -> Iterator[Finding]:
    others = [file for file in files if file.path != NAME]
    if len(others) == len(files):
        message = f"There is no pipeline in the answer: it should be called {NAME}."
        yield _finding("gitlab-ci/no-file", "", None, message)
    for file in others:
        message = "This is not the pipeline: its content was not checked."
        yield _finding("gitlab-ci/other-file", file.path, None, message)


def _documents(documents: Sequence[Document]) -> Iterator[Finding]:
    are_mappings = all(isinstance(document.value, YamlMap) for document in documents)
    # A header with the inputs of a pipeline is a document of its own.
    headers = documents[:-1] if are_mappings else ()
    if not documents or not are_mappings or any("spec" not in one.value for one in headers):
        message = "A pipeline is one YAML document, and that is a mapping."
        yield _finding("gitlab-ci/one-document", NAME, None, message)
    elif len(headers) > 1:
        message = "A pipeline has one header with “spec” at most."
        yield _finding("gitlab-ci/one-document", NAME, headers[1].line, message)


@cache
def _validator() -> Validator:
    return build_validator(json.loads(SCHEMA.read_bytes()))


def _schema(document: Document, text: str) -> Iterator[Finding]:
    lines = yaml_lines(text)
    for fault in faults(_validator(), document):
        # What is referred to is put there before GitLab looks at the type.
        if "!reference" not in lines[fault.line - 1]:
            yield _finding(f"gitlab-ci/{fault.rule}", document.path, fault.line, fault.message)
