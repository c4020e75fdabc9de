"""The commands of a service: systemd starts programs itself, and no shell reads their line."""

import re
from collections.abc import Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.systemd_directives import COMMANDS
from webapp.artifacts.checks.systemd_unit import Setting, Unit, words
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "systemd/no-command": Severity.ERROR,
    "systemd/several-commands": Severity.ERROR,
    "systemd/quote": Severity.ERROR,
    "systemd/relative-program": Severity.ERROR,
    "systemd/shell-syntax": Severity.ERROR,
    "systemd/specifier": Severity.ERROR,
    "systemd/oneshot-restart": Severity.ERROR,
    "systemd/bare-program": Severity.WARNING,
}
_PREFIXES = "@-:+!|"
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "zsh", "fish"})
_OPERATOR = re.compile(r"&&?|\|\|?|\d?>>?(?:&\d)?|<<?|\d>&\d|[&\d]?>{1,2}/\S*")
_SUBSTITUTION = re.compile(r"(?<!\$)\$\(|`|(?<!\$)\$\{\w{1,250}[^\w}]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w{0,250}=", re.ASCII)
_SPECIFIER = re.compile(r"%(.|$)")
_SPECIFIERS = frozenset("aAbBCdDEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY%")

_Found = Iterator[Finding]


def commands(one: Unit) -> _Found:
    """Commands that do not start, or not what their writer meant."""
    if one.ending == "service":
        yield from _count(one)
    for setting in one.settings:
        if setting.name in COMMANDS and setting.value:
            yield from _command(one, setting)


def _finding(rule: str, one: Unit, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"systemd/{rule}", one.path, line, message)


def _count(one: Unit) -> _Found:
    kind, starts = one.value("Type"), one.all("ExecStart")
    if not starts and not (kind == "oneshot" and one.all("ExecStop")):
        message = "The service starts nothing: ExecStart= is missing."
        yield _finding("no-command", one, one.line_of("Service"), message)
    if len(starts) > 1 and kind != "oneshot":
        message = "Only a service of Type=oneshot can have more than one ExecStart=."
        yield _finding("several-commands", one, starts[1].line, message)
    restart = one.last("Restart")
    if kind == "oneshot" and restart and restart.value in ("always", "on-success"):
        message = f"A service of Type=oneshot cannot have Restart={restart.value}."
        yield _finding("oneshot-restart", one, restart.line, message)


def _command(one: Unit, setting: Setting) -> _Found:
    listed = words(setting.value)
    if not listed:
        message = f"A quote of {setting.name}= never ends."
        yield _finding("quote", one, setting.line, message)
        return
    for letter in _SPECIFIER.findall(setting.value):
        if letter not in _SPECIFIERS:
            message = f"“%{letter}” means nothing to systemd: a percent sign itself is %%."
            yield _finding("specifier", one, setting.line, message)
    program = listed[0].lstrip(_PREFIXES)
    yield from _program(one, setting, program)
    if program.rpartition("/")[2] not in _SHELLS:
        yield from _shell_syntax(one, setting, listed)


def _program(one: Unit, setting: Setting, program: str) -> _Found:
    shown = shortened(program)
    if program[:1] in ("/", "%", "$") or _ASSIGNMENT.match(program):
        return
    if "/" in program or not program:
        message = f"{setting.name}= needs the whole path of its program, not “{shown}”."
        yield _finding("relative-program", one, setting.line, message)
    else:
        message = f"Which {shown} is started depends on the system: write its whole path."
        yield _finding("bare-program", one, setting.line, message)


def _shell_syntax(one: Unit, setting: Setting, listed: list[str]) -> _Found:
    if _ASSIGNMENT.match(listed[0].lstrip(_PREFIXES)):
        message = f"{setting.name}= sets no variables: use Environment=."
        yield _finding("shell-syntax", one, setting.line, message)
    for word in listed[1:]:
        if _OPERATOR.fullmatch(word) or _SUBSTITUTION.search(word):
            message = f"No shell reads {setting.name}=: “{shortened(word)}” is just an argument."
            yield _finding("shell-syntax", one, setting.line, message)
