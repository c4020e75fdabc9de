"""What Prometheus rules say: the jobs, Deployments and time series that their queries name."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from webapp.artifacts.checks.kubernetes_objects import items
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.checks.yaml_walk import mappings
from webapp.artifacts.statements.statement import Place, Statement, Topic
from webapp.domain.artifact import ArtifactFile

_MATCHER = re.compile(r"\b(job|deployment)\s{0,3}=\s{0,3}[\"']([^\"'\n]{1,200})[\"']", re.ASCII)
_TEXTS = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'|`[^`\n]*+`")
_SERIES = re.compile(r"\b[A-Za-z_:][\w:]*+(?!\s*[(=!\w])", re.ASCII)
_MAX_EXPRESSION = 10_000


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of all files of rules, those in a PrometheusRule too."""
    chosen = [file for file in files if file.path.endswith((".yaml", ".yml"))]
    documents, _ = read_yaml(chosen, YAML_1_1)
    for document in documents:
        place = Place(document.path)
        for rule in _rules(document.value):
            if isinstance(expression := rule.get("expr"), str):
                yield from query(place, expression, rule.lines["expr"])


def _rules(value: Any) -> Iterator[YamlMap]:
    for mapping in mappings(value):
        for group in items(mapping, "groups"):
            yield from items(group, "rules")


def query(place: Place, expression: str, line: int) -> Iterator[Statement]:
    """The statements of one PromQL expression."""
    expression = expression[:_MAX_EXPRESSION]
    for label, value in _MATCHER.findall(expression):
        topic = Topic.QUERY if label == "job" else Topic.DEPLOYMENT_QUERY
        yield place.say(topic, value, line, f"asks for the {label}")
    for name in _SERIES.findall(_TEXTS.sub("", expression)):
        if "_" in name or name == "up":
            yield place.say(Topic.METRIC, name, line, "asks for")
