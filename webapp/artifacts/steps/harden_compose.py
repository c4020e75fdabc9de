"""Harden Compose files: no new rights, no capabilities, databases for this machine only."""

import re
from collections.abc import Sequence

from webapp.artifacts.base import BlueprintInput
from webapp.artifacts.checks import compose
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.steps.applications import applications
from webapp.artifacts.steps.compose_services import Service, owned, services
from webapp.artifacts.steps.rewriting import Edit, of_yaml
from webapp.artifacts.steps.yaml_tree import Node

_LOOPBACK = "127.0.0.1:"
_WITHOUT_ADDRESS = re.compile(r"(?:([0-9-]*):)?[0-9]+(?:-[0-9]+)?(?:/[a-z]+)?")
_NO_NEW_RIGHTS = "no-new-privileges:true"


def _change(edits: Sequence[Edit], given: BlueprintInput) -> None:
    listed = services(edits)
    own = owned(listed, applications(given))
    for service in listed:
        notes = service.edit.notes
        if service.is_true("privileged"):
            notes.left(
                "{names}: privileged, so nothing else would restrict it; end that first.",
                service.name,
            )
            continue
        if service in own:
            _no_new_rights(service)
            _capabilities(service)
            _read_only(service)
        elif service.is_database:
            _no_new_rights(service)
            _ports(service)
            notes.left(
                "{names}: known to start as root and to step down itself, so its user and its "
                "capabilities were left alone.",
                service.name,
            )
        else:
            notes.left(
                "{names}: what this image needs to start is not known, so its rights were left "
                "alone.",
                service.name,
            )


def _no_new_rights(service: Service) -> None:
    options = service.node.get("security_opt")
    if options is None or options.is_empty:
        added = service.edit.fill(service.node, {"security_opt": [_NO_NEW_RIGHTS]})
    else:
        added = [] if _is_restricted(options) else ["security_opt"]
        if added:
            service.edit.append(options, _NO_NEW_RIGHTS)
    if added:
        sentence = f"{{names}}: {_NO_NEW_RIGHTS}, so that no program in it gains rights by setuid."
        service.edit.notes.done(sentence, service.name)


def _is_restricted(options: Node) -> bool:
    return options.kind != "list" or any(
        item.meant.text.startswith("no-new-privileges") for item in options.items
    )


def _capabilities(service: Service) -> None:
    notes = service.edit.notes
    if service.node.name("network_mode") == "host":
        sentence = "{names}: in the network of the host, where a low port needs a capability."
        notes.left(sentence, service.name)
    elif service.edit.fill(service.node, {"cap_drop": ["ALL"]}):
        sentence = (
            "{names}: cap_drop ALL, as a program that serves needs none; if it changes owners or "
            "its user at the start, give CHOWN, SETUID and SETGID back with cap_add."
        )
        notes.done(sentence, service.name)


def _read_only(service: Service) -> None:
    if not service.node.has("read_only"):
        sentence = (
            "{names}: which folders it writes is not known; set read_only, with tmpfs for /tmp and "
            "a volume for what stays, once you know."
        )
        service.edit.notes.left(sentence, service.name)


def _ports(service: Service) -> None:
    for port in service.node.listed("ports"):
        if _is_bound(service, port):
            sentence = (
                "{names}: its port is published on 127.0.0.1 alone, as databases are no business "
                "of other machines."
            )
            service.edit.notes.done(sentence, service.name)


def _is_bound(service: Service, port: Node) -> bool:
    """Bind a published port to this machine; say whether it was not so already."""
    if port.kind == "map":
        is_open = port.has("published") and not port.get("host_ip")
        return is_open and bool(service.edit.fill(port, {"host_ip": "127.0.0.1"}))
    match = _WITHOUT_ADDRESS.fullmatch(port.text)
    if match and port.is_on_one_line:
        front = _LOOPBACK if match[1] is not None else f"{_LOOPBACK}:"
        service.edit.put_in_front(port, front)
        return True
    if "$" in port.text or port.text.startswith("0.0.0.0:"):
        sentence = "{names}: whether its port has to be open to other machines is not known."
        service.edit.notes.left(sentence, service.name)
    return False


REWRITE = of_yaml(_change, compose.check, YAML_1_2, compose.is_compose_file)
