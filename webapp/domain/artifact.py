"""An artifact: the files of one answer, and what the checks found in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

SCORE_FORMULA = (
    "Without errors the score is 50 + Q, with them Q / (1 + errors). Q is 20 × the share of facts "
    "honoured + 15 / (1 + disagreements) + 15 / (1 + warnings / 4), so it is 50 at most. An answer "
    "that was cut off counts as one error more. Where no fact is asked for, all are honoured. "
    "Notes, such as advice and what the blueprint leaves open, weigh nothing, and neither does "
    "length."
)


class Severity(StrEnum):
    """How much a finding matters; only an error fails the job."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """One generated file: a relative POSIX path and its whole text."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of a check, in one sentence.

    `rule` is stable (`hadolint/DL3007`, `compose/undeclared-volume`); `line` counts from 1 and is
    None where the remark concerns the whole file.
    """

    rule: str
    severity: Severity
    path: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """What a job delivered: files, remarks of the model or the blueprint, findings.

    `honoured` says of each fact that an artifact of its kind has to show whether it does; `score`
    goes from 0 to 100, and is None where nothing was checked.
    """

    files: tuple[ArtifactFile, ...]
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    honoured: Mapping[str, bool] = field(default_factory=dict)
    score: int | None = None

    @property
    def has_error(self) -> bool:
        """Whether any finding fails the job."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def count_severities(findings: Sequence[Finding]) -> dict[Severity, int]:
    """Count findings by severity; every severity has an entry."""
    counts = dict.fromkeys(Severity, 0)
    for finding in findings:
        counts[finding.severity] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Result:
    """A checked artifact that may serve again: what the cache keeps.

    `artifact_id` is where it is stored; token counts are None where nobody counted.
    """

    artifact_id: str
    artifact: Artifact
    input_tokens: int | None
    output_tokens: int | None
