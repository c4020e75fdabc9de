"""Observe Compose files: health checks on known routes, and logs that do not fill disks."""

from collections.abc import Sequence

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.blueprint import App
from webapp.artifacts.checks import compose
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.steps.applications import applications
from webapp.artifacts.steps.compose_services import Service, owned, services
from webapp.artifacts.steps.images import base_name
from webapp.artifacts.steps.programs import has_interpreter
from webapp.artifacts.steps.rewriting import Edit, of_yaml

_TIMES = {"interval": "30s", "timeout": "5s", "retries": 3, "start_period": "30s"}
_ROTATION = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
# What these have, and what says well of them whatever users and passwords they were given.
_ASKED = {
    "postgres": ["CMD-SHELL", 'pg_isready --username="$${POSTGRES_USER:-postgres}"'],
    "mysql": ["CMD", "mysqladmin", "ping", "--host=127.0.0.1", "--silent"],
    "redis": ["CMD", "redis-cli", "ping"],
    "valkey": ["CMD", "valkey-cli", "ping"],
    "rabbitmq": ["CMD", "rabbitmq-diagnostics", "--quiet", "check_port_connectivity"],
}


def _change(edits: Sequence[Edit], given: BlueprintInput) -> None:
    listed = services(edits)
    apps = applications(given)
    own = owned(listed, apps)
    for service in listed:
        _health(service, own)
        if service.edit.fill(service.node, {"logging": _ROTATION}):
            sentence = (
                "{names}: logs are kept in 3 files of 10 MB, as Docker keeps all for ever; take "
                "that out where its daemon has another driver."
            )
            service.edit.notes.done(sentence, service.name)


def _health(service: Service, own: dict[Service, App | None]) -> None:
    if service.node.get("healthcheck"):
        return
    test = _ASKED.get(base_name(service.image)) if service.is_database else None
    if service in own:
        app = own[service]
        if why := _why_not(service, app):
            service.edit.notes.left(f"{{names}}: has no healthcheck, {why}.", service.name)
        elif app:
            test = ["CMD", *app.healthcheck]
    if test and service.edit.fill(service.node, {"healthcheck": {"test": test, **_TIMES}}):
        sentence = "{names}: is asked for its health, so that others can wait for it."
        service.edit.notes.done(sentence, service.name)


def _why_not(service: Service, app: App | None) -> str | None:
    """Why nothing can ask a service of the project, as the end of a sentence."""
    if app is None:
        return "as which application it runs is not known"
    if not app.healthcheck:
        return "as no route for it is known"
    if app.listens not in service.ports and service.has_command:
        return "as nothing says that it serves"
    if not has_interpreter(app):
        return "as which program its image has to ask with is not known"
    return None


REWRITE = of_yaml(_change, compose.check, YAML_1_2, compose.is_compose_file)
