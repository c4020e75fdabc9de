"""What an Ansible project risks: commands run by templates, open secrets, strange file modes."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from webapp.artifacts.checks import ansible_jinja, findings
from webapp.artifacts.checks.ansible_project import Project, Role, Task, role_of
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.shell_risks import pipes_to_shell
from webapp.artifacts.checks.yaml_source import YamlMap, yaml_lines
from webapp.artifacts.checks.yaml_walk import mappings, texts
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "ansible/template": Severity.ERROR,
    "ansible/lookup": Severity.ERROR,
    "ansible/octal-mode": Severity.ERROR,
    "ansible/unquoted-mode": Severity.WARNING,
    "ansible/braces-in-condition": Severity.WARNING,
    "ansible/literal-secret": Severity.WARNING,
    "ansible/unpinned-image": Severity.WARNING,
    "ansible/command-instead-of-module": Severity.WARNING,
    "ansible/pipe-to-shell": Severity.WARNING,
    "ansible/certificates": Severity.WARNING,
    "ansible/always-changed": Severity.NOTE,
}
_LOOKUP = re.compile(r"\b(?:lookup|query|q)[ \t\n]{0,9}\(")
_READ_FIRST = frozenset({"import_tasks", "include_tasks", "import_role", "include_role"})
_CONDITIONS = ("when", "changed_when", "failed_when", "until")
_MODE = re.compile(r"\bmode[\"']?[ \t]{0,9}:[ \t]{0,9}([0-9]{1,9})\b")
_COMMANDS = frozenset({"command", "shell"})
_INSTEAD = {
    **dict.fromkeys(("apt", "apt-get"), "ansible.builtin.apt"),
    **dict.fromkeys(("dnf", "yum"), "ansible.builtin.dnf"),
    **dict.fromkeys(("useradd", "usermod"), "ansible.builtin.user"),
    **dict.fromkeys(("mkdir", "chmod", "chown"), "ansible.builtin.file"),
    "groupadd": "ansible.builtin.group",
    "service": "ansible.builtin.service",
    "wget": "ansible.builtin.get_url",
}
_UNIT_VERBS = frozenset(
    {"daemon-reload", "disable", "enable", "mask", "reload", "restart", "start", "stop", "unmask"}
)
_NO_SECRETS = frozenset({"update_password"})  # says when one is written


def templates(project: Project) -> Iterator[Finding]:
    """Jinja that is not closed, and lookups that run while Ansible only reads the files."""
    lines = {file.path: yaml_lines(file.content) for file in project.files}
    for document in project.documents:
        for text, line in texts(document.value, document.line):
            # What is marked so is never taken for a template.
            if "!unsafe" not in lines[document.path][line - 1]:
                yield from _jinja(document.path, text, line)
    for file in project.files:
        if role_of(file.path) is Role.TEMPLATE:
            yield from _template(file)
    for path, place, value, line in _read_first(project):
        for text, _ in texts(value, line):
            if _LOOKUP.search(text):
                message = (
                    f"A lookup in “{place}” is run as soon as the files are read: take it out."
                )
                yield findings.make(SEVERITY, "ansible/lookup", path, line, message)


def _jinja(path: str, text: str, line: int) -> Iterator[Finding]:
    for _, message in ansible_jinja.faults(text):
        yield findings.make(SEVERITY, "ansible/template", path, line, message)


def _template(file: ArtifactFile) -> Iterator[Finding]:
    for place, message in ansible_jinja.faults(file.content):
        line = file.content.count("\n", 0, place) + 1
        yield findings.make(SEVERITY, "ansible/template", file.path, line, message)


def _read_first(project: Project) -> Iterator[tuple[str, str, Any, int]]:
    for path, play in project.plays:
        for key in play:
            if key == "hosts" or key.endswith("import_playbook"):
                yield path, key, play[key], play.lines[key]
    for task in project.tasks:
        if task.module in _READ_FIRST:
            yield task.path, task.module, task.config.get(task.key), task.line_of(task.key)


def risks(project: Project) -> Iterator[Finding]:
    """Risks in files that Ansible takes without a word."""
    lines = {file.path: yaml_lines(file.content) for file in project.files}
    for document in project.documents:
        for mapping in mappings(document.value):
            yield from _modes(document.path, mapping, lines[document.path])
            yield from _secrets(document.path, mapping)
    for task in project.tasks:
        yield from _conditions(task)
        yield from _arguments(task)
        if task.module in _COMMANDS:
            yield from _command(task)


def _modes(path: str, mapping: YamlMap, lines: Sequence[str]) -> Iterator[Finding]:
    if not isinstance(mapping.get("mode"), int):
        return
    line = mapping.lines["mode"]
    written = _MODE.search(lines[line - 1])
    if written and written[1].startswith("0"):
        message = (
            f'A mode without quotes is a number that readers take differently: "{written[1]}".'
        )
        yield findings.make(SEVERITY, "ansible/unquoted-mode", path, line, message)
    elif written:
        message = (
            f"The mode {written[1]} is taken for a decimal number, and gives other rights than it "
            f'says: write "0{written[1]}".'
        )
        yield findings.make(SEVERITY, "ansible/octal-mode", path, line, message)


def _secrets(path: str, mapping: YamlMap) -> Iterator[Finding]:
    for name, value in mapping.items():
        if name in _NO_SECRETS or (isinstance(value, str) and "{{" in value):
            continue
        if is_literal_secret(name, value):
            message = (
                f"The value of {findings.shortened(name)} is written out: take it from a file "
                "that ansible-vault encrypts."
            )
            line = mapping.lines[name]
            yield findings.make(SEVERITY, "ansible/literal-secret", path, line, message)


def _conditions(task: Task) -> Iterator[Finding]:
    for key in _CONDITIONS:
        for text, line in texts(task.config.get(key), task.line_of(key)):
            if "{{" in text:
                message = f"“{key}” is an expression already: leave out the braces."
                rule = "ansible/braces-in-condition"
                yield findings.make(SEVERITY, rule, task.path, line, message)


def _arguments(task: Task) -> Iterator[Finding]:
    given = task.arguments
    image = given.get("image")
    if isinstance(image, str) and "{{" not in image and (why := why_unpinned(image)):
        message, line = f"The image “{findings.shortened(image)}” {why}.", given.lines["image"]
        yield findings.make(SEVERITY, "ansible/unpinned-image", task.path, line, message)
    if given.get("validate_certs") in (False, "no", "off"):
        message = "Certificates are not looked at: anybody in between can answer."
        line = given.lines["validate_certs"]
        yield findings.make(SEVERITY, "ansible/certificates", task.path, line, message)


def _command(task: Task) -> Iterator[Finding]:
    line = task.line_of(task.key)
    if pipes_to_shell(task.command):
        message = "A program from the network is run unseen: fetch it, check it, run it."
        yield findings.make(SEVERITY, "ansible/pipe-to-shell", task.path, line, message)
    if module := _instead(task.command.split(maxsplit=2)):
        message = f"There is a module for this, which changes only what has to be: {module}."
        rule = "ansible/command-instead-of-module"
        yield findings.make(SEVERITY, rule, task.path, line, message)
    elif not {"changed_when", "register"} & task.config.keys() and not _has_condition(task):
        message = "This is reported as a change each time: set “changed_when” or “creates”."
        yield findings.make(SEVERITY, "ansible/always-changed", task.path, line, message)


def _has_condition(task: Task) -> bool:
    return bool({"creates", "removes"} & task.arguments.keys())


def _instead(words: Sequence[str]) -> str | None:
    program, verb = (*words, "", "")[:2]
    if program == "systemctl":
        return "ansible.builtin.systemd_service" if verb in _UNIT_VERBS else None
    if program == "git":
        return "ansible.builtin.git" if verb == "clone" else None
    return _INSTEAD.get(program)
