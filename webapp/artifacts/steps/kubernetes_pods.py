"""The pods that manifests in hand describe, with the nodes to change them by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.artifacts.blueprint import App
from webapp.artifacts.checks.kubernetes import is_manifest
from webapp.artifacts.checks.kubernetes_objects import TEMPLATES
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.steps.applications import called
from webapp.artifacts.steps.images import base_name, starts_as_root
from webapp.artifacts.steps.rewriting import Edit
from webapp.artifacts.steps.yaml_tree import Node

_HOST = ("hostNetwork", "hostPID", "hostIPC")
SERVING = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_LAYERS = frozenset({"overlays", "components"})  # what they hold changes a base, and is no whole


def is_of_base(path: str) -> bool:
    """Whether a file of kustomizations is one of whole manifests, by where it lies."""
    return is_manifest(path) and _LAYERS.isdisjoint(path.split("/"))


@dataclass(frozen=True, slots=True)
class Container:
    """One container; `starts_first` for those that run before the others."""

    node: Node
    starts_first: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name("name")

    @property
    def image(self) -> str:
        """Its image as it is written."""
        return self.node.name("image")

    @property
    def ports(self) -> dict[int, str]:
        """The numbers of its ports, and their names, empty where they have none."""
        listed = self.node.listed("ports")
        numbers = (port.said("containerPort", words=YAML_1_1) for port in listed)
        named = zip(numbers, (port.name("name") for port in listed), strict=True)
        return {number: name for number, name in named if type(number) is int}


@dataclass(frozen=True, slots=True)
class Pod:
    """The pods that one object starts; `spec` is a mapping.

    `is_of_node` says that they share a namespace or a folder with their node.
    """

    edit: Edit
    owner: Node
    template: Node
    spec: Node
    is_of_node: bool

    @property
    def kind(self) -> str:
        """The kind of the object that starts them."""
        return self.owner.name("kind")

    @property
    def name(self) -> str:
        """The name of the object that starts them."""
        return self.owner.name("metadata", "name") or self.owner.name("metadata", "generateName")

    @property
    def containers(self) -> list[Container]:
        """Its containers, those that start first in front."""
        return [
            Container(node, key == "initContainers")
            for key in ("initContainers", "containers")
            for node in self.spec.listed(key)
            if node.kind == "map" and node.has("image")
        ]

    def titled(self, container: Container) -> str:
        """A container as a sentence names it."""
        return f"{self.name}/{container.name}"


def objects(edits: Sequence[Edit]) -> Iterator[tuple[Edit, Node]]:
    """All objects of all files, the items of lists too."""
    for edit in edits:
        for document in edit.documents:
            listed = document.listed("items") if document.name("kind") == "List" else [document]
            yield from ((edit, node) for node in listed if node.kind == "map")


def pods(edits: Sequence[Edit]) -> list[Pod]:
    """The pods that the objects of all files start, but for those of Windows."""
    found = []
    for edit, owner in objects(edits):
        path = TEMPLATES.get(owner.name("kind"))
        template = owner.get(*path) if path is not None else None
        spec = template.get("spec") if template else None
        if template and spec and spec.kind == "map" and not _is_of_windows(spec):
            found.append(Pod(edit, owner, template, spec, _is_of_node(spec)))
    return found


def _is_of_node(spec: Node) -> bool:
    shares = any(spec.said(key, words=YAML_1_1) is True for key in _HOST)
    return shares or any(volume.has("hostPath") for volume in spec.listed("volumes"))


def _is_of_windows(spec: Node) -> bool:
    system = spec.name("os", "name") or spec.name("nodeSelector", "kubernetes.io/os")
    return system == "windows"


def serving(listed: Sequence[Pod], app: App) -> tuple[Pod, Container] | None:
    """The one container that serves an application, by its port and, where it must be, its name."""
    found = [
        (pod, container)
        for pod in listed
        for container in pod.containers
        if pod.kind in SERVING
        and app.listens in container.ports
        and not container.starts_first
        and not starts_as_root(container.image)
    ]
    named = [one for one in found if app_of(*one, [app])]
    chosen = found if len(found) == 1 else named
    return chosen[0] if len(chosen) == 1 else None


def app_of(pod: Pod, container: Container, apps: Sequence[App]) -> App | None:
    """The application that a container is named like."""
    return called(apps, pod.name, container.name, base_name(container.image))
