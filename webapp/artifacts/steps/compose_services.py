"""The services of Compose files in hand, and which application of the project each is."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.artifacts.blueprint import App
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.steps.applications import called
from webapp.artifacts.steps.images import base_name, is_database
from webapp.artifacts.steps.rewriting import Edit
from webapp.artifacts.steps.yaml_tree import Node

_CONTAINER_PORT = re.compile(r"(?:.*:)?([0-9]{1,5})(?:/tcp)?")


@dataclass(frozen=True, slots=True)
class Service:
    """One service that has an image or a build in the file in hand."""

    edit: Edit
    name: str
    node: Node

    @property
    def image(self) -> str:
        """Its image as it is written; empty where it is only built."""
        return self.node.name("image")

    @property
    def is_built(self) -> bool:
        """Whether it is built here, so that it is the project's own."""
        return self.node.has("build")

    @property
    def is_database(self) -> bool:
        """Whether it runs an image that is known to keep data."""
        return not self.is_built and is_database(self.image)

    @property
    def folder(self) -> str:
        """The folder it is built from, empty for the top."""
        context = self.node.name("build") or self.node.name("build", "context")
        return context.removeprefix("./").strip("/.")

    @property
    def ports(self) -> set[int]:
        """The ports of its container that it publishes or exposes."""
        listed = (*self.node.listed("ports"), *self.node.listed("expose"))
        written = (port.text or port.name("target") for port in listed)
        found = (_CONTAINER_PORT.fullmatch(text) for text in written)
        return {int(match[1]) for match in found if match}

    @property
    def has_command(self) -> bool:
        """Whether it starts something else than its image says."""
        return self.node.has("command") or self.node.has("entrypoint")

    def is_true(self, *path: str) -> bool:
        """Whether a setting is on."""
        return self.node.said(*path, words=YAML_1_2) is True


def services(edits: Sequence[Edit]) -> list[Service]:
    """The services of all files; what only adds to a service of another file is left out."""
    return [
        Service(edit, name, node)
        for edit in edits
        for document in edit.documents
        for name, node in _listed(document)
        if node.kind == "map" and (node.has("image") or node.has("build"))
    ]


def _listed(document: Node) -> Iterator[tuple[str, Node]]:
    held = document.get("services")
    return held.entries() if held else iter(())


def owned(listed: Sequence[Service], apps: Sequence[App]) -> dict[Service, App | None]:
    """The project's own services, and the application that each is, where one can tell."""
    found: dict[Service, App | None] = {}
    for service in listed:
        app = called(apps, service.name, base_name(service.image)) or _built_from(service, apps)
        if service.is_built or (app and not is_database(service.image)):
            found[service] = app
    if len(found) == 1 and len(apps) == 1:
        return dict.fromkeys(found, apps[0])
    return found


def _built_from(service: Service, apps: Sequence[App]) -> App | None:
    """The one application in the folder that a service is built from."""
    lying = [app for app in apps if service.is_built and app.folder == service.folder]
    return lying[0] if len(lying) == 1 else None
