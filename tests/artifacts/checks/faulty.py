"""Samples of generated files, and the same with a fault put in."""

from collections.abc import Sequence
from pathlib import Path

from webapp.domain.artifact import ArtifactFile, Finding, Severity

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> str:
    """A good file."""
    return (SAMPLES / name).read_text(encoding="utf-8")


def faulty(text: str, old: str, new: str) -> str:
    """The text with its one `old` replaced."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def files(path: str, text: str) -> list[ArtifactFile]:
    """An answer of one file."""
    return [ArtifactFile(path, text)]


def places(findings: Sequence[Finding]) -> list[tuple[str, int | None]]:
    """Rule and line of each finding."""
    return [(finding.rule, finding.line) for finding in findings]


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that fail a job."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def line_of(text: str, mark: str) -> int:
    """The line where the one `mark` begins."""
    assert text.count(mark) == 1, f"{mark!r} stands {text.count(mark)} times"
    return text[: text.index(mark)].count("\n") + 1
