"""Kubernetes manifests: the schemas of their types, then what one object asks of another."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from webapp.artifacts.checks import (
    findings,
    kubernetes_links,
    kubernetes_pods,
    kubernetes_references,
    kubernetes_risks,
)
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.kubernetes_apis import (
    is_custom,
    is_of_tool,
    sentence,
    validator,
    why_unknown,
)
from webapp.artifacts.checks.kubernetes_objects import (
    KubernetesObject,
    cluster,
    unfolded,
    without_empty,
)
from webapp.artifacts.checks.schema import dotted, faults, line_of
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap, read, yaml_lines
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MAX_OBJECTS = 200
MAX_EMPTY = 20

SEVERITY = {
    "kubernetes/no-file": Severity.ERROR,
    "kubernetes/no-object": Severity.ERROR,
    "kubernetes/too-many-objects": Severity.ERROR,
    "kubernetes/not-an-object": Severity.ERROR,
    "kubernetes/cut-off": Severity.ERROR,
    "kubernetes/duplicate": Severity.ERROR,
    "kubernetes/removed-api": Severity.ERROR,
    "kubernetes/unknown-kind": Severity.ERROR,
    "kubernetes/unknown-version": Severity.ERROR,
    "kubernetes/unknown-field": Severity.ERROR,
    "kubernetes/missing-field": Severity.ERROR,
    "kubernetes/wrong-type": Severity.ERROR,
    "kubernetes/wrong-value": Severity.ERROR,
    "kubernetes/empty-value": Severity.WARNING,
    "kubernetes/not-checked": Severity.NOTE,
}
_EXTENSIONS = (".yaml", ".yml", ".json")
_NAMES = ("name", "generateName")


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the manifests of an answer; all are taken as parts of one cluster.

    Files that are neither YAML nor JSON are only looked at for leftovers, and a note says so.
    """
    return findings.staged(_stages(files))


def is_manifest(path: str) -> bool:
    """Whether a file is called as manifests are."""
    return path.endswith(_EXTENSIONS)


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if is_manifest(file.path)]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    documents, unreadable = read(chosen, YAML_1_1)
    yield unreadable
    written = [one for document in documents for one in unfolded(document)]
    yield _shape(written, chosen)
    yield _empty(written, chosen)
    filled = [Document(one.path, one.line, _asked_for(one.value)) for one in written]
    yield (finding for document in filled for finding in _typed(document))
    objects = [KubernetesObject(document.path, document.value) for document in filled]
    yield _duplicates(objects)
    described = cluster([one for one in objects if validator(one.api_version, one.kind)])
    yield (
        *kubernetes_links.links(described),
        *kubernetes_references.references(described),
        *kubernetes_pods.pods(described),
    )
    yield kubernetes_risks.risks(described)


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"kubernetes/{rule}", path, line, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no manifest in the answer: its name should end with .yaml."
        yield _finding("no-file", "", None, message)
    for file in others:
        message = "This is not a manifest: its content was not checked."
        yield _finding("not-checked", file.path, None, message)


def _shape(written: Sequence[Document], chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in chosen:
        if not any(document.path == file.path for document in written):
            message = "The file describes no object."
            yield _finding("no-object", file.path, None, message)
    if len(written) > MAX_OBJECTS:
        message = f"More than {MAX_OBJECTS} objects together are not checked."
        yield _finding("too-many-objects", written[0].path, None, message)
    for document in written[:MAX_OBJECTS]:
        if lack := _lack(document.value):
            message = f"Each object {lack}."
            yield _finding("not-an-object", document.path, document.line, message)


def _lack(value: Any) -> str | None:
    """What a value would need to be an object, as the end of a sentence."""
    if not isinstance(value, YamlMap):
        return "is a mapping"
    for key in ("apiVersion", "kind"):
        if not isinstance(value.get(key), str):
            return f"has an {key}" if key == "apiVersion" else f"has a {key}"
    metadata = value.get("metadata")
    names = (metadata.get(key) for key in _NAMES) if isinstance(metadata, YamlMap) else ()
    is_named = any(isinstance(name, str) and name for name in names)
    return None if is_named or is_of_tool(value["apiVersion"]) else "has a name in its metadata"


def _empty(written: Sequence[Document], chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    ends = {file.path: _open_end(file.content) for file in chosen}
    empty = ((one, path) for one in written for path in _paths_to_nothing(one.value))
    for document, path in islice(empty, MAX_EMPTY):
        line = line_of(document, path)
        if line == ends[document.path]:
            message = f"The file ends where the value of {dotted(path)} should stand."
            yield _finding("cut-off", document.path, line, message)
        elif path[0] != "status" and path[-1] != "creationTimestamp":  # kubectl prints these
            message = f"{dotted(path)} is empty, which means the same as leaving it out."
            yield _finding("empty-value", document.path, line, message)


def _open_end(content: str) -> int | None:
    """The last line that says something, if it leaves a value open."""
    for number, line in reversed(list(enumerate(yaml_lines(content), 1))):
        text = line.strip()
        if text and not text.startswith("#"):
            return number if text[-1] in ":-" and text.strip("-") else None
    return None


def _paths_to_nothing(value: Any) -> Iterator[tuple[str | int, ...]]:
    steps = value.items() if isinstance(value, YamlMap) else enumerate(value)
    for step, held in steps:
        if held is None:
            yield (step,)
        elif isinstance(held, YamlMap | YamlList):
            yield from ((step, *path) for path in _paths_to_nothing(held))


def _asked_for(value: YamlMap) -> Any:
    """An object without what is empty and without `status`, which Kubernetes does not take."""
    asked = without_empty(value)
    asked.pop("status", None)
    return asked


def _typed(document: Document) -> Iterator[Finding]:
    api_version, kind = document.value["apiVersion"], document.value["kind"]
    known = validator(api_version, kind)
    line = document.value.lines["apiVersion"]
    if known:
        for fault in faults(known, document):
            yield _finding(fault.rule, document.path, fault.line, sentence(fault))
    elif is_custom(api_version):
        shown = f"{shortened(kind)} of {shortened(api_version)}"
        message = f"{shown} is no type of Kubernetes itself: it was not checked."
        yield _finding("not-checked", document.path, line, message)
    else:
        rule, message = why_unknown(api_version, kind)
        yield _finding(rule, document.path, line, message)


def _duplicates(objects: Sequence[KubernetesObject]) -> Iterator[Finding]:
    first: dict[tuple[str, ...], KubernetesObject] = {}
    for one in objects:
        group = one.api_version.rpartition("/")[0]
        known = first.setdefault((group, one.kind, one.namespace, one.name), one)
        if known is not one and one.name:
            message = f"{one.title} is described twice, first in {known.path}."
            yield _finding("duplicate", one.path, one.metadata.lines.get("name"), message)
