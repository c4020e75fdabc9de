"""A Compose project: the application, and what it needs beside it, on one machine."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from webapp.artifacts.backing import (
    BACKING,
    Backing,
    assumed,
    is_secret,
    known,
    required,
    unknown_variables,
    value_of,
)
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    FIRST_TAG,
    UNNAMED,
    App,
    listed,
    present,
    read_app,
    unknown_name,
    unknown_port,
)
from webapp.artifacts.checks.compose import check
from webapp.artifacts.migrating import migration, unknown_migration
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- One file, compose.yaml, without “version”; “name” for the project. It describes one machine.
- Each application of the project is a service, built from the Dockerfile in its folder (build: . \
or build: ./api) and tagged with a version; every other image has a tag with at least a major \
version, never latest.
- One service for each database, queue or cache that the project really uses, with the settings \
its own image documents, and a named volume for what has to stay; every volume, network, secret \
and config that is used is declared at the top level, and nothing is declared that is not used.
- A healthcheck for every service that others wait for, with a program its image has (pg_isready, \
redis-cli ping, mysqladmin ping, mongosh, rabbitmq-diagnostics), with interval, timeout, retries \
and start_period; depends_on with condition: service_healthy. No circles.
- environment names exactly the variables that the application reads, and points them to the \
services by their names (postgres:5432, never localhost). Nothing that is secret is written out: \
${NAME:?set NAME in .env} makes Compose stop and say what is missing. The same variable gives the \
password to the database and to the address the application uses. $$ for a dollar sign itself.
- Only the port that people need is published, on 127.0.0.1 unless a proxy of another machine has \
to reach it; databases publish none. Host ports do not clash.
- Migrations are a service of their own with the image of the application, restart: "no", for \
which the application waits (condition: service_completed_successfully).
- restart: unless-stopped, init: true for the application, its root read_only with tmpfs for \
/tmp, cap_drop: [ALL], security_opt: [no-new-privileges:true]. Never privileged, never the Docker \
socket, no host network. No container_name: it forbids a second project.
- Ports and versions are quoted texts ("127.0.0.1:8000:8000"); commands are lists.
- In the notes: every variable to set in .env, and how to start."""

_CHECK_TIMES = {"interval": "10s", "timeout": "5s", "retries": 5, "start_period": "30s"}
_CLOSED = {
    "read_only": True,
    "tmpfs": ["/tmp"],  # noqa: S108 a folder in the container
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
}
LAST_PORT = 65535
FIRST_FREE_PORT = 1024  # those below belong to the system
_REQUIRED = re.compile(r"\$\{(\w+):\?")


@dataclass(frozen=True, slots=True)
class _Application:
    """One of the project's applications as a service; `host_port` is where it is reached."""

    service: str
    app: App
    host_port: int | None

    @property
    def migrating(self) -> str:
        """The service that migrates its database and ends."""
        return "migrate" if self.service == UNNAMED else f"{self.service}-migrate"

    @property
    def backing(self) -> tuple[Backing, ...]:
        return known(self.app.services, self.app.language)


def _blueprint(given: BlueprintInput) -> Template:
    apps = [read_app(facts) for facts in (given.facts, *given.others)]
    names = _names(apps) if given.others else [UNNAMED]
    applications = [_Application(*one) for one in zip(names, apps, _host_ports(apps), strict=True)]
    backing = known([name for app in apps for name in app.services])
    volumes = {service.name: None for service in backing if service.folder}
    project = {
        "name": apps[0].name,
        "services": {
            **{one.service: _app(one) for one in applications},
            **{one.migrating: _migrate(one) for one in applications if migration(one.app)},
            **{service.name: _backing(service) for service in backing},
        },
        **({"volumes": volumes} if volumes else {}),
    }
    text = yaml_file(project)
    return Template((ArtifactFile("compose.yaml", text),), _unknown(applications, text))


def _names(apps: Sequence[App]) -> list[str]:
    """A name for each: its own, with a number where it is taken."""
    taken = {backing.name for backing in BACKING.values()}
    names: list[str] = []
    for app in apps:
        numbered = (f"{app.name}-{number}" for number in count(2))
        name = next(one for one in chain((app.name,), numbered) if one not in taken)
        taken.add(name)
        names.append(name)
    return names


def _host_ports(apps: Sequence[App]) -> list[int | None]:
    """For each its own port, and the next free one where another before it has the same."""
    asked = {app.listens for app in apps}
    taken: set[int] = set()
    found: list[int | None] = []
    for app in apps:
        port = app.listens
        if port in taken:
            free = (*range(port + 1, LAST_PORT + 1), *range(FIRST_FREE_PORT, port))
            port = next(one for one in free if one not in taken | asked)
        taken |= {port} if port else set()
        found.append(port)
    return found


