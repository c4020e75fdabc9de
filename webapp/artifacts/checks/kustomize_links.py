"""What kustomizations name and the answer lacks, and files that no kustomization names."""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.kustomize_file import LAYERS, NAMES, Layer, Reference
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "kustomize/missing-file": Severity.ERROR,
    "kustomize/outside-folder": Severity.ERROR,
    "kustomize/not-a-layer": Severity.ERROR,
    "kustomize/duplicate-resource": Severity.ERROR,
    "kustomize/cycle": Severity.ERROR,
    "kustomize/unused-file": Severity.WARNING,
    "kustomize/remote-resource": Severity.NOTE,
    # Those are better put there by whoever builds it.
    "kustomize/missing-secret-file": Severity.NOTE,
}

_Found = Iterator[Finding]


def links(layers: Mapping[str, Layer], files: Sequence[ArtifactFile]) -> _Found:
    """References that lead nowhere or out of reach, circles, and files that nobody names."""
    paths = {file.path for file in files}
    used: set[str] = {layer.path for layer in layers.values()}
    for layer in layers.values():
        seen: set[tuple[str, str]] = set()
        for reference in layer.references():
            used.add(reference.path)
            yield from _reference(layer, reference, layers, paths)
            place = (reference.field, reference.path)
            if place in seen and reference.field in LAYERS:
                message = f"“{shortened(reference.written)}” stands twice under {reference.field}."
                yield _finding("duplicate-resource", layer, reference.line, message)
            seen.add(place)
    yield from _cycle(layers)
    for path in sorted(paths - used):
        if path.endswith((".yaml", ".yml")):
            message = "No kustomization names this file: it takes no part in anything."
            yield findings.make(SEVERITY, "kustomize/unused-file", path, None, message)


def _finding(rule: str, layer: Layer, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"kustomize/{rule}", layer.path, line, message)


def _reference(
    layer: Layer, reference: Reference, layers: Mapping[str, Layer], paths: set[str]
) -> _Found:
    shown, line = shortened(reference.written), reference.line
    is_layer = reference.field in LAYERS
    if is_layer and reference.path in layers:
        if reference.path == layer.folder:
            yield _finding("cycle", layer, line, "A kustomization cannot be built on itself.")
    elif is_layer and reference.is_remote and reference.path not in paths:
        message = f"“{shown}” lies elsewhere: it was not looked at; pin it to a commit or tag."
        yield _finding("remote-resource", layer, line, message)
    elif reference.path.rpartition("/")[2] in NAMES and reference.path in paths:
        message = f"A kustomization is named by its folder, not by its file: “{shown}”."
        yield _finding("not-a-layer", layer, line, message)
    elif reference.is_outside and reference.path in paths:
        message = f"Kustomize reads no file outside of the kustomization's folder: “{shown}”."
        yield _finding("outside-folder", layer, line, message)
    elif reference.path not in paths:
        yield from _missing(layer, reference, shown, paths)


def _missing(layer: Layer, reference: Reference, shown: str, paths: set[str]) -> _Found:
    if reference.field == "secretGenerator":
        message = f"“{shown}” must be put there before it is built."
        yield _finding("missing-secret-file", layer, reference.line, message)
    elif any(path.startswith(f"{reference.path}/") for path in paths):
        message = f"The folder “{shown}” has no kustomization.yaml."
        yield _finding("not-a-layer", layer, reference.line, message)
    else:
        message = f"“{shown}” is not among these files."
        yield _finding("missing-file", layer, reference.line, message)


def _cycle(layers: Mapping[str, Layer]) -> _Found:
    built_on = {
        folder: {
            each.path
            for each in layer.references()
            if each.field in LAYERS and each.path in layers and each.path != folder
        }
        for folder, layer in layers.items()
    }
    try:
        TopologicalSorter(built_on).prepare()
    except CycleError as error:
        circle = [shortened(str(folder)) for folder in error.args[1]]
        message = f"Kustomizations are built on each other in a circle: {', '.join(circle[:9])}."
        first = layers[error.args[1][0]]
        yield _finding("cycle", first, first.value.line, message)
