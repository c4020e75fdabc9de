"""Kustomize: a base and what its overlays make of it, checked as it would be built."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from webapp.artifacts.checks import (
    findings,
    kubernetes,
    kustomize_fields,
    kustomize_links,
    kustomize_patches,
)
from webapp.artifacts.checks.kustomize_build import (
    GENERATED,
    images,
    manifests,
    objects,
    pinned_images,
    renamed,
)
from webapp.artifacts.checks.kustomize_file import LAYERS, NAMES, Layer, layers
from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import Document, not_one_mapping, read
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MAX_LAYERS = 20
MAX_BUILT_CHARS = 1_000_000  # of all layers together: what is built upon is built again in each

Built = tuple[ArtifactFile, ...]

SEVERITY = {
    "kustomize/no-file": Severity.ERROR,
    "kustomize/one-document": Severity.ERROR,
    "kustomize/too-many-layers": Severity.ERROR,
    "kustomize/too-large": Severity.ERROR,
}


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the kustomizations of an answer, and on the manifests each of them builds.

    Patches are parts of objects: only what a type does not have is a fault in them.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if file.path.rpartition("/")[2] in NAMES]
    yield leftovers(files)
    yield _files(chosen)
    documents, unreadable = read(chosen, YAML_1_1)
    yield unreadable
    yield _documents(documents, chosen)
    known = layers(documents)
    yield (found for layer in known.values() for found in kustomize_fields.faults(layer))
    yield kustomize_links.links(known, files)
    by_path = {file.path: file for file in files}
    built = {folder: manifests(layer, known, by_path) for folder, layer in known.items()}
    yield _size(built, sum(kustomize_patches.size(one, by_path) for one in known.values()))
    yield _built(known, built)
    yield _changes(known, built, by_path)


def _finding(rule: str, path: str, message: str) -> Finding:
    return findings.make(SEVERITY, f"kustomize/{rule}", path, None, message)


def _files(chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no kustomization among these files: it is called kustomization.yaml."
        yield _finding("no-file", "", message)
    if len(chosen) > MAX_LAYERS:
        message = f"More than {MAX_LAYERS} kustomizations in one answer are not checked."
        yield _finding("too-many-layers", chosen[0].path, message)


def _documents(documents: Sequence[Document], chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in not_one_mapping(documents, chosen):
        message = "A kustomization is one YAML document, and that is a mapping."
        yield _finding("one-document", file.path, message)


def _tops(known: dict[str, Layer]) -> list[Layer]:
    """What is built: layers that no other is built on, and that can stand alone."""
    below = {
        each.path for layer in known.values() for each in layer.references() if each.field in LAYERS
    }
    alone = [one for one in known.values() if one.value.get("kind") != "Component"]
    return [layer for layer in alone if layer.folder not in below]


def _size(built: Mapping[str, Built], patches: int) -> Iterator[Finding]:
    manifested = sum(len(file.content) for files in built.values() for file in files)
    if manifested + patches > MAX_BUILT_CHARS:
        message = "The kustomizations build more together than is checked."
        yield _finding("too-large", "", message)


def _built(known: dict[str, Layer], built: Mapping[str, Built]) -> Iterator[Finding]:
    tops = [(built[layer.folder], pinned_images(layer, known)) for layer in _tops(known)]
    for files in dict.fromkeys(files for files, _ in tops):
        # Where all that is built of these files sets a version, that in the file does not matter.
        pinned = frozenset.intersection(*(names for one, names in tops if one == files))
        set_later = {
            (file.path, line) for file in files for line, name in images(file) if name in pinned
        }
        for found in kubernetes.check(files) if files else ():
            is_set = found.rule == "kubernetes/unpinned-image" and (
                (found.path, found.line) in set_later
            )
            if found.path != GENERATED and not is_set:
                yield found


def _changes(
    known: dict[str, Layer], built: Mapping[str, Built], files: Mapping[str, ArtifactFile]
) -> Iterator[Finding]:
    there = {folder: objects(own) for folder, own in built.items()}
    everything = [one for top in _tops(known) for one in there[top.folder]]
    for folder, layer in known.items():
        # A component changes what it is put into.
        own = everything if layer.value.get("kind") == "Component" else there[folder]
        names = [one.name for one in own]
        yield from kustomize_patches.changes(layer, own, renamed(layer, known, names), files)
