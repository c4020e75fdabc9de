"""What the configuration of a Collector, or of Prometheus itself, scrapes and receives."""

from collections.abc import Iterator, Sequence

from webapp.artifacts.checks.kubernetes_objects import inner, items, line_of
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.statements.statement import Place, Statement, Topic
from webapp.domain.artifact import ArtifactFile


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of all files that configure a Collector or Prometheus."""
    for file in files:
        if file.path.endswith((".yaml", ".yml")):
            yield from of_text(file.path, file.content, 0)


def of_text(path: str, text: str, lines_before: int) -> Iterator[Statement]:
    """The statements of a configuration that begins after some lines of a file."""
    documents, _ = read_yaml([ArtifactFile(path, text)], YAML_1_1)
    for document in documents:
        if isinstance(document.value, YamlMap):
            for one in _of_config(Place(path), document.value):
                yield _moved(one, lines_before)


def _moved(one: Statement, lines: int) -> Statement:
    place = Place(one.path, one.about)
    return place.say(one.topic, one.value, one.line + lines, one.verb, name=one.name)


def _of_config(place: Place, config: YamlMap) -> Iterator[Statement]:
    for job in items(config, "scrape_configs"):
        yield from _job(place.path, job)
    receivers = inner(config, "receivers")
    for name, receiver in receivers.items():
        if isinstance(receiver, YamlMap) and name.partition("/")[0] == "prometheus":
            for job in items(inner(receiver, "config"), "scrape_configs"):
                yield from _job(place.path, job)
    for name, processor in inner(config, "processors").items():
        if isinstance(processor, YamlMap) and name.partition("/")[0] == "resource":
            yield from _service_names(place, processor)


def _job(path: str, job: YamlMap) -> Iterator[Statement]:
    name = job.get("job_name")
    place = Place(path, str(name or ""))
    if isinstance(name, str):
        yield place.say(Topic.JOB, name, line_of(job, "job_name"), "scrapes the job")
    if isinstance(route := job.get("metrics_path"), str):
        yield place.say(Topic.METRICS_ROUTE, route, line_of(job, "metrics_path"), "asks")
    for group in items(job, "static_configs"):
        targets = group.get("targets")
        if isinstance(targets, YamlList):
            for target, line in zip(targets, targets.lines, strict=True):
                if isinstance(target, str) and "$" not in target:
                    yield place.say(Topic.TARGET, target, line, "scrapes")


def _service_names(place: Place, processor: YamlMap) -> Iterator[Statement]:
    for attribute in items(processor, "attributes"):
        value = attribute.get("value")
        if attribute.get("key") == "service.name" and isinstance(value, str) and "$" not in value:
            yield place.say(Topic.JOB, value, line_of(attribute, "value"), "names the service")
