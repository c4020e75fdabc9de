"""What Compose files say of the services that are the application, and which stand beside it."""

from collections.abc import Iterator, Sequence
from typing import Any

from webapp.artifacts.checks.compose_project import Service, project
from webapp.artifacts.checks.kubernetes_objects import inner, line_of
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.statements.commands import health, text_of
from webapp.artifacts.statements.images import is_foreign
from webapp.artifacts.statements.kubernetes_container import has_no_default
from webapp.artifacts.statements.statement import Place, Statement, Topic, user_number
from webapp.domain.artifact import ArtifactFile


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """The statements of all Compose files among the files, taken as one project."""
    chosen = [file for file in files if file.path.endswith((".yaml", ".yml"))]
    documents, _ = read_yaml(chosen, YAML_1_2)
    described = project([one for one in documents if isinstance(one.value, YamlMap)])
    has_build = any("build" in service.config for service in described.services)
    for service in described.services:
        place = Place(service.path, service.name)
        yield place.say(Topic.SERVICE, service.name, service.line, "calls a service")
        image = service.config.get("image")
        if _is_application(service, has_build):
            yield from _application(place, service)
        elif isinstance(image, str):
            yield place.say(Topic.BACKING, image, service.line_of("image"), "runs")


def _is_application(service: Service, has_build: bool) -> bool:
    # A service that runs once, such as one for migrations, ends before anything asks it.
    if service.config.get("restart") == "no" and "ports" not in service.config:
        return False
    if has_build:
        return "build" in service.config
    return not is_foreign(str(service.config.get("image", "")))


def _application(place: Place, service: Service) -> Iterator[Statement]:
    yield place.say(Topic.WORKLOAD, service.name, service.line, "describes the service")
    yield from _image(place, service)
    yield from _ports(place, service)
    yield from _environment(place, service)
    if user := user_number(service.config.get("user")):
        yield place.say(Topic.USER, user, service.line_of("user"), "runs as user")
    check = inner(service.config, "healthcheck")
    yield from health(place, text_of(check.get("test")), line_of(check, "test"))
    command = text_of(service.config.get("command"))
    if command:
        yield place.say(Topic.START, command[:4_000], service.line_of("command"), "starts")


def _image(place: Place, service: Service) -> Iterator[Statement]:
    build, image = service.config.get("build"), service.config.get("image")
    if isinstance(image, str):
        topic = Topic.RUNS if build is None else Topic.BUILDS
        verb = "runs" if build is None else "builds"
        yield place.say(topic, image, service.line_of("image"), verb)
    if build is not None:
        folder = _folder(build)
        if folder is not None:
            yield place.say(Topic.SOURCE, folder, service.line_of("build"), "builds from")


def _folder(build: Any) -> str | None:
    """The folder where the Dockerfile of a service lies, "" at the top; None if it is elsewhere."""
    if isinstance(build, YamlMap):
        context, file = str(build.get("context", ".")), str(build.get("dockerfile", ""))
        folder = f"{context}/{file}".rpartition("/")[0] if file else context
    else:
        folder = str(build)
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    return None if ".." in parts or set("$:") & set(folder) else "/".join(parts)


def _ports(place: Place, service: Service) -> Iterator[Statement]:
    for item, _, line in service.entries("ports"):
        if isinstance(item, YamlMap):
            port = item.get("target")
        else:
            port = str(item).partition("/")[0].rpartition(":")[2]
        yield from place.port(Topic.LISTENS, port, line, "publishes")
    for item, _, line in service.entries("expose"):
        yield from place.port(Topic.LISTENS, str(item).partition("/")[0], line, "exposes")


def _environment(place: Place, service: Service) -> Iterator[Statement]:
    if "env_file" in service.config:
        line = service.line_of("env_file")
        yield place.say(Topic.OPEN_ENV, "env_file", line, "takes all variables of")
    for name, value, line in service.environment():
        is_needed = has_no_default(name, value) or (isinstance(value, str) and ":?" in value)
        # Without a value it is handed through, and unset where it is not there.
        given = value is not None
        yield place.say(Topic.ENV, name, line, "sets", is_needed=is_needed and given)
        if name == "PORT":
            yield from place.port(Topic.REACHES, value, line, "sets PORT to")
        if name == "OTEL_SERVICE_NAME" and isinstance(value, str) and "$" not in value:
            yield place.say(Topic.JOB, value, line, "names the service")
