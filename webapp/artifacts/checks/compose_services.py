"""Each service of a Compose project by itself: can it start, and is it safe to start."""

import re
from collections.abc import Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.compose_project import Project, Service
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "compose/no-image": Severity.ERROR,
    "compose/network-mode": Severity.ERROR,
    "compose/restart": Severity.ERROR,
    "compose/healthcheck": Severity.ERROR,
    "compose/duration": Severity.ERROR,
    "compose/privileged": Severity.ERROR,
    "compose/docker-socket": Severity.WARNING,
    "compose/host-namespace": Severity.WARNING,
    "compose/unpinned-image": Severity.WARNING,
    "compose/literal-secret": Severity.WARNING,
    "compose/obsolete-version": Severity.NOTE,
}
# Where a container comes from; `provider` and `model` services have none.
_SOURCES = frozenset({"image", "build", "extends", "provider"})
_TESTS = ("CMD", "CMD-SHELL", "NONE")
_DURATIONS = frozenset(
    {"interval", "timeout", "start_period", "start_interval", "stop_grace_period"}
)
_DURATION = re.compile(r"0|(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:ns|us|µs|ms|s|m|h|d|w))+")
_RESTART = re.compile(r"no|always|unless-stopped|on-failure(?::[0-9]+)?")


def services(project: Project) -> Iterator[Finding]:
    """Faults and risks of single services, and a `version` that nothing reads any more."""
    sourced = {service.name for service in project.services if _SOURCES & service.config.keys()}
    for service in project.services:
        if service.name not in sourced:
            message = f"{service.name} has neither an image nor a build."
            yield _finding("compose/no-image", service, service.line, message)
        yield from _start(service)
        yield from _health(service)
        yield from _durations(service)
        yield from _risks(service)
        yield from _secrets(service)
    for document in project.documents:
        if "version" in document.value:
            line = document.value.lines["version"]
            message = "Compose no longer reads “version”: leave it out."
            yield findings.make(SEVERITY, "compose/obsolete-version", document.path, line, message)


def _finding(rule: str, service: Service, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, rule, service.path, line, message)


def _start(service: Service) -> Iterator[Finding]:
    restart = str(service.config.get("restart", "no"))
    if "$" not in restart and not _RESTART.fullmatch(restart):
        message = (
            f"“{findings.shortened(restart)}” is no restart policy: allowed are no, always, "
            "on-failure and unless-stopped."
        )
        yield _finding("compose/restart", service, service.line_of("restart"), message)
    if "network_mode" in service.config and "networks" in service.config:
        message = f"{service.name} has network_mode and networks: Compose refuses both together."
        yield _finding("compose/network-mode", service, service.line_of("network_mode"), message)
    image = service.config.get("image")
    if image and "build" not in service.config and (why := why_unpinned(image)):
        message = f"The image of {service.name} {why}."
        yield _finding("compose/unpinned-image", service, service.line_of("image"), message)


def _health(service: Service) -> Iterator[Finding]:
    given = service.config.get("healthcheck")
    if not isinstance(given, YamlMap):
        return
    test = given.get("test")
    if isinstance(test, YamlList) and test and test[0] not in _TESTS:
        message = "A test that is a list begins with CMD, CMD-SHELL or NONE."
        yield _finding("compose/healthcheck", service, given.lines["test"], message)


def _durations(service: Service) -> Iterator[Finding]:
    health = service.config.get("healthcheck")
    for fields in (service.config, health if isinstance(health, YamlMap) else YamlMap(0)):
        for name in _DURATIONS & fields.keys():
            value = str(fields[name])
            if "$" not in value and not (len(value) <= 40 and _DURATION.fullmatch(value)):
                message = f"“{findings.shortened(value)}” is no time such as 1m30s."
                yield _finding("compose/duration", service, fields.lines[name], message)


def _risks(service: Service) -> Iterator[Finding]:
    if service.config.get("privileged") is True:
        message = f"{service.name} is privileged: it can do to the host whatever root can."
        yield _finding("compose/privileged", service, service.line_of("privileged"), message)
    for item, _, line in service.entries("volumes"):
        source = item.get("source", "") if isinstance(item, dict) else item
        if "docker.sock" in str(source):
            message = f"{service.name} is given the Docker socket, and with it the whole host."
            yield _finding("compose/docker-socket", service, line, message)
    for key in ("network_mode", "pid", "ipc"):
        if service.config.get(key) == "host":
            message = f"{service.name} shares a namespace with the host ({key})."
            yield _finding("compose/host-namespace", service, service.line_of(key), message)


def _secrets(service: Service) -> Iterator[Finding]:
    for name, value, line in service.environment():
        if is_literal_secret(name, value):
            message = f"The value of {name} is written out: take it from a variable or a secret."
            yield _finding("compose/literal-secret", service, line, message)
