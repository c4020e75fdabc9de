"""The files of an artifact with the findings at their lines, as the page of its job shows them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.web.code import marked_up

MOST_LINES = 2000  # of one file on a page; the download has all
_GRAVITY = {severity: place for place, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Mark:
    """A finding under its number, counted from 1 down the page.

    Those without a line on the page come first, in the list above the files.
    """

    no: int
    finding: Finding
    is_placed: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, coloured, with what the checks say of it."""

    no: int
    code: Markup
    marks: tuple[Mark, ...]

    @property
    def gravity(self) -> Severity:
        """How much the gravest finding of a line with findings matters."""
        return min((mark.finding.severity for mark in self.marks), key=_GRAVITY.__getitem__)


@dataclass(frozen=True, slots=True)
class Listing:
    """A file as a page shows it; `hidden` counts the lines left to the download."""

    path: str
    lines: tuple[Line, ...]
    size_bytes: int
    hidden: int
    findings: tuple[Finding, ...]

    @property
    def gravity(self) -> Severity | None:
        """How much its gravest finding matters; None where nothing was found."""
        found = (finding.severity for finding in self.findings)
        return min(found, key=_GRAVITY.__getitem__, default=None)


@dataclass(frozen=True, slots=True)
class Output:
    """The files of an artifact, and its findings in the order of the page."""

    files: tuple[Listing, ...]
    marks: tuple[Mark, ...]

    @property
    def gravest(self) -> list[Mark]:
        """All findings, those that matter most first."""
        return sorted(self.marks, key=lambda mark: _GRAVITY[mark.finding.severity])

    @property
    def first_error(self) -> Mark | None:
        """The first error down the page."""
        errors = (mark for mark in self.marks if mark.finding.severity is Severity.ERROR)
        return next(errors, None)


def output(artifact: Artifact) -> Output:
    """An artifact as its page shows it."""
    code = {file.path: marked_up(file.path, file.content) for file in artifact.files}
    marks = _marks(artifact, {path: len(lines[:MOST_LINES]) for path, lines in code.items()})
    at: dict[tuple[str, int | None], list[Mark]] = defaultdict(list)
    for mark in marks:
        if mark.is_placed:
            at[mark.finding.path, mark.finding.line].append(mark)
    files = (_listing(file, code[file.path], artifact.findings, at) for file in artifact.files)
    return Output(tuple(files), tuple(marks))


def _marks(artifact: Artifact, shown: dict[str, int]) -> list[Mark]:
    """The findings numbered; `shown` says how many lines of each file the page has."""
    places = {path: place for place, path in enumerate(shown)}

    def is_placed(finding: Finding) -> bool:
        return 1 <= (finding.line or 0) <= shown.get(finding.path, 0)

    def order(finding: Finding) -> tuple[int, int, int]:
        gravity = _GRAVITY[finding.severity]
        if not is_placed(finding):
            return -1, gravity, 0
        return places[finding.path], finding.line or 0, gravity

    ordered = sorted(artifact.findings, key=order)
    return [Mark(no, finding, is_placed(finding)) for no, finding in enumerate(ordered, start=1)]


def _listing(
    file: ArtifactFile,
    code: Sequence[Markup],
    findings: Sequence[Finding],
    at: dict[tuple[str, int | None], list[Mark]],
) -> Listing:
    lines = (
        Line(no, line, tuple(at.get((file.path, no), ())))
        for no, line in enumerate(code[:MOST_LINES], start=1)
    )
    return Listing(
        path=file.path,
        lines=tuple(lines),
        size_bytes=len(file.content.encode()),
        hidden=max(0, len(code) - MOST_LINES),
        findings=tuple(finding for finding in findings if finding.path == file.path),
    )
