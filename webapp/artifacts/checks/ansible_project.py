"""Ansible files as what they are for: plays, tasks, handlers, variables, templates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from webapp.artifacts.checks.ansible_words import (
    ACTIONS,
    BLOCK_LISTS,
    LOOPS,
    OWN_COLLECTIONS,
    TASK_KEYWORDS,
    TASK_LISTS,
)
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap
from webapp.domain.artifact import ArtifactFile


class Role(StrEnum):
    """What a file is for, as its path says."""

    PLAYBOOK = "playbook"
    TASKS = "tasks"
    HANDLERS = "handlers"
    VARIABLES = "variables"
    INVENTORY = "inventory"
    REQUIREMENTS = "requirements"
    TEMPLATE = "template"
    OTHER = "other"


_FOLDERS = {
    **dict.fromkeys(("group_vars", "host_vars", "vars", "defaults"), Role.VARIABLES),
    "tasks": Role.TASKS,
    "handlers": Role.HANDLERS,
    **dict.fromkeys(("meta", "files"), Role.OTHER),
    **dict.fromkeys(("inventory", "inventories"), Role.INVENTORY),
}


def role_of(path: str) -> Role:
    """What a file is for."""
    *folders, name = path.split("/")
    if name.endswith(".j2"):
        return Role.TEMPLATE
    if not name.endswith((".yml", ".yaml")):
        return Role.OTHER
    stem = name.rpartition(".")[0]
    if stem == "requirements":
        return Role.REQUIREMENTS
    named = [_FOLDERS[folder] for folder in reversed(folders) if folder in _FOLDERS]
    if named:
        return named[0]
    return Role.INVENTORY if stem.split(".")[0] in ("inventory", "hosts") else Role.PLAYBOOK


@dataclass(frozen=True, slots=True)
class Task:
    """One task or handler; `module` is named in full, as far as that is known, or empty."""

    path: str
    line: int
    config: YamlMap
    key: str
    module: str
    is_handler: bool

    @property
    def arguments(self) -> YamlMap:
        """Its arguments, empty where they are one text."""
        for value in (self.config.get(self.key), self.config.get("args")):
            if isinstance(value, YamlMap):
                return value
        return YamlMap(self.line)

    @property
    def command(self) -> str:
        """The command line of a module that runs one."""
        value = self.config.get(self.key)
        given = value if isinstance(value, str) else self.arguments.get("cmd")
        return given if isinstance(given, str) else ""

    def line_of(self, key: str) -> int:
        """The line of a key of the task, or of the task."""
        return self.config.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class Project:
    """What all files of an answer describe together."""

    files: tuple[ArtifactFile, ...]
    documents: tuple[Document, ...]
    plays: tuple[tuple[str, YamlMap], ...]  # with the path of each
    tasks: tuple[Task, ...]

    def of_role(self, role: Role) -> Iterator[Document]:
        """The documents of the files of one role."""
        return (document for document in self.documents if role_of(document.path) is role)


def project(files: Sequence[ArtifactFile], documents: Sequence[Document]) -> Project:
    """The project in documents whose structure was found to be right."""
    plays = tuple(
        (document.path, play)
        for document in documents
        if role_of(document.path) is Role.PLAYBOOK
        for play in document.value
    )
    tasks = [task for path, play in plays for task in _of_play(path, play)]
    for document in documents:
        role = role_of(document.path)
        if role in (Role.TASKS, Role.HANDLERS):
            tasks += listed(document.path, document.value, role is Role.HANDLERS)
    return Project(tuple(files), tuple(documents), plays, tuple(tasks))


def _of_play(path: str, play: YamlMap) -> Iterator[Task]:
    for key in TASK_LISTS:
        yield from listed(path, play.get(key), False)
    yield from listed(path, play.get("handlers"), True)


def listed(path: str, value: Any, is_handler: bool) -> Iterator[Task]:
    """The tasks of a list, those in blocks too. YAML is read 60 levels deep at most."""
    for config in value if isinstance(value, YamlList) else ():
        if not isinstance(config, YamlMap):
            continue
        if "block" in config:
            for key in BLOCK_LISTS:
                yield from listed(path, config.get(key), is_handler)
            continue
        key = next(iter(modules(config)), "")
        yield Task(path, config.line, config, key, _module(config, key), is_handler)


def modules(config: YamlMap) -> list[str]:
    """The keys of a task that are no keyword: its module, and what should not be there."""
    return [key for key in config if key in ACTIONS or not (key in TASK_KEYWORDS or _is_loop(key))]


def _is_loop(key: str) -> bool:
    return key in LOOPS or (key.startswith("with_") and "." in key)


def _module(config: YamlMap, key: str) -> str:
    value = config.get(key)
    if key not in ACTIONS:
        name = key
    elif isinstance(value, YamlMap):
        name = str(value.get("module", ""))
    else:
        name = str(value or "").partition(" ")[0]
    for collection in OWN_COLLECTIONS:
        name = name.removeprefix(f"{collection}.")
    return name
