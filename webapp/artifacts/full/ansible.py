"""Playbooks as ansible-lint reads them, with its syntax check: in a sandbox, for it runs Jinja.

Ansible evaluates the templates in some places while it only reads a playbook, and a template may
call a command. So it gets nothing that could, and the rest only where bubblewrap leaves it no
network and no file but ours.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks import linters, sandbox
from webapp.artifacts.checks.ansible_project import Role, role_of
from webapp.artifacts.checks.ansible_words import TASK_LISTS
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import Document, read
from webapp.artifacts.checks.yaml_walk import mappings, texts
from webapp.artifacts.full.tools import Command, Tools
from webapp.domain.artifact import ArtifactFile, Finding, Severity

TIMEOUT_S = 15.0  # two and a half times that, and the advice, stay below the minute of a check
_SEVERITY = {"syntax-check": Severity.ERROR, "args": Severity.WARNING}  # all else is advice
# What is not in the answer: collections and roles of others, values that are given later, files, of
# which the core speaks.
_FOREIGN = ("couldn't resolve module/action", "the role '", "Unable to retrieve file contents")
_UNEXPLAINED = "internal-error"
_NAME = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:ya?ml|j2)")
_FOLDER = re.compile(rf"/[^\s'\"]{{0,200}}/{sandbox.FOLDER_PREFIX}\w+/(?:project/)?")
_FAULT = re.compile(r"\[ERROR\]: ([^\n]*)")
_ORIGIN = re.compile(r"^Origin: [^\n:]*/project/([^\n:]+):(\d+):", re.MULTILINE)
# What is evaluated while a playbook is loaded: all of a play but these, and some keys elsewhere.
_LATER = frozenset({"vars", "handlers", *TASK_LISTS})
_LOADED = re.compile(
    r"(?:.*\.)?(?:(?:import|include)(?:_playbook|_role|_tasks|_vars)?"
    r"|(?:local_)?action|dependencies|roles?|vars_files)"
)
# Only these call something from within a template.
_CALLS = re.compile(r"\b(?:lookup|query|q)\b")
_ARGUMENTS = (
    *("--offline", "--nocolor", "-q", "-f", "codeclimate", "--project-dir", "project"),
    *("-c", "config.yml", "-i", "ignore.txt", "--yamllint-file", "yamllint.yml"),
)
_CONFIGS = {
    "config.yml": "profile: null\n",
    "ignore.txt": "",
    "yamllint.yml": "rules: {}\n",
}


def remarks(tools: Tools, files: Sequence[ArtifactFile]) -> Iterator[Finding]:
    """What ansible-lint says: errors where Ansible would not start, else notes.

    Takes one and a half seconds, or twice that; raises `CouldNotRun`, where bubblewrap does not
    work too.
    """
    if not (sandbox.works_isolated() if tools.is_isolated is None else tools.is_isolated):
        raise CouldNotRun("Ansible runs templates, and bubblewrap is not there to contain it")
    chosen = [file for file in files if _NAME.fullmatch(file.path)]
    if refused := _refused(chosen):
        raise CouldNotRun(f"Ansible would evaluate “{refused}”, and templates here call something")
    said = _said(tools, chosen, needs_modules=True)
    if any(_is_foreign(one["description"]) for one in said):
        # It has stopped there. Without a look at modules it goes on.
        said = _said(tools, chosen, needs_modules=False)
    if any(one["check_name"] == _UNEXPLAINED for one in said):
        yield from _syntax(tools, chosen)
    for one in said:
        if not _is_foreign(one["description"]) and one["check_name"] != _UNEXPLAINED:
            yield _finding(chosen, one)


def _is_foreign(fault: str) -> bool:
    return fault.startswith(_FOREIGN) or "is undefined" in fault


def _refused(files: Sequence[ArtifactFile]) -> str | None:
    """The key of a template that would be evaluated on loading, where any template calls something.

    It need not be the same one: a template may stand in the variable of another.
    """
    templates = [file for file in files if role_of(file.path) is Role.TEMPLATE]
    documents, _ = read([file for file in files if file not in templates], YAML_1_2)
    jinja = [text for document in documents for text in _texts(document.value) if _is_jinja(text)]
    if not any(map(_CALLS.search, (*jinja, *(file.content for file in templates)))):
        return None
    loaded = (pair for document in documents for pair in _loaded(document))
    return next((key for key, value in loaded if any(map(_is_jinja, _texts(value)))), None)


def _is_jinja(text: str) -> bool:
    return "{{" in text or "{%" in text


def _loaded(document: Document) -> Iterator[tuple[str, Any]]:
    """The keys whose values are evaluated on loading."""
    if role_of(document.path) is Role.PLAYBOOK:
        for play in document.value:
            yield from ((key, value) for key, value in play.items() if key not in _LATER)
    for mapping in mappings(document.value):
        yield from ((key, one) for key, one in mapping.items() if _LOADED.fullmatch(str(key)))


def _texts(value: Any) -> Iterator[str]:
    return (text for text, _ in texts(value, 0))


def _given(files: Sequence[ArtifactFile]) -> dict[str, str]:
    return {f"project/{file.path}": file.content for file in files} | _CONFIGS


def _playbooks(files: Sequence[ArtifactFile]) -> list[str]:
    return [f"project/{file.path}" for file in files if role_of(file.path) is Role.PLAYBOOK]


def _said(tools: Tools, files: Sequence[ArtifactFile], needs_modules: bool) -> list[dict[str, Any]]:
    # An option by its variable alone: env is a program like any other.
    words = ("/usr/bin/env", f"ANSIBLE_LINT_NODEPS={int(not needs_modules)}")
    program = (str(tools.python), "-I", "-m", "ansiblelint")
    command: Command = [*words, *program, *_ARGUMENTS, *_playbooks(files)]
    # Code 2 says that there are remarks.
    said: list[dict[str, Any]] = tools.report(
        "ansible-lint", command, _given(files), timeout_s=TIMEOUT_S, codes=(0, 2)
    )
    return said


def _syntax(tools: Tools, files: Sequence[ArtifactFile]) -> Iterator[Finding]:
    """What Ansible itself says where ansible-lint only says that it said something."""
    words = ("playbook", "--syntax-check", "-i", "localhost,", *_playbooks(files))
    command: Command = (tools.python, "-I", "-m", "ansible", *words)
    outcome = tools.run("ansible-core", command, _given(files), timeout_s=TIMEOUT_S / 2)
    said = outcome.stderr[:10_000]
    if outcome.code == 0 or not (fault := _FAULT.search(said)) or _is_foreign(fault[1]):
        return
    origin = _ORIGIN.search(said)
    path, line = (origin[1], int(origin[2])) if origin else ("", None)
    message = linters.sentence(_FOLDER.sub("", fault[1]))
    yield Finding("ansible-lint/syntax-check", Severity.ERROR, path, line, message)


def _finding(files: Sequence[ArtifactFile], said: Mapping[str, Any]) -> Finding:
    rule = said["check_name"].partition("[")[0]
    name = said["location"]["path"].removeprefix("project/")
    path = name if any(file.path == name for file in files) else ""
    where = said["location"]
    begin = where["lines"]["begin"] if "lines" in where else where["positions"]["begin"]["line"]
    line = begin if path else None
    severity = _SEVERITY.get(rule, Severity.NOTE)
    message = linters.sentence(_FOLDER.sub("", said["description"][:1000]))
    return Finding(f"ansible-lint/{rule}", severity, path, line, message)
