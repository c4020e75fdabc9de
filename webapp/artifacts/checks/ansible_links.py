"""What Ansible's files ask of each other: handlers, templates, roles, collections."""

from collections.abc import Iterator
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.ansible_project import Project, Role, Task
from webapp.artifacts.checks.ansible_words import BUILTIN, OWN_COLLECTIONS
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "ansible/undefined-handler": Severity.ERROR,
    "ansible/missing-file": Severity.WARNING,
    "ansible/missing-role": Severity.WARNING,
    "ansible/collection-not-required": Severity.WARNING,
    "ansible/short-name": Severity.WARNING,
}
_INCLUDES = frozenset({"import_tasks", "include_tasks"})
_ROLES = frozenset({"import_role", "include_role"})
_SEPARATE = _INCLUDES | _ROLES
_PLAYBOOK_IMPORTS = ("import_playbook", "ansible.builtin.import_playbook")


def links(project: Project) -> Iterator[Finding]:
    """Names that nothing among the files declares."""
    yield from _handlers(project)
    yield from _files(project)
    yield from _roles(project)
    yield from _collections(project)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"ansible/{rule}", path, line, message)


def _named(value: Any, line: int) -> Iterator[tuple[str, int]]:
    """A name or a list of names, without those that are only known later."""
    items = zip(value, value.lines, strict=True) if isinstance(value, YamlList) else [(value, line)]
    for item, its_line in items:
        if isinstance(item, str) and "{{" not in item:
            yield item, its_line


def _handlers(project: Project) -> Iterator[Finding]:
    has_roles = any(play.get("roles") for _, play in project.plays)
    if has_roles or any(
        task.module in (_SEPARATE if task.is_handler else _ROLES) for task in project.tasks
    ):
        return  # those may have handlers of their own
    known = {
        name
        for task in project.tasks
        if task.is_handler
        for key in ("name", "listen")
        for name, _ in _named(task.config.get(key), task.line)
    }
    for task in project.tasks:
        for name, line in _named(task.config.get("notify"), task.line_of("notify")):
            if name not in known:
                message = f"There is no handler “{findings.shortened(name)}” to notify."
                yield _finding("undefined-handler", task.path, line, message)


def _files(project: Project) -> Iterator[Finding]:
    known = {ending for file in project.files for ending in _endings(file.path)}
    for path, name, line in _wanted(project):
        is_sure = name[:1] not in ("/", "") and "{{" not in name
        if is_sure and name.removeprefix("./") not in known:
            message = f"“{findings.shortened(name)}” is not among the files."
            yield _finding("missing-file", path, line, message)


def _endings(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[start:]) for start in range(len(parts)))


def _wanted(project: Project) -> Iterator[tuple[str, str, int]]:
    for task in project.tasks:
        given = task.config.get(task.key)
        if task.module == "template" and isinstance(given, YamlMap):
            yield task.path, str(given.get("src") or ""), given.lines.get("src", task.line)
        if task.module in _INCLUDES:
            name = given if isinstance(given, str) else task.arguments.get("file")
            yield task.path, str(name or ""), task.line_of(task.key)
    for path, play in project.plays:
        for key in _PLAYBOOK_IMPORTS:
            if key in play:
                yield path, str(play[key]), play.lines[key]


def _roles(project: Project) -> Iterator[Finding]:
    required = _required(project, "roles")
    own = {file.path.partition("roles/")[2].partition("/")[0] for file in project.files}
    for path, name, line in _used_roles(project):
        is_known = name in own or name in required or name.count(".") == 2
        if name and "{{" not in name and not is_known:
            message = (
                f"The role “{findings.shortened(name)}” is neither among the files nor in "
                "requirements.yml."
            )
            yield _finding("missing-role", path, line, message)


def _used_roles(project: Project) -> Iterator[tuple[str, str, int]]:
    for path, play in project.plays:
        roles = play.get("roles")
        for item, line in zip(roles or (), getattr(roles, "lines", ()), strict=True):
            given = item.get("role", item.get("name")) if isinstance(item, YamlMap) else item
            yield path, str(given or ""), line
    for task in project.tasks:
        if task.module in _ROLES:
            yield task.path, str(task.arguments.get("name") or ""), task.line_of(task.key)


def _required(project: Project, section: str) -> set[str]:
    """The names of the collections or roles in requirements.yml."""
    found = set()
    for document in project.of_role(Role.REQUIREMENTS):
        value = document.value
        items = value.get(section) if isinstance(value, YamlMap) else value
        for item in items or ():
            name = item.get("name", item.get("src")) if isinstance(item, YamlMap) else item
            found.add(str(name).partition(":")[0])
    return found


def _collections(project: Project) -> Iterator[Finding]:
    required = _required(project, "collections")
    for task in project.tasks:
        line = task.line_of(task.key)
        collection = ".".join(task.module.split(".")[:2])
        if _is_short(task):
            yield _finding("short-name", task.path, line, _full_name(task.module))
        elif "." in task.module and collection not in required and "{{" not in collection:
            message = (
                f"The module {findings.shortened(task.module)} comes from the collection "
                f"{findings.shortened(collection)}, which requirements.yml does not list."
            )
            yield _finding("collection-not-required", task.path, line, message)


def _is_short(task: Task) -> bool:
    return "." not in task.module and task.key == task.module


def _full_name(module: str) -> str:
    shown = findings.shortened(module)
    if module in BUILTIN:
        return (
            f"Name the module in full, so that no other takes its place: ansible.builtin.{shown}."
        )
    return f"“{shown}” is no module of {OWN_COLLECTIONS[0]}: name it with its collection."
