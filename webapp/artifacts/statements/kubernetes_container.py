"""What the containers of a pod say; those of databases, proxies and collectors are left aside."""

from collections.abc import Iterator
from typing import Any

from webapp.artifacts.checks.kubernetes_objects import inner, items, line_of
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.artifacts.statements.commands import health, text_of
from webapp.artifacts.statements.images import is_foreign
from webapp.artifacts.statements.statement import Place, Statement, Topic, user_number

_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
_NAMES_SERVICE = "OTEL_SERVICE_NAME"


def of_application(spec: YamlMap) -> list[YamlMap]:
    """The containers of a pod that are not known to be of something else."""
    listed = items(spec, "containers")
    return [one for one in listed if not is_foreign(str(one.get("image", "")))]


def containers(place: Place, spec: YamlMap) -> Iterator[Statement]:
    """The statements of the containers of an application in a pod."""
    for config in of_application(spec):
        yield from _container(place, config)
        security = inner(config, "securityContext")
        if "runAsUser" not in security:
            security = inner(spec, "securityContext")
        if user := user_number(security.get("runAsUser")):
            yield place.say(Topic.USER, user, line_of(security, "runAsUser"), "runs as user")
    for config in items(spec, "initContainers"):
        if isinstance(image := config.get("image"), str) and not is_foreign(image):
            yield place.say(Topic.RUNS, image, line_of(config, "image"), "runs")


def _container(place: Place, config: YamlMap) -> Iterator[Statement]:
    if isinstance(image := config.get("image"), str):
        yield place.say(Topic.RUNS, image, line_of(config, "image"), "runs")
    for port in items(config, "ports"):
        line = line_of(port, "containerPort")
        yield from place.port(Topic.LISTENS, port.get("containerPort"), line, "opens")
    for probe in _PROBES:
        yield from probed(place, inner(config, probe))
    yield from variables(place, config)
    command = " ".join(text_of(config.get(key)) for key in ("command", "args")).strip()
    if command:
        key = "command" if "command" in config else "args"
        yield place.say(Topic.START, command[:4_000], line_of(config, key), "starts")


def probed(place: Place, probe: YamlMap) -> Iterator[Statement]:
    """The ports, by number, and the routes at which a probe asks."""
    for key in ("httpGet", "tcpSocket", "grpc"):
        asked = inner(probe, key)
        yield from place.port(Topic.REACHES, asked.get("port"), line_of(asked, "port"), "probes")
    asked = inner(probe, "httpGet")
    if isinstance(path := asked.get("path"), str):
        yield place.say(Topic.HEALTH, path.partition("?")[0], line_of(asked, "path"), "asks")
    called = inner(probe, "exec")
    yield from health(place, text_of(called.get("command")), line_of(called, "command"))


def variables(place: Place, config: YamlMap) -> Iterator[Statement]:
    """The variables that a container is given, and the Secrets they come from."""
    if "envFrom" in config:
        line = config.lines["envFrom"]
        yield place.say(Topic.OPEN_ENV, "envFrom", line, "takes all variables of")
    for variable in items(config, "env"):
        if isinstance(name := variable.get("name"), str):
            yield from _variable(place, name, variable)


def _variable(place: Place, name: str, variable: YamlMap) -> Iterator[Statement]:
    line = line_of(variable, "name")
    value, source = variable.get("value"), inner(variable, "valueFrom")
    reference = inner(source, "secretKeyRef")
    setting = inner(source, "configMapKeyRef")
    is_optional = True in (reference.get("optional"), setting.get("optional"))
    is_needed = bool(reference or setting) and not is_optional
    yield place.say(
        Topic.ENV, name, line, "sets", is_needed=is_needed or has_no_default(name, value)
    )
    if name == "PORT":
        yield from place.port(Topic.REACHES, value, line, "sets PORT to")
    if name == _NAMES_SERVICE and isinstance(value, str) and "$" not in value:
        yield place.say(Topic.JOB, value, line, "names the service")
    if isinstance(secret := reference.get("name"), str) and isinstance(reference.get("key"), str):
        kept = f"{secret}/{reference['key']}"
        line = line_of(reference, "key")
        yield place.say(Topic.KEY, kept, line, f"takes {name} from", name=name)


def has_no_default(name: str, value: Any) -> bool:
    """Whether a variable leads elsewhere or is secret: none that a program could do without."""
    if name.startswith("OTEL_"):
        return False
    is_address = isinstance(value, str) and "://" in value and "localhost" not in value
    return is_address or is_literal_secret(name, "text")