def _app(one: _Application) -> dict[str, Any]:
    app = one.app
    environment = _environment(one) | app.given_port
    waits = _waits(one)
    if migration(app):
        waits = {one.migrating: {"condition": "service_completed_successfully"}} | waits
    test = ["CMD", *app.healthcheck]
    return {
        "build": _build(app),
        "image": _image(one),
        "init": True,
        "restart": "unless-stopped",
        **({"ports": [f"127.0.0.1:{one.host_port}:{app.listens}"]} if app.listens else {}),
        **({"environment": environment} if environment else {}),
        **({"healthcheck": {"test": test, **_CHECK_TIMES}} if app.healthcheck else {}),
        **({"depends_on": waits} if waits else {}),
        **_CLOSED,
    }


def _migrate(one: _Application) -> dict[str, Any]:
    """What migrates the database once, before the application starts, in the same image."""
    # Compose takes a dollar sign for a variable of its own.
    command = [word.replace("$", "$$") for word in migration(one.app) or ()]
    environment, waits = _environment(one), _waits(one)
    return {
        "build": _build(one.app),
        "image": _image(one),
        "command": command,
        "restart": "no",
        **({"environment": environment} if environment else {}),
        **({"depends_on": waits} if waits else {}),
        **_CLOSED,
    }


def _environment(one: _Application) -> dict[str, str | None]:
    names = [*one.app.env, *assumed(one.app.env, one.backing)]
    return {name: _value(name, one.backing) for name in names}


def _waits(one: _Application) -> dict[str, dict[str, str]]:
    return {service.name: {"condition": "service_healthy"} for service in one.backing}


def _image(one: _Application) -> str:
    return one.app.image if one.service == UNNAMED else f"{one.service}:{FIRST_TAG}"


def _build(app: App) -> str | dict[str, str]:
    if app.folder != app.context:
        return {"context": ".", "dockerfile": f"{app.folder}/Dockerfile"}
    return f"./{app.context}" if app.context else "."


def _value(variable: str, services: Sequence[Backing]) -> str | None:
    """None hands a variable through from .env, and leaves it unset where it is not there."""
    value = value_of(variable, services)
    return required(variable) if value is None and is_secret(variable) else value


def _backing(service: Backing) -> dict[str, Any]:
    return {
        "image": service.image,
        "restart": "unless-stopped",
        **({"command": list(service.command)} if service.command else {}),
        **({"environment": dict(service.environment)} if service.environment else {}),
        "healthcheck": {"test": list(service.healthcheck), **_CHECK_TIMES},
        **({"volumes": [f"{service.name}:{service.folder}"]} if service.folder else {}),
        "security_opt": ["no-new-privileges:true"],
    }


def _unknown(applications: Sequence[_Application], text: str) -> tuple[str, ...]:
    demanded = tuple(dict.fromkeys(_REQUIRED.findall(text)))
    strange = {name for one in applications for name in one.app.services if name not in BACKING}
    handed = dict.fromkeys(
        name for one in applications for name in one.app.env if _value(name, one.backing) is None
    )
    return present(
        unknown_name(applications[0].app),
        f"Set {listed(demanded)} in .env, to letters and digits: passwords stand in addresses."
        if demanded
        else None,
        f"Set {listed(tuple(handed))} in .env where the application has no default."
        if handed
        else None,
        f"No template knows {listed(sorted(strange))}: add a service for it." if strange else None,
        *(sentence for one in applications for sentence in _unknown_of(one, len(applications))),
    )


def _unknown_of(one: _Application, applications: int) -> Iterator[str]:
    whose = f"{one.service}: " if applications > 1 else ""
    app = one.app
    said = present(
        unknown_variables(app.env, one.backing), unknown_port(app), unknown_migration(app)
    )
    yield from (f"{whose}{sentence}" for sentence in said)
    if one.host_port != one.app.listens:
        yield (
            f"Another application has port {one.app.listens} as well: {one.service} is reached at "
            f"port {one.host_port} of this machine."
        )


KIND = Kind(
    name="compose",
    title="Docker Compose file",
    expected=("compose.yaml", "compose.*.yaml", ".env*.example"),
    max_tokens=8_000,
    version=3,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    takes_all=True,
    wants=(
        FileGroup.CONTAINER,
        FileGroup.MANIFEST,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.MONITORING,
        FileGroup.README,
    ),
)
