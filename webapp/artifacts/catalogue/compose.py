"""A Compose project: the application, and what it needs beside it, on one machine."""

import re
from collections.abc import Sequence
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
from webapp.artifacts.blueprint import App, listed, present, read_app, unknown_name, unknown_port
from webapp.artifacts.checks.compose import check
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile

_INSTRUCTIONS = """\
- One file, compose.yaml, without “version”; “name” for the project. It describes one machine.
- The application is built from the Dockerfile beside it (build: .) and tagged with a version; \
every other image has a tag with at least a major version, never latest.
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
- restart: unless-stopped, init: true for the application, its root read_only with tmpfs for \
/tmp, cap_drop: [ALL], security_opt: [no-new-privileges:true]. Never privileged, never the Docker \
socket, no host network. No container_name: it forbids a second project.
- Ports and versions are quoted texts ("127.0.0.1:8000:8000"); commands are lists.
- In the notes: every variable to set in .env, and how to start."""

_CHECK_TIMES = {"interval": "10s", "timeout": "5s", "retries": 5, "start_period": "30s"}
_REQUIRED = re.compile(r"\$\{(\w+):\?")


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    services = known(app.services)
    volumes = {service.name: None for service in services if service.folder}
    project = {
        "name": app.name,
        "services": {"app": _app(app, services), **{s.name: _backing(s) for s in services}},
        **({"volumes": volumes} if volumes else {}),
    }
    text = yaml_file(project)
    return Template((ArtifactFile("compose.yaml", text),), _unknown(app, services, text))


def _app(app: App, services: Sequence[Backing]) -> dict[str, Any]:
    names = [*app.env, *assumed(app.env, services)]
    environment = {name: _value(name, services) for name in names} | app.given_port
    waits = {service.name: {"condition": "service_healthy"} for service in services}
    test = ["CMD", *app.healthcheck]
    return {
        "build": ".",
        "image": app.image,
        "init": True,
        "restart": "unless-stopped",
        **({"ports": [f"127.0.0.1:{app.listens}:{app.listens}"]} if app.listens else {}),
        **({"environment": environment} if environment else {}),
        **({"healthcheck": {"test": test, **_CHECK_TIMES}} if app.healthcheck else {}),
        **({"depends_on": waits} if waits else {}),
        "read_only": True,
        "tmpfs": ["/tmp"],  # noqa: S108 a folder in the container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }


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


def _unknown(app: App, services: Sequence[Backing], text: str) -> tuple[str, ...]:
    demanded = tuple(dict.fromkeys(_REQUIRED.findall(text)))
    handed = [name for name in app.env if _value(name, services) is None]
    strange = [name for name in app.services if name not in BACKING]
    return present(
        unknown_name(app),
        f"Set {listed(demanded)} in .env, to letters and digits: passwords stand in addresses."
        if demanded
        else None,
        f"Set {listed(handed)} in .env where the application has no default." if handed else None,
        f"No template knows {listed(strange)}: add a service for it." if strange else None,
        unknown_variables(app.env, services),
        unknown_port(app),
    )


KIND = Kind(
    name="compose",
    title="Docker Compose file",
    expected=("compose.yaml", "compose.*.yaml", ".env*.example"),
    max_tokens=8_000,
    version=1,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
)
