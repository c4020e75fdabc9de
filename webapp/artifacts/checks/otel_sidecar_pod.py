"""A pod with a Collector beside an application: which container is which, and what it is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks.kubernetes_objects import (
    Cluster,
    Container,
    KubernetesObject,
    Pod,
    inner,
    items,
)
from webapp.artifacts.checks.otel_collector_file import Collector, mapping
from webapp.artifacts.checks.otel_collector_types import plain_type
from webapp.artifacts.checks.yaml_source import YamlMap

_IMAGES = ("opentelemetry-collector", "otelcol", "otel-collector", "otel/collector")
_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_USUAL_PORTS = {"grpc": 4317, "http": 4318}


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration in a ConfigMap of a file, and the path under which a Collector sees it."""

    file: str
    key: str
    line: int
    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where a receiver takes OTLP by one protocol; `port` is None where a variable holds it."""

    protocol: str
    port: int | None
    is_local: bool
    line: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a configuration makes a Collector do: where it listens, and how much memory it uses.

    `limit_mib` is the most that a memory_limiter allows, 0 where none is told a number.
    """

    addresses: tuple[Address, ...]
    is_limited: bool
    limit_mib: int


def told_by(collector: Collector) -> Told:
    """What there is to know of a configuration without faults."""
    limiters = [one for one in collector.components if plain_type(one) == "memorylimiter"]
    amounts = [mapping(one.config).get("limit_mib") for one in limiters]
    most = max((amount for amount in amounts if isinstance(amount, int)), default=0)
    return Told(tuple(_addresses(collector)), bool(limiters), most)


def is_collector(container: Container) -> bool:
    """Whether a container runs a Collector, by its image."""
    return any(name in str(container.config.get("image")) for name in _IMAGES)


def configs(cluster: Cluster, pod: Pod, container: Container) -> Iterator[Config]:
    """The files out of ConfigMaps that a container sees."""
    volumes = {
        volume.get("name"): inner(volume, "configMap") for volume in items(pod.spec, "volumes")
    }
    for mount in items(container.config, "volumeMounts"):
        source = volumes.get(mount.get("name"), YamlMap(0))
        owner = cluster.find("ConfigMap", pod.owner.namespace, str(source.get("name")))
        if owner is not None:
            yield from _seen(owner, source, mount)


def _seen(owner: KubernetesObject, source: YamlMap, mount: YamlMap) -> Iterator[Config]:
    held = inner(owner.config, "data")
    names = {item["key"]: item["path"] for item in items(source, "items")} or {k: k for k in held}
    for key, name in names.items():
        sub_path = mount.get("subPath")
        if key in held and sub_path in (None, name):
            folder = str(mount["mountPath"]).rstrip("/")
            path = folder if sub_path else f"{folder}/{name}"
            yield Config(owner.path, key, held.lines[key], held[key], path)


def told_paths(container: Container) -> list[str]:
    """The files that a Collector is started with, by `--config`."""
    words = [*container.config.get("command", ()), *container.config.get("args", ())]
    paths = []
    for word, following in zip(words, [*words, ""][1:], strict=True):
        option, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and option == "config":
            paths.append((value if equals else following).removeprefix("file:"))
    return paths


def _addresses(collector: Collector) -> Iterator[Address]:
    """Where the otlp receivers that are in use listen."""
    used = {use.name for pipeline in collector.pipelines for use in pipeline.uses["receivers"]}
    for component in collector.components:
        if component.section == "receivers" and component.type == "otlp":
            protocols = mapping(mapping(component.config).get("protocols"))
            for name in protocols if component.name in used else ():
                if name in _USUAL_PORTS:
                    yield _address(name, protocols)


def _address(protocol: str, protocols: YamlMap) -> Address:
    settings = mapping(protocols[protocol])
    if "endpoint" not in settings:
        return Address(protocol, _USUAL_PORTS[protocol], True, protocols.lines[protocol])
    host, port = split(str(settings["endpoint"]))
    return Address(protocol, port, host in _LOCAL, settings.lines["endpoint"])


def split(endpoint: str) -> tuple[str, int | None]:
    """Host and port of an address, with or without its scheme."""
    place = endpoint.partition("://")[2] or endpoint
    host, _, port = place.partition("/")[0].rpartition(":")
    return host, int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else None


def is_local(host: str) -> bool:
    """Whether a host name means the pod itself."""
    return host in _LOCAL


def variable(container: Container, name: str) -> tuple[Any, int] | None:
    """The value of a variable and its line; None as value where it comes from elsewhere."""
    for entry in items(container.config, "env"):
        if entry.get("name") == name:
            return entry.get("value"), entry.line
    return None
