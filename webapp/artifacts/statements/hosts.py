"""What playbooks and units say of an application that runs on hosts."""

import re
from collections.abc import Iterator, Mapping, Sequence

from webapp.artifacts.checks.kubernetes_objects import inner
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.checks.yaml_walk import mappings
from webapp.artifacts.statements.commands import text_of
from webapp.artifacts.statements.images import is_foreign
from webapp.artifacts.statements.statement import (
    Place,
    Statement,
    Topic,
    is_variable,
    literal,
    user_number,
)
from webapp.domain.artifact import ArtifactFile

_FILLED = re.compile(r"\{\{ {0,3}(\w{1,80}) {0,3}\}\}", re.ASCII)
_ROUTE = re.compile(r"https?://[\w.{} -]{1,100}(?::([0-9]{1,5}))?(/[\w./~%-]{0,200})?", re.ASCII)
_PORT_OPTION = re.compile(r"(?:--port[= ]|-p |[\w\]]:)([0-9]{2,5})\b", re.ASCII)
_CONTAINERS = ("docker_container", "podman_container")
_OF_UNITS = ("Environment", "EnvironmentFile")
_ASKING = ("ansible.builtin.uri", "uri")


def read_ansible(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of playbooks, roles and the variables beside them; nothing is evaluated."""
    chosen = [file for file in files if file.path.endswith((".yaml", ".yml"))]
    documents, _ = read_yaml(chosen, YAML_1_2)
    found = [(one.path, mapping) for one in documents for mapping in mappings(one.value)]
    variables = {
        name: str(value)
        for _, mapping in found
        for name, value in mapping.items()
        if isinstance(value, int) or literal(value)
    }
    for path, mapping in found:
        yield from _of_mapping(Place(path), mapping, variables)
    for file in files:
        if file.path.endswith(".j2"):
            yield from _template(file)


def _template(file: ArtifactFile) -> Iterator[Statement]:
    """The variables that a template sets: one of an environment, or of a unit."""
    place = Place(file.path)
    for number, line in enumerate(file.content.split("\n"), 1):
        name, equals, value = line.strip()[:4_000].partition("=")
        if equals and is_variable(name):
            yield from _variable(place, name, value, number)
        elif name in _OF_UNITS:
            yield from _setting(place, name, value, number)


def _of_mapping(
    place: Place, mapping: YamlMap, variables: Mapping[str, str]
) -> Iterator[Statement]:
    for name, value in mapping.items():
        line = mapping.lines[name]
        if name.endswith("_port"):
            yield from place.port(Topic.LISTENS, value, line, "sets the port")
        elif name.endswith("_image") and isinstance(value, str) and not is_foreign(value):
            yield place.say(Topic.RUNS, value, line, "runs")
        elif name.endswith(("_environment", "_env")) and isinstance(value, YamlMap):
            yield from _environment(place, value)
        elif name in _ASKING and isinstance(value, YamlMap):
            url = _FILLED.sub(lambda one: variables.get(one[1], one[0]), str(value.get("url")))
            if route := _ROUTE.fullmatch(url[:1_000]):
                if route[1]:
                    yield from place.port(Topic.REACHES, route[1], line, "asks port")
                yield place.say(Topic.HEALTH, route[2] or "/", line, "asks")
        elif name.endswith(_CONTAINERS) and isinstance(value, YamlMap):
            yield from _container(place, value)


def _environment(place: Place, given: YamlMap) -> Iterator[Statement]:
    # A template beside it may add others.
    yield place.say(Topic.OPEN_ENV, "a template", given.line, "may take variables of")
    for name, value in given.items():
        yield from _variable(place, name, value, given.lines[name])


def _container(place: Place, module: YamlMap) -> Iterator[Statement]:
    image = module.get("image")
    if not isinstance(image, str) or is_foreign(image):
        return
    yield place.say(Topic.RUNS, image, module.lines["image"], "runs")
    yield from _environment(place, inner(module, "env"))
    for key in ("ports", "published_ports"):
        for word in text_of(module.get(key)).split():
            port = word.partition("/")[0].rpartition(":")[2]
            yield from place.port(Topic.LISTENS, port, module.lines[key], "publishes")


def read_systemd(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of units of services."""
    for file in files:
        if file.path.endswith(".service"):
            place = Place(file.path)
            for number, line in enumerate(file.content.split("\n"), 1):
                name, _, value = line.strip().partition("=")
                yield from _setting(place, name.strip(), value.strip()[:4_000], number)


def _setting(place: Place, name: str, value: str, line: int) -> Iterator[Statement]:
    if name == "ExecStart":
        yield place.say(Topic.START, value.lstrip("@-:+!"), line, "starts")
        for port in _PORT_OPTION.findall(value):
            yield from place.port(Topic.LISTENS, port, line, "listens on")
    elif name == "EnvironmentFile":
        yield place.say(Topic.OPEN_ENV, value, line, "takes all variables of")
    elif name == "User" and (user := user_number(value)):
        yield place.say(Topic.USER, user, line, "runs as user")
    elif name == "Environment":
        variable, equals, setting = value.strip("\"'").partition("=")
        if equals:
            yield from _variable(place, variable, setting, line)


def _variable(place: Place, name: str, value: object, line: int) -> Iterator[Statement]:
    yield place.say(Topic.ENV, name, line, "sets")
    if name == "PORT":
        yield from place.port(Topic.REACHES, value, line, "sets PORT to")
