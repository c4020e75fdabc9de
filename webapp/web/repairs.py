"""Rounds of repair as their page tells them: what each mended, what it left, and which was kept."""

from collections import Counter
from dataclasses import dataclass

from webapp.compare import Comparison, compare
from webapp.domain.artifact import Artifact, Finding, Severity
from webapp.domain.views import RoundView

Findings = tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class RoundStory:
    """A round with its errors: `left` were there before it, `new` were not, `mended` are gone.

    All errors of the first answer are new. `changes` is None for it.
    """

    round: RoundView
    mended: Findings
    left: Findings
    new: Findings
    changes: Comparison | None

    @property
    def verdict(self) -> str:
        """Whether its version was kept, and why."""
        now, before = len(self.left) + len(self.new), len(self.left) + len(self.mended)
        if self.round.base is None:
            return ""
        if self.round.is_kept and now > before:
            return "Kept: more of it could be read and checked."
        if self.round.is_kept:
            return f"Kept: {_errors(now)}, {before} before."
        if now > before:
            return f"Dropped: {_errors(now)}, {before} before."
        return "Dropped: it was no better, so the version before it was kept."


def told(round_: RoundView) -> RoundStory:
    """A round against the version it was to mend."""
    now = _errors_of(round_.artifact)
    if round_.base is None:
        return RoundStory(round_, (), (), now, None)
    before = _errors_of(round_.base)
    _, mended = _split(before, now)
    left, new = _split(now, before)
    changes = compare(round_.base.files, round_.artifact.files)
    return RoundStory(round_, mended, left, new, changes)


def _errors(number: int) -> str:
    return "1 error" if number == 1 else f"{number} errors"


def _errors_of(artifact: Artifact) -> Findings:
    return tuple(each for each in artifact.findings if each.severity is Severity.ERROR)


def _split(findings: Findings, others: Findings) -> tuple[Findings, Findings]:
    """Those that the others have too, each as often as they have it, and the rest."""
    spare = Counter(map(_fault, others))
    common: list[Finding] = []
    only: list[Finding] = []
    for finding in findings:
        fault = _fault(finding)
        (common if spare[fault] > 0 else only).append(finding)
        spare[fault] -= 1
    return tuple(common), tuple(only)


def _fault(finding: Finding) -> tuple[str, str, str]:
    """What makes it the same in two versions: its line moves when a file is changed."""
    return finding.rule, finding.path, finding.message
