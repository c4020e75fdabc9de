"""Compose files as the services they describe, whichever way each thing is written."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap

_PORTS = re.compile(
    r"(?:(?P<ip>\[[0-9a-fA-F:.]+\]|[0-9]+(?:\.[0-9]+){3}):)?(?:(?P<host>[0-9-]*):)?"
    r"(?P<container>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>[a-z]+))?"
)
_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Use:
    """A name that a service uses, and the section that has to declare it."""

    section: str
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class PublishedPorts:
    """Host ports of a service, both ends included; `address` is empty for all addresses."""

    first: int
    last: int
    address: str
    protocol: str
    line: int


@dataclass(frozen=True, slots=True)
class Service:
    """One service of one file."""

    path: str
    name: str
    line: int
    config: YamlMap

    def line_of(self, key: str) -> int:
        """The line of a key, or of the service where it has none."""
        return self.config.lines.get(key, self.line)

    def entries(self, key: str) -> Iterator[tuple[Any, Any, int]]:
        """Name (or item), value (None in a list) and line of what stands under a key."""
        value = self.config.get(key)
        if isinstance(value, YamlMap):
            for name, inner in value.items():
                yield name, inner, value.lines[name]
        elif isinstance(value, YamlList):
            for item, line in zip(value, value.lines, strict=True):
                yield item, None, line

    def environment(self) -> Iterator[tuple[str, Any, int]]:
        """Name, value and line of each variable; None where the value comes from outside."""
        for entry, value, line in self.entries("environment"):
            name, equals, text = str(entry).partition("=")
            yield name, text if equals else value, line

    def uses(self) -> Iterator[Use]:
        """Everything that has to be declared elsewhere."""
        yield from self._dependencies()
        for name, _, line in self.entries("networks"):
            if name != "default":
                yield Use("networks", str(name), line)
        for section in ("secrets", "configs"):
            for item, _, line in self.entries(section):
                if name := item.get("source") if isinstance(item, dict) else item:
                    yield Use(section, str(name), line)
        for item, _, line in self.entries("volumes"):
            if name := _named_volume(item):
                yield Use("volumes", name, line)

    def _dependencies(self) -> Iterator[Use]:
        for name, options, line in self.entries("depends_on"):
            if not isinstance(options, dict) or options.get("required", True):
                yield Use("services", str(name), line)
        for key in ("links", "volumes_from"):
            for item, _, line in self.entries(key):
                name = str(item).partition(":")[0]
                if name != "container":
                    yield Use("services", name, line)
        for key in ("network_mode", "pid", "ipc"):
            scope, _, name = str(self.config.get(key, "")).partition(":")
            if scope == "service":
                yield Use("services", name, self.line_of(key))

    def published(self) -> Iterator[PublishedPorts | int]:
        """The host ports, or the line of an entry that is no port mapping."""
        for item, _, line in self.entries("ports"):
            if isinstance(item, dict):
                host, address = str(item.get("published", "")), str(item.get("host_ip", ""))
                protocol = str(item.get("protocol", "tcp"))
            elif match := _PORTS.fullmatch(str(item)):
                host, address = match["host"] or "", match["ip"] or ""
                protocol = match["protocol"] or "tcp"
                if not _fits(host, match["container"]):
                    yield line
                    continue
            elif "$" in str(item):
                continue
            else:
                yield line
                continue
            if "$" not in host and host:
                yield _ports(host, address, protocol, line)


@dataclass(frozen=True, slots=True)
class Project:
    """What all Compose files of an answer describe together."""

    services: tuple[Service, ...]
    documents: tuple[Document, ...]

    def declared(self, section: str) -> frozenset[str]:
        """The names that a top-level section declares in any of the files."""
        return frozenset(
            name for document in self.documents for name in document.value.get(section) or ()
        )


def project(documents: Sequence[Document]) -> Project:
    """The project in documents that follow the Compose schema."""
    services = (
        Service(document.path, name, listed.lines[name], config)
        for document in documents
        if isinstance(listed := document.value.get("services"), YamlMap)
        for name, config in listed.items()
        if isinstance(config, YamlMap)
    )
    return Project(tuple(services), tuple(documents))


def _named_volume(item: Any) -> str | None:
    if isinstance(item, dict):
        source = item.get("source") if item.get("type") == "volume" else None
        return source if isinstance(source, str) and "$" not in source else None
    source, colon, target = str(item).partition(":")
    # "C:\data:/data" is a path, and "/data" alone a volume without a name.
    if not colon or not source or source[0] in "./~" or "$" in source or target[:1] == "\\":
        return None
    return source


def _span(ports: str) -> int:
    """How many ports a range holds; 0 where it is none."""
    numbers = _RANGE.fullmatch(ports)
    if numbers is None:
        return 0
    first, last = int(numbers[1]), int(numbers[2] or numbers[1])
    return last - first + 1 if 0 < first <= last <= 65535 else 0


def _fits(host: str, container: str) -> bool:
    """Whether these ports of a container can be published as those of its host."""
    wanted = _span(container)
    # Of several ports of the host one is taken for a single one of the container.
    return wanted == 1 or (wanted > 1 and _span(host) in (0, wanted))


def _ports(host: str, address: str, protocol: str, line: int) -> PublishedPorts | int:
    count = _span(host)
    if not count:
        return line
    first = int(host.partition("-")[0])
    is_every = not address.strip("[]0.:")  # all zeros, in either version of IP
    return PublishedPorts(first, first + count - 1, "" if is_every else address, protocol, line)
