"""What an overlay changes: that it is there to be changed, and that it has such fields."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.kubernetes_apis import validator
from webapp.artifacts.checks.kubernetes_objects import (
    KubernetesObject,
    inner,
    items,
    line_of,
    without_empty,
)
from webapp.artifacts.checks.kustomize_file import PATCHES, Layer
from webapp.artifacts.checks.schema import faults
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap, read
from webapp.artifacts.checks.yaml_walk import mappings
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "kustomize/patch-syntax": Severity.ERROR,
    "kustomize/patch-target": Severity.ERROR,
    "kustomize/patch-field": Severity.ERROR,
    "kustomize/unknown-replicas": Severity.ERROR,
    "kustomize/unused-image": Severity.WARNING,
}
CHARS_OF_PATCH = 2_000  # even a small one takes its time
_OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})
_VALUED = frozenset({"add", "replace", "test"})
# Selectors are regular expressions, which nobody runs here.
_PLAIN = re.compile(r"[\w.-]{1,253}", re.ASCII)
_SCALABLE = frozenset({"Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"})

_Found = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class _Patch:
    """One patch; what is wrong with one that is inline belongs to `line`, where it begins."""

    path: str
    line: int
    documents: Sequence[Document]
    unreadable: Sequence[Finding]
    target: YamlMap
    is_inline: bool


def changes(
    layer: Layer,
    objects: Sequence[KubernetesObject],
    renamed: Mapping[str, frozenset[str]],
    files: Mapping[str, ArtifactFile],
) -> _Found:
    """Patches, replicas and images of a layer that meet nothing in what it is built on.

    `objects` are those of all layers below and its own, `renamed` what each may be called.
    """
    known = [one for one in objects if one.name]
    for patch in _patches(layer, files):
        yield from _patch(layer, patch, known, renamed)
    yield from _replicas(layer, known, renamed)
    yield from _images(layer, known)


def size(layer: Layer, files: Mapping[str, ArtifactFile]) -> int:
    """How much there is to read in the patches of a layer, in characters, and some for each."""
    named = (each.path for each in layer.references() if each.field in PATCHES)
    texts = [files[path].content for path in named if path in files]
    texts += [str(item.get("patch", "")) for item in items(layer.value, "patches")]
    return sum(len(text) + CHARS_OF_PATCH for text in texts)


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"kustomize/{rule}", path, line, message)


def _patches(layer: Layer, files: Mapping[str, ArtifactFile]) -> Iterator[_Patch]:
    by_path = {(each.field, each.line): files.get(each.path) for each in layer.references()}
    for field in ("patches", "patchesJson6902"):
        for item in items(layer.value, field):
            target = inner(item, "target")
            file = by_path.get((field, line_of(item, "path")))
            if isinstance(text := item.get("patch"), str):
                yield _read(ArtifactFile(layer.path, text), line_of(item, "patch"), target, True)
            elif file:
                yield _read(file, 1, target, False)
    for text, line in layer.texts("patchesStrategicMerge"):
        file = by_path.get(("patchesStrategicMerge", line))
        if "\n" in text:
            yield _read(ArtifactFile(layer.path, text), line, YamlMap(line), True)
        elif file:
            yield _read(file, 1, YamlMap(line), False)


def _read(file: ArtifactFile, line: int, target: YamlMap, is_inline: bool) -> _Patch:
    documents, unreadable = read([file], YAML_1_1)
    return _Patch(file.path, line, documents, unreadable, target, is_inline)


def _patch(
    layer: Layer,
    patch: _Patch,
    known: Sequence[KubernetesObject],
    renamed: Mapping[str, frozenset[str]],
) -> _Found:
    if patch.unreadable or not patch.documents:
        message = f"The patch cannot be read: {_why(patch)}"
        yield _finding("patch-syntax", patch.path, patch.line, message)
        return
    if patch.target and not any(_is_meant(patch.target, one, renamed) for one in known):
        message = "The target of this patch is not among the resources it is built on."
        yield _finding("patch-target", layer.path, patch.target.line, message)
    for document in patch.documents:
        line = patch.line if patch.is_inline else document.line
        if isinstance(document.value, YamlList):
            yield from _operations(patch, document.value)
        elif isinstance(document.value, YamlMap):
            if not patch.target:
                yield from _named(patch, line, document.value, known, renamed)
            yield from _partial(patch, document)
        else:
            message = "A patch is a part of an object, or a list of operations."
            yield _finding("patch-syntax", patch.path, line, message)


def _why(patch: _Patch) -> str:
    return patch.unreadable[0].message if patch.unreadable else "it is empty."


def _is_meant(
    target: YamlMap, one: KubernetesObject, renamed: Mapping[str, frozenset[str]]
) -> bool:
    group, _, version = one.api_version.rpartition("/")
    own = {
        "group": frozenset({group}),
        "version": frozenset({version}),
        "kind": frozenset({one.kind}),
        "name": frozenset({one.name, *renamed.get(one.name, ())}),
    }
    return all(_fits(target.get(key), values) for key, values in own.items())


def _fits(wanted: Any, values: frozenset[str]) -> bool:
    if not isinstance(wanted, str) or not wanted or not _PLAIN.fullmatch(wanted):
        return True  # not said, or an expression that only Kustomize works out
    return wanted in values


def _named(
    patch: _Patch,
    line: int,
    value: YamlMap,
    known: Sequence[KubernetesObject],
    renamed: Mapping[str, frozenset[str]],
) -> _Found:
    name = inner(value, "metadata").get("name")
    kind = value.get("kind")
    if not isinstance(kind, str) or not isinstance(name, str):
        message = "A patch without a target needs the kind and the name of what it changes."
        yield _finding("patch-target", patch.path, line, message)
    elif not any(
        one.kind == kind and name in (one.name, *renamed.get(one.name, ())) for one in known
    ):
        message = (
            f"{shortened(kind)} {shortened(name)} is not among the resources it is built on: "
            "nothing can be changed."
        )
        yield _finding("patch-target", patch.path, line, message)


def _operations(patch: _Patch, listed: YamlList) -> _Found:
    for item, line in zip(listed, listed.lines, strict=True):
        place = patch.line if patch.is_inline else line
        operation = str(item.get("op")) if isinstance(item, YamlMap) else ""
        path = item.get("path") if isinstance(item, YamlMap) else None
        if operation not in _OPERATIONS or not isinstance(path, str) or path[:1] not in ("/", ""):
            message = "An operation has an op (add, replace, remove, …) and a path as /spec/x."
            yield _finding("patch-syntax", patch.path, place, message)
        elif operation in _VALUED and "value" not in item:
            message = f"The operation {operation} needs a value."
            yield _finding("patch-syntax", patch.path, place, message)
    if not patch.target:
        message = "A list of operations needs a target."
        yield _finding("patch-target", patch.path, patch.line, message)


def _partial(patch: _Patch, document: Document) -> _Found:
    """Fields that the type does not have; what a part of an object lacks is no fault."""
    api_version, kind = document.value.get("apiVersion"), document.value.get("kind")
    known = validator(str(api_version), str(kind))
    if known is None:
        return
    value = without_empty(document.value)
    for part in mappings(value):
        for key in [key for key in part if key.startswith("$")]:
            del part[key]  # an order to Kustomize, such as $patch: delete
    for fault in faults(known, Document(document.path, document.line, value)):
        if fault.rule in ("unknown-field", "wrong-type"):
            line = patch.line if patch.is_inline else fault.line
            yield _finding("patch-field", patch.path, line, fault.message)


def _replicas(
    layer: Layer, known: Sequence[KubernetesObject], renamed: Mapping[str, frozenset[str]]
) -> _Found:
    scalable = {one.name for one in known if one.kind in _SCALABLE}
    names = scalable.union(*(renamed.get(name, ()) for name in scalable))
    for item in items(layer.value, "replicas"):
        name = item.get("name")
        if isinstance(name, str) and name not in names:
            message = f"replicas: nothing that is scaled is called {shortened(name)}."
            yield _finding("unknown-replicas", layer.path, line_of(item, "name"), message)


def _images(layer: Layer, known: Sequence[KubernetesObject]) -> _Found:
    used = {
        image_name(image)
        for one in known
        for part in mappings(one.config)
        if isinstance(image := part.get("image"), str)
    }
    for item in items(layer.value, "images"):
        name = item.get("name")
        if isinstance(name, str) and used and name not in used:
            message = f"No container uses the image {shortened(name)}: nothing is replaced."
            yield _finding("unused-image", layer.path, line_of(item, "name"), message)


def image_name(image: str) -> str:
    """The name of an image, without tag and digest."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"
