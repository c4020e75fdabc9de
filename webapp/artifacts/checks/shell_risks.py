"""What a script does that no shell finds fault with: failures, secrets, programs of strangers."""

import re
from collections.abc import Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "shell/no-shebang": Severity.WARNING,
    "shell/failures-ignored": Severity.WARNING,
    "shell/literal-secret": Severity.WARNING,
    "shell/pipe-to-shell": Severity.WARNING,
}
_SH = r"\b(?:ba|da|k|z)?sh\b"
_ADMIN = r"(?:sudo[ \t]{1,9}(?:-[\w=-]{1,40}[ \t]{1,9}){0,5})?(?:/usr)?(?:/bin/)?"
_FETCH = r"\b(?:curl|wget)\b"
_PIPED = re.compile(
    rf"{_FETCH}[^\n|;&]{{0,300}}\|\s{{0,40}}{_ADMIN}{_SH}"
    rf"|{_SH}[ \t]{{1,9}}(?:-c[ \t]{{1,9}}[\"']?\$\(|(?:<[ \t]{{1,9}})?<\()[ \t]{{0,9}}{_FETCH}"
)
_SET = re.compile(r"[ \t]{0,9}set[ \t]+(-[^\n#;|&]{1,200})")
_SHEBANG_OPTIONS = re.compile(r"#![^\n]*sh[ \t]+(-[a-z]{1,20})")
_ASSIGNED = re.compile(
    r"[ \t]{0,40}(?:(?:export|readonly|local|declare|typeset)[ \t]{1,9}(?:-\w{1,9}[ \t]{1,9})?)?"
    r"(\w{1,100})=(\"[^\"\n]{0,500}\"|'[^'\n]{0,500}'|[^\s;&|\"']{1,500})"
)
_OPTIONS = {"errexit": "e", "nounset": "u"}


def pipes_to_shell(text: str) -> bool:
    """Whether a piece of shell runs what it fetches from the network."""
    return _PIPED.search(_joined(text)) is not None


def risks(file: ArtifactFile, shell: str) -> Iterator[Finding]:
    """Risks of a script in which its shell sees none."""
    lines = file.content.split("\n")
    if not file.content.startswith("#!"):
        message = "The script has no “#!” in its first line: who runs it decides on the shell."
        yield _finding("shell/no-shebang", file, 1, message)
    missing = _missing(lines, shell)
    if missing:
        wanted = "set -euo pipefail" if shell == "bash" else "set -eu"
        message = f"The script goes on after failures ({missing}): begin with “{wanted}”."
        yield _finding("shell/failures-ignored", file, 1, message)
    for number, line in enumerate(lines, 1):
        yield from _of_line(file, number, line)
    yield from _piped(file)


def _finding(rule: str, file: ArtifactFile, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, rule, file.path, line, message)


def _missing(lines: list[str], shell: str) -> str:
    """Which of -e, -u and pipefail no `set` switches on."""
    on: set[str] = set()
    options = _SHEBANG_OPTIONS.match(lines[0])
    settings = [options[1]] if options else []
    settings += (match[1] for match in map(_SET.match, lines) if match)
    for word in (word for setting in settings for word in setting.split()):
        on |= set(word[1:]) if word.startswith("-") else {_OPTIONS.get(word, word)}
    wanted = {"e": "-e", "u": "-u", "pipefail": "pipefail"}
    if shell == "sh":
        del wanted["pipefail"]  # many a sh has none
    return ", ".join(shown for option, shown in wanted.items() if option not in on)


def _of_line(file: ArtifactFile, number: int, line: str) -> Iterator[Finding]:
    assigned = _ASSIGNED.match(line)
    if assigned is None:
        return
    name, value = assigned[1], assigned[2].strip("\"'")
    if "`" not in value and is_literal_secret(name, value):
        message = f"The value of {name} is written out: take it from the environment or a file."
        yield _finding("shell/literal-secret", file, number, message)


def _piped(file: ArtifactFile) -> Iterator[Finding]:
    lines = file.content.split("\n")
    for match in _PIPED.finditer(_joined(file.content)):
        line = file.content.count("\n", 0, match.start()) + 1
        if not lines[line - 1].lstrip().startswith("#"):
            message = "A program from the network is run unseen: fetch it, check it, run it."
            yield _finding("shell/pipe-to-shell", file, line, message)


def _joined(text: str) -> str:
    """Lines that go on in the next as one, at the same length, so that places stay."""
    return text.replace("\\\n", "  ")
