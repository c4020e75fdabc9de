"""What a kustomization is built of: its manifests, and the objects it generates by itself."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks.kubernetes_objects import KubernetesObject, items, unfolded
from webapp.artifacts.checks.kustomize_file import GENERATORS, LAYERS, Layer, texts, used_by
from webapp.artifacts.checks.kustomize_patches import image_name
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import YamlMap, read
from webapp.artifacts.checks.yaml_walk import mappings
from webapp.domain.artifact import ArtifactFile

# No file of an answer can be called so: what is generated stands in none.
GENERATED = "(generated).json"
_KINDS = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_PINNING = ("newTag", "digest")

Files = Mapping[str, ArtifactFile]


def manifests(layer: Layer, known: dict[str, Layer], files: Files) -> tuple[ArtifactFile, ...]:
    """The files that a layer and all below it are built of, and one of what they generate."""
    chain = used_by(layer, known)
    paths = dict.fromkeys(
        each.path
        for one in chain
        for each in one.references()
        if each.field in LAYERS and each.path in files and each.path not in known
    )
    generated = _generated(chain, files)
    own = (ArtifactFile(GENERATED, json.dumps(generated)),) if generated["items"] else ()
    return (*(files[path] for path in paths), *own)


def objects(built: Sequence[ArtifactFile]) -> list[KubernetesObject]:
    """The objects in manifests, those of types that Kubernetes does not have as well."""
    documents, _ = read(built, YAML_1_1)
    written = (one for document in documents for one in unfolded(document))
    return [
        KubernetesObject(one.path, one.value)
        for one in written
        if isinstance(one.value, YamlMap)
        and all(isinstance(one.value.get(key), str) for key in ("apiVersion", "kind"))
    ]


def renamed(
    layer: Layer, known: dict[str, Layer], names: Sequence[str]
) -> dict[str, frozenset[str]]:
    """What each name may have become in a layer, by the prefixes and suffixes below it."""
    found = {name: {name} for name in names}
    for one in used_by(layer, known):
        prefix, suffix = (str(one.value.get(key) or "") for key in ("namePrefix", "nameSuffix"))
        if prefix or suffix:
            for called in found.values():
                called |= {f"{prefix}{name}{suffix}" for name in called}
    return {name: frozenset(called) for name, called in found.items()}


def pinned_images(layer: Layer, known: dict[str, Layer]) -> frozenset[str]:
    """The names of images whose version a layer, or one below it, sets."""
    return frozenset(
        str(item.get("name"))
        for one in used_by(layer, known)
        for item in items(one.value, "images")
        if any(item.get(key) for key in _PINNING)
    )


def images(file: ArtifactFile) -> Iterator[tuple[int, str]]:
    """The images that a manifest names, without their tags, by line."""
    documents, _ = read([file], YAML_1_1)
    for document in documents:
        for part in mappings(document.value):
            if isinstance(image := part.get("image"), str):
                yield part.lines["image"], image_name(image)


def _generated(chain: Sequence[Layer], files: Files) -> dict[str, Any]:
    made: dict[tuple[str, str], dict[str, str]] = {}
    for layer in chain:
        for field in GENERATORS:
            for item in items(layer.value, field):
                held = made.setdefault((_KINDS[field], str(item.get("name"))), {})
                held |= dict.fromkeys(_keys(layer, item, files), "")
    listed = [
        {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "data": held}
        for (kind, name), held in made.items()
    ]
    return {"apiVersion": "v1", "kind": "List", "items": listed}


def _keys(layer: Layer, item: YamlMap, files: Files) -> Iterator[str]:
    for text, _ in texts(item, "literals"):
        yield text.partition("=")[0]
    for text, _ in texts(item, "files"):
        key, equals, _path = text.partition("=")
        yield key if equals else text.rpartition("/")[2]
    named = [text for text, _ in texts(item, "envs")]
    for text in (*named, *([item["env"]] if isinstance(item.get("env"), str) else [])):
        file = files.get(f"{layer.folder}/{text}".lstrip("/"))
        lines = file.content.split("\n") if file else []
        yield from (line.partition("=")[0].strip() for line in lines if line[:1] not in ("", "#"))
