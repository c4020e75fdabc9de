"""A Helm chart: which file of an answer is what, and what its Chart.yaml may say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from webapp.artifacts.checks.helm_template import Template
from webapp.artifacts.checks.kubernetes_values import DNS_LABEL
from webapp.artifacts.checks.schema import Validator, build_validator
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import ArtifactFile

_NUMBER = "(?:0|[1-9][0-9]{0,8})"
_WORDS = r"[0-9A-Za-z-]{1,60}(?:\.[0-9A-Za-z-]{1,60}){0,9}"
_SEMVER = {
    "pattern": rf"\A{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_WORDS})?(?:\+{_WORDS})?\Z",
    "title": "a version of three numbers such as 0.1.0",
}
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


def _fields(required: Sequence[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


_CHART = _fields(
    ("apiVersion", "name", "version"),
    apiVersion={"enum": ["v2"]},
    name={"type": "string", **DNS_LABEL},
    version={"type": "string", **_SEMVER},
    appVersion=_TEXT,
    kubeVersion=_TEXT,
    description=_TEXT,
    type={"enum": ["application", "library"]},
    keywords=_TEXTS,
    home=_TEXT,
    icon=_TEXT,
    sources=_TEXTS,
    deprecated={"type": "boolean"},
    annotations={"type": "object", "additionalProperties": _TEXT},
    maintainers={"type": "array", "items": _fields(("name",), name=_TEXT, email=_TEXT, url=_TEXT)},
    dependencies={
        "type": "array",
        "items": _fields(
            ("name", "version"),
            **dict.fromkeys(("name", "version", "repository", "condition", "alias"), _TEXT),
            **{"tags": _TEXTS, "import-values": {"type": "array"}, "enabled": {"type": "boolean"}},
        ),
    },
)


@cache
def chart_validator() -> Validator:
    """The validator of a Chart.yaml, built once."""
    return build_validator(_CHART)


@dataclass(frozen=True, slots=True)
class ChartFiles:
    """The files of an answer by their part in its chart."""

    chart: ArtifactFile | None
    values: ArtifactFile | None
    templates: tuple[ArtifactFile, ...]
    ignore: ArtifactFile | None
    others: tuple[ArtifactFile, ...]

    @property
    def has_subcharts(self) -> bool:
        """Whether charts lie inside of the chart."""
        return any("/charts/" in f"/{file.path}" for file in self.others)


def chart_files(files: Sequence[ArtifactFile]) -> ChartFiles:
    """The files of the outermost chart; nothing is part of it where there is no Chart.yaml."""
    charts = [file.path for file in files if file.path.rpartition("/")[2] == "Chart.yaml"]
    if not charts:
        return ChartFiles(None, None, (), None, tuple(files))
    root = min(charts, key=lambda path: (path.count("/"), path)).removesuffix("Chart.yaml")
    named = {file.path: file for file in files}
    folder = f"{root}templates/"
    templates = tuple(file for file in files if file.path.startswith(folder))
    single = [named.get(f"{root}{name}") for name in ("Chart.yaml", "values.yaml", ".helmignore")]
    others = tuple(file for file in files if file not in (*single, *templates))
    return ChartFiles(single[0], single[1], templates, single[2], others)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart whose files could be read; `values` is empty where it has none."""

    metadata: YamlMap
    values: YamlMap
    values_path: str
    templates: tuple[Template, ...]
    has_subcharts: bool

    @property
    def foreign(self) -> frozenset[str]:
        """The names of the dependencies: what stands under them in the values is theirs."""
        found = self.metadata.get("dependencies", ())
        return frozenset(str(one.get("alias", one["name"])) for one in found)

    @property
    def is_alone(self) -> bool:
        """Whether nothing outside of its own templates can define what these include."""
        return not (self.foreign or self.has_subcharts)

    def strings_after(self, *words: str) -> Iterator[tuple[Template, int, str]]:
        """The literal names that follow some words, such as `include`, with their lines."""
        for template in self.templates:
            for action in template.actions:
                for token, name in zip(action.tokens, action.tokens[1:], strict=False):
                    if token.text in words and token.kind == "word" and name.kind == "text":
                        yield template, action.line, name.text[1:-1]
