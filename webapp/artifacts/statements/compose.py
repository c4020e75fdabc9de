"""What a Compose file says of the services that are built, and which it puts beside them."""

from collections.abc import Iterator, Sequence

from webapp.artifacts.checks.compose_project import Service, project
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.statements.base import Statement, Topic, backing_of, image_name, route_of
from webapp.domain.artifact import ArtifactFile


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """Ports, image, user, variables, route and name of each application, and what is beside."""
    documents, _ = read_yaml(
        [file for file in files if file.path.endswith((".yaml", ".yml"))], YAML_1_2
    )
    mappings = [one for one in documents if isinstance(one.value, YamlMap)]
    for service in project(mappings).services:
        image = str(service.config.get("image", ""))
        backing = backing_of(image) if image and "build" not in service.config else None
        yield Statement(Topic.SERVICE, service.name, service.path, service.line)
        if backing is None:
            yield from _application(service, image)
        elif backing:
            yield Statement(Topic.BACKING, backing, service.path, service.line)


def _application(service: Service, image: str) -> Iterator[Statement]:
    path = service.path
    if name := image_name(image):
        yield Statement(Topic.IMAGE, name, path, service.line_of("image"))
    user = str(service.config.get("user", "")).partition(":")[0]
    if user.isdecimal():
        yield Statement(Topic.USER, user, path, service.line_of("user"))
    for name, _, line in service.environment():
        yield Statement(Topic.ENV, name, path, line)
    for port, line in _ports(service):
        yield Statement(Topic.PORT, port, path, line)
    health = service.config.get("healthcheck")
    if isinstance(health, YamlMap) and (route := route_of(str(health.get("test", "")))):
        yield Statement(Topic.PROBE, route, path, service.line_of("healthcheck"))
    command = service.config.get("command")
    if command:
        words = " ".join(map(str, command)) if isinstance(command, list) else str(command)
        yield Statement(Topic.START, words, path, service.line_of("command"))


def _ports(service: Service) -> Iterator[tuple[str, int]]:
    """The ports of the container, published or shown to other services."""
    for item, _, line in service.entries("expose"):
        yield str(item).partition("/")[0], line
    for item, _, line in service.entries("ports"):
        inside = item.get("target", "") if isinstance(item, dict) else str(item).rpartition(":")[2]
        if (port := str(inside).partition("/")[0]).isdecimal():
            yield port, line
