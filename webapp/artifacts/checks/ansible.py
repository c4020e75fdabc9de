"""Ansible playbooks and what belongs to them. Ansible itself runs templates, so it is not asked."""

from collections.abc import Iterable, Iterator, Sequence

from webapp.artifacts.checks import (
    ansible_arguments,
    ansible_links,
    ansible_risks,
    ansible_structure,
    findings,
)
from webapp.artifacts.checks.ansible_project import Project, Role, project, role_of
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "ansible/no-file": Severity.ERROR,
    "ansible/empty-playbook": Severity.ERROR,
    "ansible/other-file": Severity.NOTE,
}


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the Ansible files of an answer, taken as one project; what a file is for, its
    path says. No template is ever evaluated."""
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    roles = {file.path: role_of(file.path) for file in files}
    chosen = [file for file in files if roles[file.path] not in (Role.TEMPLATE, Role.OTHER)]
    yield leftovers(files)
    yield _files(files, roles)
    documents, unreadable = read(chosen, YAML_1_2)
    yield unreadable
    yield _empty(chosen, {document.path for document in documents})
    yield ansible_structure.structure(documents)
    described = project(files, documents)
    yield ansible_risks.templates(described)
    yield _described(described)


def _described(described: Project) -> Iterator[Finding]:
    yield from ansible_arguments.arguments(described)
    yield from ansible_links.links(described)
    yield from ansible_risks.risks(described)


def _finding(rule: str, path: str, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, None, message)


def _files(files: Sequence[ArtifactFile], roles: dict[str, Role]) -> Iterator[Finding]:
    if Role.PLAYBOOK not in roles.values():
        message = "There is no playbook in the answer: it should be called ansible/site.yml."
        yield _finding("ansible/no-file", "", message)
    for file in files:
        if roles[file.path] is Role.OTHER:
            message = "This is no file whose content is checked here."
            yield _finding("ansible/other-file", file.path, message)


def _empty(chosen: Sequence[ArtifactFile], read_paths: set[str]) -> Iterator[Finding]:
    for file in chosen:
        if file.path not in read_paths and role_of(file.path) is Role.PLAYBOOK:
            yield _finding("ansible/empty-playbook", file.path, "This playbook holds no play.")
