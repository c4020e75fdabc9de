"""What a chart says: its values, and what stands in its templates without being rendered.

A line of a template counts where its value is a literal or one plain path into the values.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from webapp.artifacts.checks.helm_chart import chart_files
from webapp.artifacts.checks.kubernetes_objects import items, line_of
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.statements.images import is_foreign
from webapp.artifacts.statements.kubernetes_container import probed
from webapp.artifacts.statements.statement import (
    Place,
    Statement,
    Topic,
    is_variable,
    port_number,
    user_number,
)
from webapp.domain.artifact import ArtifactFile

MAX_LINE = 400
_LINE = re.compile(r"[ \t]{0,80}(?:-[ \t]{1,9})?([A-Za-z]\w{0,60}):[ \t]{1,9}(\S.*)", re.ASCII)
_VALUE = re.compile(
    r"[\"']?\{\{-? {0,3}\$?\.Values\.([\w.]{1,200}) {0,3}(?:\|[^}\n]{0,100})?-?\}\}[\"']?", re.ASCII
)
_PORTS = {
    "containerPort": (Topic.LISTENS, "opens"),
    "targetPort": (Topic.REACHES, "sends to"),
}


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of the outermost chart among the files."""
    found = chart_files(files)
    sources = [file for file in (found.chart, found.values) if file]
    documents, _ = read_yaml(sources, YAML_1_1)
    by_path = {one.path: one.value for one in documents if isinstance(one.value, YamlMap)}
    metadata = by_path.get(found.chart.path if found.chart else "", YamlMap(1))
    values = by_path.get(found.values.path if found.values else "", YamlMap(1))
    name = str(metadata.get("name", ""))
    if found.chart:
        place = Place(found.chart.path, name)
        yield place.say(Topic.WORKLOAD, name, line_of(metadata, "name"), "describes the chart")
    made: list[Statement] = []
    if found.values:
        made += _values(Place(found.values.path, name), values, metadata)
    for file in found.templates:
        made += _template(Place(file.path, name), file.content, values)
    yield from made
    if not any(one.topic is Topic.ENV for one in made):
        place = Place(found.values.path if found.values else "", name)
        yield place.say(Topic.OPEN_ENV, "its users", values.line, "may take variables of")


def _values(place: Place, values: YamlMap, metadata: YamlMap) -> Iterator[Statement]:
    foreign = {str(one.get("alias", one.get("name"))) for one in items(metadata, "dependencies")}
    waiting: list[tuple[str, Any]] = [
        (key, value) for key, value in values.items() if key not in foreign
    ]
    yield from _mapping(place, values, "", metadata)
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, YamlMap):
            yield from _mapping(place, value, key, metadata)
            waiting += value.items()
        elif isinstance(value, YamlList):
            yield from _names(place, value, key)
            waiting += ((key, item) for item in value)


def _mapping(place: Place, value: YamlMap, key: str, metadata: YamlMap) -> Iterator[Statement]:
    yield from _image(place, value, key, metadata)
    for name, (topic, verb) in _PORTS.items():
        yield from place.port(topic, value.get(name), line_of(value, name), verb)
    if user := user_number(value.get("runAsUser")):
        yield place.say(Topic.USER, user, line_of(value, "runAsUser"), "runs as user")
    yield from probed(place, value)
    for name, setting in value.items():
        if is_variable(name):
            line = value.lines[name]
            yield _variable(place, name, line, is_secret="secret" in key.lower())
            if name == "PORT":
                yield from place.port(Topic.REACHES, setting, line, "sets PORT to")
    named = value.get("name")
    if isinstance(named, str) and is_variable(named):
        yield _variable(place, named, line_of(value, "name"))
    if isinstance(named, str) and named and "secret" in key.lower():
        yield from _secret(place, named, value.get("keys"))
    if value.get("envFrom"):
        yield place.say(Topic.OPEN_ENV, "envFrom", value.lines["envFrom"], "takes all variables of")


def _variable(place: Place, name: str, line: int, *, is_secret: bool = False) -> Statement:
    is_needed = is_secret or is_literal_secret(name, "text")
    return place.say(Topic.ENV, name, line, "sets", is_needed=is_needed)


def _image(place: Place, value: YamlMap, key: str, metadata: YamlMap) -> Iterator[Statement]:
    repository = value.get("repository")
    if key.lower().endswith("image") and isinstance(repository, str) and repository:
        tag = value.get("tag") or metadata.get("appVersion") or ""
        image = f"{repository}:{tag}".removesuffix(":")
        line = line_of(value, "repository")
    elif isinstance(value.get("image"), str) and value["image"]:
        image, line = value["image"], line_of(value, "image")
    else:
        return
    if not is_foreign(image):
        yield place.say(Topic.RUNS, image, line, "runs")


def _names(place: Place, listed: YamlList, key: str) -> Iterator[Statement]:
    for item, line in zip(listed, listed.lines, strict=True):
        if isinstance(item, str) and is_variable(item):
            yield _variable(place, item, line, is_secret=key == "keys" or "secret" in key.lower())


def _secret(place: Place, secret: str, keys: Any) -> Iterator[Statement]:
    if isinstance(keys, YamlList):
        for item, line in zip(keys, keys.lines, strict=True):
            if isinstance(item, str):
                verb = f"takes {item} from"
                yield place.say(Topic.KEY, f"{secret}/{item}", line, verb, name=item)


def _template(place: Place, text: str, values: YamlMap) -> Iterator[Statement]:
    asked = -9  # the line of the last httpGet
    for number, line in enumerate(text.split("\n"), 1):
        if "httpGet:" in line:
            asked = number
        elif "envFrom:" in line:
            yield place.say(Topic.OPEN_ENV, "envFrom", number, "takes all variables of")
        elif (match := _LINE.match(line[:MAX_LINE])) and (value := _resolved(match[2], values)):
            yield from _entry(place, match[1], value, number, is_probe=number - asked <= 3)


def _resolved(text: str, values: YamlMap) -> str | None:
    """The value of a line, if it is a literal or a path into the values that leads to one."""
    text = text.strip()
    if "{{" not in text:
        return text.partition(" #")[0].strip("\"' ")
    match = _VALUE.fullmatch(text)
    found: Any = values
    for key in match[1].split(".") if match else ():
        found = found.get(key) if isinstance(found, YamlMap) else None
    return str(found) if match and isinstance(found, str | int) else None


def _entry(place: Place, key: str, value: str, line: int, *, is_probe: bool) -> Iterator[Statement]:
    if key in _PORTS:
        topic, verb = _PORTS[key]
        yield from place.port(topic, value, line, verb)
    elif key == "runAsUser" and (user := user_number(value)):
        yield place.say(Topic.USER, user, line, "runs as user")
    elif key == "path" and is_probe and value.startswith("/"):
        yield place.say(Topic.HEALTH, value, line, "asks")
    elif key == "port" and is_probe and port_number(value):
        yield from place.port(Topic.REACHES, value, line, "probes")
    elif key == "name" and is_variable(value):
        yield _variable(place, value, line)
    elif key == "image" and not is_foreign(value):
        yield place.say(Topic.RUNS, value, line, "runs")
