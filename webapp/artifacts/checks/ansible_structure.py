"""The structure of Ansible's files: plays, tasks with one module each, known keywords."""

import difflib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.ansible_project import Role, modules, role_of
from webapp.artifacts.checks.ansible_words import (
    ACTIONS,
    BLOCK_KEYWORDS,
    BLOCK_LISTS,
    BUILTIN,
    IMPORT_KEYWORDS,
    OWN_COLLECTIONS,
    PLAY_KEYWORDS,
    TASK_KEYWORDS,
    TASK_LISTS,
)
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "ansible/one-document": Severity.ERROR,
    "ansible/wrong-type": Severity.ERROR,
    "ansible/unknown-keyword": Severity.ERROR,
    "ansible/no-hosts": Severity.ERROR,
    "ansible/empty-play": Severity.ERROR,
    "ansible/no-module": Severity.ERROR,
    "ansible/several-modules": Severity.ERROR,
    "ansible/unknown-module": Severity.ERROR,
}
_IMPORTS = ("import_playbook", "ansible.builtin.import_playbook")
_WORK = (*TASK_LISTS, "roles", "handlers")
_MAPPINGS = {
    Role.VARIABLES: "A file of variables is one mapping of names to values.",
    Role.INVENTORY: "An inventory is one mapping of groups.",
    Role.REQUIREMENTS: "Requirements are a mapping with “collections” or “roles”, or a list.",
}
_LISTS = {
    Role.PLAYBOOK: "A playbook is one list of plays.",
    Role.TASKS: "A file of tasks is one list.",
    Role.HANDLERS: "A file of handlers is one list.",
}
_VAULT = "$ANSIBLE_VAULT;"


def structure(documents: Sequence[Document]) -> Iterator[Finding]:
    """What Ansible would refuse to read."""
    seen: set[str] = set()
    for document in documents:
        if document.path in seen:
            message = "Ansible reads one YAML document of each file."
            yield _finding("one-document", document.path, document.line, message)
        seen.add(document.path)
        yield from _document(document, role_of(document.path))


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"ansible/{rule}", path, line, message)


def _document(document: Document, role: Role) -> Iterator[Finding]:
    path, value = document.path, document.value
    is_list = role is Role.REQUIREMENTS and isinstance(value, YamlList)
    is_vault = role is Role.VARIABLES and isinstance(value, str) and value.startswith(_VAULT)
    if role in _MAPPINGS:
        if not isinstance(value, YamlMap | None) and not is_list and not is_vault:
            yield _finding("wrong-type", path, document.line, _MAPPINGS[role])
    elif not isinstance(value, YamlList) or (role is Role.PLAYBOOK and not value):
        yield _finding("wrong-type", path, document.line, _LISTS[role])
    elif role is Role.PLAYBOOK:
        for play, line in zip(value, value.lines, strict=True):
            yield from _play(path, play, line)
    else:
        yield from _tasks(path, value, document.line, role.value)


def _play(path: str, play: Any, line: int) -> Iterator[Finding]:
    if not isinstance(play, YamlMap):
        yield _finding("wrong-type", path, line, "A play is a mapping.")
        return
    if imported := next((key for key in _IMPORTS if key in play), None):
        yield from _keywords(path, play, IMPORT_KEYWORDS | {imported}, "an imported playbook")
        return
    yield from _keywords(path, play, PLAY_KEYWORDS, "a play")
    if not play.get("hosts"):
        yield _finding("no-hosts", path, line, "This play has no “hosts” to run on.")
    if not any(play.get(key) for key in _WORK):
        yield _finding("empty-play", path, line, "This play has neither tasks nor roles.")
    for key in (*TASK_LISTS, "handlers"):
        if key in play:
            yield from _tasks(path, play[key], play.lines[key], key)
    if not isinstance(play.get("roles"), YamlList | None):
        yield _finding("wrong-type", path, play.lines["roles"], "“roles” is a list.")


def _keywords(path: str, config: YamlMap, known: Collection[str], what: str) -> Iterator[Finding]:
    for key in config:
        if key not in known:
            message = f"“{findings.shortened(key)}” is no keyword of {what}{_near(key, known)}."
            yield _finding("unknown-keyword", path, config.lines[key], message)


def _near(name: str, known: Collection[str]) -> str:
    # Sorted: of two that are as near the same is named in every process.
    near = difflib.get_close_matches(name[:40], sorted(known), 1, 0.75)
    return f" (did you mean “{near[0]}”?)" if near else ""


def _tasks(path: str, value: Any, line: int, key: str) -> Iterator[Finding]:
    if value is not None and not isinstance(value, YamlList):
        yield _finding("wrong-type", path, line, f"“{key}” is a list of tasks.")
        return
    for task, its_line in zip(value or (), getattr(value, "lines", ()), strict=True):
        if not isinstance(task, YamlMap):
            yield _finding("wrong-type", path, its_line, "A task is a mapping.")
        elif "block" in task:
            yield from _keywords(path, task, BLOCK_KEYWORDS, "a block")
            for inner in BLOCK_LISTS:
                if inner in task:
                    yield from _tasks(path, task[inner], task.lines[inner], inner)
        else:
            yield from _task(path, task, its_line)


def _task(path: str, task: YamlMap, line: int) -> Iterator[Finding]:
    named = modules(task)
    sure = [key for key in named if "." in key or key in BUILTIN or key in ACTIONS]
    strange = [key for key in named if key not in sure]
    if not sure and len(strange) == 1:
        sure, strange = strange, []  # the module of a collection, by its short name
    for key in strange:
        near = _near(key, TASK_KEYWORDS)
        message = f"“{findings.shortened(key)}” is no keyword of a task and no module{near}."
        yield _finding("unknown-keyword", path, task.lines[key], message)
    if len(sure) > 1:
        shown = " and ".join(f"“{findings.shortened(key)}”" for key in sure[:3])
        message = f"A task has one module, and this one has {shown}."
        yield _finding("several-modules", path, line, message)
    if not named:
        yield _finding("no-module", path, line, "This task names no module, so it does nothing.")
    for key in sure:
        yield from _own_module(path, key, task.lines[key])
        if isinstance(task[key], YamlList):
            message = "The arguments of a module are a mapping or one text, never a list."
            yield _finding("wrong-type", path, task.lines[key], message)


def _own_module(path: str, key: str, line: int) -> Iterator[Finding]:
    collection, _, name = key.rpartition(".")
    if collection == OWN_COLLECTIONS[0] and name not in BUILTIN:
        message = f"Ansible has no module “{findings.shortened(name)}”{_near(name, BUILTIN)}."
        yield _finding("unknown-module", path, line, message)
