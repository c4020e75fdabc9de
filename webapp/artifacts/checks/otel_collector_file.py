"""A Collector configuration as its components and pipelines, whatever else is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap

SECTIONS = ("receivers", "processors", "exporters", "connectors", "extensions")
ENDS = ("receivers", "exporters")  # where a pipeline can have a connector


@dataclass(frozen=True, slots=True)
class Use:
    """A place that names a component."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Component:
    """One component: `section` is where it is set up, `config` what it is set up with."""

    section: str
    name: str
    line: int
    config: Any

    @property
    def type(self) -> str:
        """What it is, without the name that tells it from others of its type."""
        return self.name.partition("/")[0].strip()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One pipeline; `uses` are the components it names, by section and in their order."""

    name: str
    line: int
    uses: dict[str, tuple[Use, ...]]


@dataclass(frozen=True, slots=True)
class Collector:
    """One configuration; `extensions` are those that the service turns on."""

    path: str
    value: YamlMap
    components: tuple[Component, ...]
    pipelines: tuple[Pipeline, ...]
    extensions: tuple[Use, ...]

    def named(self, section: str) -> dict[str, Component]:
        """The components of a section by name."""
        return {one.name: one for one in self.components if one.section == section}

    @property
    def service(self) -> YamlMap:
        """What the service is set up with; empty where nothing is."""
        return mapping(self.value.get("service"))


def collector(document: Document) -> Collector:
    """The configuration in a document that is a mapping."""
    value = mapping(document.value)
    service = mapping(value.get("service"))
    pipelines = mapping(service.get("pipelines"))
    return Collector(
        document.path,
        value,
        tuple(_components(value)),
        tuple(_pipeline(name, fields, pipelines.lines[name]) for name, fields in pipelines.items()),
        _uses(service.get("extensions")),
    )


def mapping(value: Any) -> YamlMap:
    """A value if it is a mapping, else an empty one."""
    return value if isinstance(value, YamlMap) else YamlMap(0)


def _components(value: YamlMap) -> Iterator[Component]:
    for section in SECTIONS:
        listed = mapping(value.get(section))
        for name, config in listed.items():
            yield Component(section, name, listed.lines[name], config)


def _pipeline(name: str, fields: Any, line: int) -> Pipeline:
    own = mapping(fields)
    return Pipeline(name, line, {section: _uses(own.get(section)) for section in SECTIONS[:3]})


def _uses(listed: Any) -> tuple[Use, ...]:
    if not isinstance(listed, YamlList):
        return ()
    items = zip(listed, listed.lines, strict=True)
    return tuple(Use(name, line) for name, line in items if isinstance(name, str))
