"""GitLab CI/CD pipelines as the jobs they describe, with what each takes from its templates."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap, yaml_lines

_NO_JOBS = frozenset(
    {"$schema", "after_script", "before_script", "cache", "default", "image", "include"}
    | {"services", "spec", "stages", "variables", "workflow"}
)
# What is looked at in a job, whether it stands there or in a template.
_INHERITED = (
    *("dependencies", "except", "needs", "only", "rules", "run", "script", "stage", "trigger"),
)
_USUAL_STAGES = ("build", "test", "deploy")
_REFERENCE = re.compile(r"!reference[ \t]{0,9}\[[ \t]{0,9}[\"']?([^\"',\]\n]{1,255})")
_PART = re.compile(r" [0-9]{1,3}/[0-9]{1,3}$|: \[[^\]]{0,255}\]$")


@dataclass(frozen=True, slots=True)
class Named:
    """A name of another job that stands in a job, and its line."""

    name: str
    line: int
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One job or template. `merged` is what of it matters, with that of its templates."""

    name: str
    line: int
    config: YamlMap
    merged: Mapping[str, Any]

    @property
    def is_template(self) -> bool:
        """Whether it never runs."""
        return self.name.startswith(".")

    def line_of(self, key: str) -> int:
        """The line of a key, or of the job where a template has it."""
        return self.config.lines.get(key, self.line)

    def names(self, key: str) -> Iterator[Named]:
        """The jobs of this pipeline that `needs` or `dependencies` names."""
        value = self.merged.get(key)
        if not isinstance(value, YamlList):
            return
        for item, line in zip(value, value.lines, strict=True):
            if isinstance(item, YamlMap) and not {"pipeline", "project"} & item.keys():
                yield Named(str(item.get("job")), line, item.get("optional") is True)
            elif isinstance(item, str):
                yield Named(_PART.sub("", item), line)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a file describes. `circle` are templates that extend each other, if any do."""

    document: Document
    jobs: Mapping[str, Job]
    stages: tuple[str, ...]
    references: tuple[Named, ...]
    circle: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is included, which could declare anything."""
        return "include" not in self.document.value


def pipeline(document: Document, text: str) -> Pipeline:
    """The pipeline in a document that follows the schema; `text` is that of its file."""
    found = {
        name: config
        for name, config in document.value.items()
        if name not in _NO_JOBS and isinstance(config, YamlMap)
    }
    graph = {name: [*reversed(extended(config))] for name, config in found.items()}
    circle: tuple[str, ...] = ()
    order: list[str] = list(found)
    try:
        order = [*TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = tuple(str(name) for name in reversed(error.args[1]))
    merged: dict[str, dict[str, Any]] = {}
    for name in order:
        merged[name] = _merged(found.get(name, {}), graph.get(name, ()), merged)
    jobs = {
        name: Job(name, document.value.lines[name], config, merged[name])
        for name, config in found.items()
    }
    return Pipeline(document, jobs, _stages(document), tuple(_references(text)), circle)


def extended(config: Mapping[str, Any]) -> list[str]:
    """The names of the templates of a job, the last the strongest."""
    value = config.get("extends")
    return [value] if isinstance(value, str) else [*(value or ())]


def _merged(
    config: Mapping[str, Any], nearest_first: Any, merged: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    own = {key: config[key] for key in _INHERITED if key in config}
    for parent in nearest_first:
        own = merged.get(parent, {}) | own
    return own


def _stages(document: Document) -> tuple[str, ...]:
    given = document.value.get("stages") or _USUAL_STAGES
    return (".pre", *(stage for stage in given if isinstance(stage, str)), ".post")


def _references(text: str) -> Iterator[Named]:
    for number, line in enumerate(yaml_lines(text), 1):
        if not line.lstrip().startswith("#"):
            for match in _REFERENCE.finditer(line):
                yield Named(match[1].strip(), number)
