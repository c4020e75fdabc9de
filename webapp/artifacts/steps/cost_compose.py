"""Cost of Compose files: how much memory each of the project's own services may take."""

from collections.abc import Sequence

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.blueprint import App
from webapp.artifacts.checks import compose
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.steps.amounts import MEASURE, guess, is_sized_inside
from webapp.artifacts.steps.applications import applications
from webapp.artifacts.steps.compose_services import Service, owned, services
from webapp.artifacts.steps.rewriting import Edit, of_yaml
from webapp.artifacts.steps.yaml_edit import Because

_LIMITS = (("mem_limit",), ("deploy", "resources", "limits", "memory"))
_RESERVED = (("mem_reservation",), ("deploy", "resources", "reservations", "memory"))


def _change(edits: Sequence[Edit], given: BlueprintInput) -> None:
    listed = services(edits)
    own = owned(listed, applications(given))
    for service in listed:
        if not any(service.node.has(*path) for path in _LIMITS):
            _limit(service, own)
        _replicas(service)


def _limit(service: Service, own: dict[Service, App | None]) -> None:
    notes = service.edit.notes
    if service not in own:
        sentence = "{names}: what it takes depends on its data; measure it, then set a limit."
        notes.left(sentence, service.name)
    elif any(service.node.has(*path) for path in _RESERVED):
        sentence = "{names}: memory is reserved, and how far it may go beyond is not known."
        notes.left(sentence, service.name)
    elif is_sized_inside(service.node):
        sentence = "{names}: its command or environment sets its memory; set the limit above that."
        notes.left(sentence, service.name)
    else:
        _set(service, own[service])


def _set(service: Service, app: App | None) -> None:
    amount = guess(app)
    # Compose takes M for what Kubernetes calls Mi.
    memory = Because(amount.memory.removesuffix("i"), amount.why)
    wanted = {"deploy": {"resources": {"limits": {"memory": memory}}}}
    if service.edit.fill(service.node, wanted):
        notes = service.edit.notes
        sentence = f"{{names}}: at most {memory.value} of memory, {amount.why}."
        notes.done(sentence, service.name)
        notes.left(MEASURE, service.name)


def _replicas(service: Service) -> None:
    for path in (("scale",), ("deploy", "replicas")):
        count = service.node.said(*path, words=YAML_1_2)
        if type(count) is int and count > 1:
            sentence = f"{{names}}: runs {count} times, so it takes {count} times its limit."
            service.edit.notes.left(sentence, service.name)


REWRITE = of_yaml(_change, compose.check, YAML_1_2, compose.is_compose_file)
