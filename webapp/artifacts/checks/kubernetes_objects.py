"""Kubernetes manifests as the objects they describe, and the pods that these start."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap

# Where an object of a kind holds the description of its pods.
TEMPLATES = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


def inner(config: YamlMap, *keys: str) -> YamlMap:
    """The mapping under a path of keys; where there is none, an empty one on the nearest line."""
    for key in keys:
        value = config.get(key)
        config = value if isinstance(value, YamlMap) else YamlMap(line_of(config, key))
    return config


def line_of(config: YamlMap, key: str) -> int:
    """The line of a key, or of the mapping where it has none."""
    return config.lines.get(key, config.line)


def items(config: YamlMap, key: str) -> list[YamlMap]:
    """The mappings in the list under a key."""
    value = config.get(key)
    return [item for item in value if isinstance(item, YamlMap)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """One object of one file. `config` holds no empty values: they mean the same as nothing."""

    path: str
    config: YamlMap

    @property
    def kind(self) -> str:
        """Its kind, such as `Deployment`."""
        return str(self.config["kind"])

    @property
    def api_version(self) -> str:
        """Group and version, such as `apps/v1`."""
        return str(self.config["apiVersion"])

    @property
    def name(self) -> str:
        """Its name; empty where the cluster makes one."""
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        """Its namespace, `default` where it names none."""
        return str(self.metadata.get("namespace", "default"))

    @property
    def title(self) -> str:
        """The object as a sentence names it."""
        return f"{shortened(self.kind)} {shortened(self.name)}".strip()

    @property
    def metadata(self) -> YamlMap:
        """Its metadata."""
        return inner(self.config, "metadata")

    @property
    def spec(self) -> YamlMap:
        """What it asks for; empty for kinds without a `spec`."""
        return inner(self.config, "spec")


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod; `starts_first` for those that run before the others."""

    config: YamlMap
    starts_first: bool

    @property
    def name(self) -> str:
        """Its name, fit for a sentence."""
        return shortened(str(self.config["name"]))

    @property
    def port_names(self) -> frozenset[str]:
        """The names of its ports."""
        return frozenset(port["name"] for port in items(self.config, "ports") if "name" in port)

    @property
    def port_numbers(self) -> frozenset[int]:
        """The numbers of its ports."""
        return frozenset(port["containerPort"] for port in items(self.config, "ports"))


@dataclass(frozen=True, slots=True)
class Pod:
    """The pods that one object starts: all the same."""

    owner: KubernetesObject
    template: YamlMap

    @property
    def labels(self) -> YamlMap:
        """The labels that selectors see."""
        return inner(self.template, "metadata", "labels")

    @property
    def spec(self) -> YamlMap:
        """What the pod runs."""
        return inner(self.template, "spec")

    @property
    def containers(self) -> tuple[Container, ...]:
        """Its containers, in the order of the file, those that start first in front."""
        first = (Container(config, True) for config in items(self.spec, "initContainers"))
        return (*first, *(Container(config, False) for config in items(self.spec, "containers")))


@dataclass(frozen=True, slots=True)
class Cluster:
    """What all manifests of an answer describe together, custom resources left out."""

    objects: tuple[KubernetesObject, ...]
    pods: tuple[Pod, ...]
    _places: Mapping[tuple[str, str, str], KubernetesObject]

    def of_kind(self, *kinds: str) -> Iterator[KubernetesObject]:
        """The objects of some kinds."""
        return (one for one in self.objects if one.kind in kinds)

    def find(self, kind: str, namespace: str, name: str) -> KubernetesObject | None:
        """The object in that place, if the answer describes it."""
        return self._places.get((kind, namespace, name))


def cluster(objects: Sequence[KubernetesObject]) -> Cluster:
    """The cluster of objects that follow the Kubernetes schemas."""
    pods = (
        Pod(one, inner(one.config, *TEMPLATES[one.kind]))
        for one in objects
        if one.kind in TEMPLATES
    )
    places = {(one.kind, one.namespace, one.name): one for one in objects}
    return Cluster(tuple(objects), tuple(pods), places)


def unfolded(document: Document) -> Iterator[Document]:
    """Each object of a document by itself: the items of a `List`, else the document."""
    value = document.value
    is_list = isinstance(value, YamlMap) and value.get("kind") == "List"
    if is_list and isinstance(listed := value.get("items"), YamlList):
        for item, line in zip(listed, listed.lines, strict=True):
            yield Document(document.path, line, item)
    elif value is not None:
        yield document


def without_empty(value: Any) -> Any:
    """A value without the keys that hold nothing; lines stay as they are."""
    if isinstance(value, YamlMap):
        filled = YamlMap(value.line)
        for key, held in value.items():
            if held is not None:
                filled[key], filled.lines[key] = without_empty(held), value.lines[key]
        return filled
    if isinstance(value, YamlList):
        listed = YamlList(value.line)
        listed.extend(without_empty(item) for item in value)
        listed.lines = value.lines
        return listed
    return value
