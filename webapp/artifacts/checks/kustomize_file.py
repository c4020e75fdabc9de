"""Kustomizations as layers: what each is made of, and which files of the answer it names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from posixpath import normpath

from webapp.artifacts.checks.kubernetes_objects import inner, items, line_of
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
LAYERS = ("resources", "bases", "components")  # what may be a folder as well as a file
PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902")
GENERATORS = ("configMapGenerator", "secretGenerator")
_PLUGINS = ("crds", "configurations", "generators", "transformers", "validators")


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that names a file or a folder; `path` is as from the top of the answer."""

    field: str
    written: str
    path: str
    line: int

    @property
    def is_remote(self) -> bool:
        """Whether it lies in somebody's repository."""
        first = self.written.partition("/")[0]
        is_host = "." in first.strip(".") and not first.endswith((".yaml", ".yml"))
        return "://" in self.written or "?ref=" in self.written or is_host or "@" in first

    @property
    def is_outside(self) -> bool:
        """Whether it leads out of its own folder."""
        return self.written.startswith("/") or normpath(self.written).startswith("..")


@dataclass(frozen=True, slots=True)
class Layer:
    """One kustomization; `folder` is empty at the top of the answer."""

    path: str
    folder: str
    value: YamlMap

    def texts(self, field: str) -> Iterator[tuple[str, int]]:
        """The texts in the list under a field, with their lines."""
        yield from texts(self.value, field)

    def references(self) -> Iterator[Reference]:
        """Everything it names, in the order of the fields."""
        for field in (*LAYERS, *_PLUGINS):
            yield from (self._reference(field, *each) for each in self.texts(field))
        # A list of patches may also hold them as they are, with several lines.
        for text, line in self.texts("patchesStrategicMerge"):
            if "\n" not in text:
                yield self._reference("patchesStrategicMerge", text, line)
        for field in ("patches", "patchesJson6902", "replacements"):
            for item in items(self.value, field):
                if isinstance(path := item.get("path"), str) and path:
                    yield self._reference(field, path, line_of(item, "path"))
        openapi = inner(self.value, "openapi")
        if isinstance(path := openapi.get("path"), str) and path:
            yield self._reference("openapi", path, line_of(openapi, "path"))
        for field in GENERATORS:
            for item in items(self.value, field):
                yield from self._generated(field, item)

    def _generated(self, field: str, item: YamlMap) -> Iterator[Reference]:
        for text, line in texts(item, "files"):
            yield self._reference(field, text.rpartition("=")[2], line)
        for text, line in texts(item, "envs"):
            yield self._reference(field, text, line)
        if isinstance(only := item.get("env"), str):
            yield self._reference(field, only, line_of(item, "env"))

    def _reference(self, field: str, written: str, line: int) -> Reference:
        joined = written if written.startswith("/") else f"{self.folder}/{written}"
        path = normpath(joined.lstrip("/") if self.folder == "" else joined)
        return Reference(field, written, "" if path == "." else path, line)


def texts(config: YamlMap, field: str) -> Iterator[tuple[str, int]]:
    """The texts in the list under a field, with their lines."""
    listed = config.get(field)
    if isinstance(listed, YamlList):
        for text, line in zip(listed, listed.lines, strict=True):
            if isinstance(text, str) and text:
                yield text, line


def layers(documents: Sequence[Document]) -> dict[str, Layer]:
    """The kustomizations of an answer by their folder."""
    found = (
        Layer(document.path, document.path.rpartition("/")[0], document.value)
        for document in documents
        if isinstance(document.value, YamlMap)
    )
    return {layer.folder: layer for layer in found}


def used_by(layer: Layer, known: dict[str, Layer]) -> list[Layer]:
    """The layer and all below it, each once, those it is built on before it."""
    seen: dict[str, None] = {}
    found: list[Layer] = []
    waiting = [(layer, False)]
    while waiting:
        one, is_done = waiting.pop()
        if is_done:
            found.append(one)
        elif one.folder not in seen:
            seen[one.folder] = None
            waiting.append((one, True))
            below = (known.get(each.path) for each in one.references() if each.field in LAYERS)
            waiting += ((each, False) for each in below if each is not None)
    return found
