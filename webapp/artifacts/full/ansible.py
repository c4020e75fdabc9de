"""Playbooks as ansible-lint reads them, with its syntax check: in a sandbox, for it runs Jinja.

Ansible evaluates the templates in some places while it only reads a playbook, and a template may
call a command. So nothing with a template there is given to it, and the rest only where bubblewrap
leaves it no network and no file but ours.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks import linters, sandbox
from webapp.artifacts.checks.ansible_project import Role, role_of
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.checks.yaml_scalars import YAML_1_2
from webapp.artifacts.checks.yaml_source import YamlList, YamlMap, read
from webapp.artifacts.full.tools import Tools
from webapp.domain.artifact import ArtifactFile, Finding, Severity

TIMEOUT_S = 20.0  # twice, it leaves room below the minute that the check of an answer may take
# What it cannot know: collections and roles of others are not installed here.
_FOREIGN = frozenset({"syntax-check[unknown-module]", "syntax-check[missing-role]"})
_NAME = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.(?:ya?ml|j2)")
_FOLDER = re.compile(rf"/[^\s'\"]{{0,200}}/{sandbox.FOLDER_PREFIX}\w+/(?:project/)?")
# Read while a playbook is loaded; a variable there may itself hold a template.
_LOADED = re.compile(
    r"(?:.*\.)?(?:hosts|roles?|vars_files|(?:import|include)(?:_playbook|_role|_tasks|_vars)?)"
)
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
    if not sandbox.works_isolated():
        raise CouldNotRun("Ansible runs templates, and bubblewrap is not there to contain it")
    chosen = [file for file in files if _NAME.fullmatch(file.path)]
    if refused := _templated(chosen):
        raise CouldNotRun(f"Ansible would run the template in “{refused}”")
    said = _said(tools, chosen, needs_modules=True)
    if any(one["check_name"] in _FOREIGN for one in said):
        # It has stopped there. Without a look at modules it goes on.
        said = _said(tools, chosen, needs_modules=False)
    for one in said:
        if one["check_name"] not in _FOREIGN:
            yield _finding(chosen, one)


def _templated(files: Sequence[ArtifactFile]) -> str | None:
    """The key of a template that is evaluated while a playbook is loaded."""
    documents, unreadable = read([file for file in files if not _is_template(file)], YAML_1_2)
    if unreadable:
        return unreadable[0].path
    values: list[Any] = [document.value for document in documents]
    while values:
        value = values.pop()
        if isinstance(value, YamlMap):
            for key, inner in value.items():
                if _LOADED.fullmatch(str(key)) and _holds_template(inner):
                    return str(key)[:40]
            values += value.values()
        elif isinstance(value, YamlList):
            values += value
    return None


def _holds_template(value: Any) -> bool:
    values = [value]
    while values:
        one = values.pop()
        if isinstance(one, YamlMap):
            values += [*one.keys(), *one.values()]
        elif isinstance(one, YamlList):
            values += one
        elif isinstance(one, str) and ("{{" in one or "{%" in one):
            return True
    return False


def _is_template(file: ArtifactFile) -> bool:
    return role_of(file.path) is Role.TEMPLATE


def _said(tools: Tools, files: Sequence[ArtifactFile], needs_modules: bool) -> list[dict[str, Any]]:
    given = {f"project/{file.path}": file.content for file in files} | _CONFIGS
    playbooks = [f"project/{file.path}" for file in files if role_of(file.path) is Role.PLAYBOOK]
    # An option by its variable alone: env is a program like any other.
    words = ("/usr/bin/env", f"ANSIBLE_LINT_NODEPS={int(not needs_modules)}")
    program = (tools.python, "-I", "-m", "ansiblelint")
    command = (*words, *map(str, program), *_ARGUMENTS, *playbooks)
    outcome = tools.run("ansible-lint", command, given, timeout_s=TIMEOUT_S)
    if outcome.code not in (0, 2):  # 2 says that there are remarks
        raise CouldNotRun(f"ansible-lint gave up with code {outcome.code}")
    said: list[dict[str, Any]] = json.loads(outcome.stdout)
    return said


def _finding(files: Sequence[ArtifactFile], said: Mapping[str, Any]) -> Finding:
    rule = said["check_name"].partition("[")[0]
    name = said["location"]["path"].removeprefix("project/")
    path = name if any(file.path == name for file in files) else ""
    where = said["location"]
    begin = where["lines"]["begin"] if "lines" in where else where["positions"]["begin"]["line"]
    line = begin if path else None
    severity = Severity.ERROR if rule == "syntax-check" else Severity.NOTE
    message = linters.sentence(_FOLDER.sub("", said["description"][:1000]))
    return Finding(f"ansible-lint/{rule}", severity, path, line, message)
