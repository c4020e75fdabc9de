"""The fields of a kustomization: which there are, and what each may hold."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.kubernetes_objects import items, line_of
from webapp.artifacts.checks.kustomize_file import GENERATORS, LAYERS, Layer, texts
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "kustomize/kind": Severity.ERROR,
    "kustomize/unknown-field": Severity.ERROR,
    "kustomize/missing-field": Severity.ERROR,
    "kustomize/wrong-type": Severity.ERROR,
    "kustomize/no-resources": Severity.ERROR,
    "kustomize/deprecated-field": Severity.WARNING,
    "kustomize/unpinned-image": Severity.WARNING,
    "kustomize/literal-secret": Severity.WARNING,
}
_GROUP = "kustomize.config.k8s.io"
_KINDS = {"Kustomization": f"{_GROUP}/v1beta1", "Component": f"{_GROUP}/v1alpha1"}
_LISTS = (
    *("labels", "patches", "images", "replacements", "replicas", "resources", "components"),
    *("crds", "configMapGenerator", "secretGenerator", "helmCharts", "configurations"),
    *("generators", "transformers", "validators", "buildMetadata"),
    *("bases", "patchesStrategicMerge", "patchesJson6902", "vars", "imageTags"),
)
_MAPPINGS = (
    *("metadata", "openapi", "commonAnnotations", "commonLabels", "helmGlobals"),
    *("generatorOptions", "sortOptions"),
)
_TEXTS = ("apiVersion", "kind", "namePrefix", "nameSuffix", "namespace")
_TOP = {
    **dict.fromkeys(_LISTS, "a list"),
    **dict.fromkeys(_MAPPINGS, "a mapping"),
    **dict.fromkeys(_TEXTS, "text"),
}
_DEPRECATED = {
    "bases": "resources",
    "commonLabels": "labels",
    "imageTags": "images",
    "patchesJson6902": "patches",
    "patchesStrategicMerge": "patches",
    "vars": "replacements",
}
_GENERATED = {
    **dict.fromkeys(("name", "namespace", "behavior", "env"), "text"),
    **dict.fromkeys(("files", "literals", "envs"), "a list"),
    "options": "a mapping",
}
# By field: what its items may hold.
_ITEMS: Mapping[str, Mapping[str, str]] = {
    "images": dict.fromkeys(("name", "newName", "newTag", "tagSuffix", "digest"), "text"),
    "replicas": {"name": "text", "count": "a whole number"},
    "labels": {
        "pairs": "a mapping",
        **dict.fromkeys(("includeSelectors", "includeTemplates"), "true or false"),
        "fields": "a list",
    },
    "patches": {**{"path": "text", "patch": "text", "target": "a mapping", "options": "a mapping"}},
    "configMapGenerator": _GENERATED,
    "secretGenerator": {**_GENERATED, "type": "text"},
}
_REQUIRED = {
    "images": "name",
    "labels": "pairs",
    **dict.fromkeys(GENERATORS, "name"),
}
_TARGET = dict.fromkeys(
    (
        *("group", "version", "kind", "name", "namespace"),
        *("labelSelector", "annotationSelector"),
    ),
    "text",
)

_Found = Iterator[Finding]


def faults(layer: Layer) -> _Found:
    """Fields that Kustomize does not take or will give up, and values it would refuse."""
    yield from _kind(layer)
    yield from _fields(layer, layer.value, _TOP, "a kustomization")
    for field, known in _ITEMS.items():
        yield from _only_mappings(layer, field)
        for item in items(layer.value, field):
            yield from _fields(layer, item, known, f"an item of {field}")
            yield from _item(layer, field, item)
    for field, successor in _DEPRECATED.items():
        if field in layer.value:
            message = f"{field} is deprecated: use {successor}."
            yield _finding("deprecated-field", layer, layer.value.lines[field], message)
    sources = (*LAYERS, *GENERATORS, "generators", "helmCharts")
    is_component = layer.value.get("kind") == "Component"
    if not is_component and not any(layer.value.get(field) for field in sources):
        message = "There is nothing to build: resources is empty."
        yield _finding("no-resources", layer, line_of(layer.value, "resources"), message)


def _finding(rule: str, layer: Layer, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"kustomize/{rule}", layer.path, line, message)


def _kind(layer: Layer) -> _Found:
    kind = str(layer.value.get("kind", "Kustomization"))
    if kind not in _KINDS:
        message = f"The kind must be Kustomization or Component, not {shortened(kind)}."
        yield _finding("kind", layer, layer.value.lines["kind"], message)
    elif (version := layer.value.get("apiVersion", _KINDS[kind])) != _KINDS[kind]:
        message = f"The apiVersion of a {kind} is {_KINDS[kind]}, not {shortened(str(version))}."
        yield _finding("kind", layer, layer.value.lines["apiVersion"], message)


def _fields(layer: Layer, config: YamlMap, known: Mapping[str, str], thing: str) -> _Found:
    for key, value in config.items():
        line = config.lines[key]
        if key not in known:
            near = difflib.get_close_matches(key[:60], known, 1, 0.6)
            guess = f" (did you mean “{near[0]}”?)" if near else ""
            message = f"“{shortened(key)}” is not a field of {thing}{guess}."
            yield _finding("unknown-field", layer, line, message)
        elif value is not None and not _has_type(value, known[key]):
            yield _finding("wrong-type", layer, line, f"“{key}” must be {known[key]}.")


def _only_mappings(layer: Layer, field: str) -> _Found:
    listed = layer.value.get(field)
    if isinstance(listed, YamlList):
        for item, line in zip(listed, listed.lines, strict=True):
            if not isinstance(item, YamlMap):
                yield _finding("wrong-type", layer, line, f"An item of {field} is a mapping.")


def _has_type(value: Any, wanted: str) -> bool:
    return {
        "a list": isinstance(value, YamlList),
        "a mapping": isinstance(value, YamlMap),
        "a whole number": isinstance(value, int) and not isinstance(value, bool),
        "true or false": isinstance(value, bool),
        "text": isinstance(value, str),
    }[wanted]


def _item(layer: Layer, field: str, item: YamlMap) -> _Found:
    needed = _REQUIRED.get(field)
    if needed and not item.get(needed):
        yield _finding("missing-field", layer, item.line, f"This item of {field} has no {needed}.")
    if field == "replicas" and not {"name", "count"} <= item.keys():
        message = "This item of replicas needs a name and a count."
        yield _finding("missing-field", layer, item.line, message)
    if field == "patches":
        yield from _patch(layer, item)
    if field == "images" and (why := why_unpinned(f"image:{item.get('newTag', '$')}")):
        message = f"The image {shortened(str(item.get('name')))} {why}."
        yield _finding("unpinned-image", layer, line_of(item, "newTag"), message)
    if field in GENERATORS:
        yield from _secrets(layer, field, item)


def _patch(layer: Layer, item: YamlMap) -> _Found:
    if bool(item.get("path")) == bool(item.get("patch")):
        message = "A patch is given either by path or by patch."
        yield _finding("missing-field", layer, item.line, message)
    if isinstance(target := item.get("target"), YamlMap):
        yield from _fields(layer, target, _TARGET, "a target")


def _secrets(layer: Layer, field: str, item: YamlMap) -> _Found:
    for text, line in texts(item, "literals"):
        name, _, value = text.partition("=")
        is_secret = field == "secretGenerator" and value and "$" not in value
        if is_secret or is_literal_secret(name, value):
            message = f"The value of {shortened(name)} is written out: take it from a file by envs."
            yield _finding("literal-secret", layer, line, message)
