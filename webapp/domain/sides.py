"""What can be compared: the artifact of a job, one of its answers, or a file of a project."""

import re
from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.artifact import ArtifactFile
from webapp.domain.views import JobView

FORMS = "write job:ID, round:JOB:NUMBER or file:PROJECT:PATH"
_ID = "[0-9A-Za-z]{1,40}"
_JOB = re.compile(rf"job:({_ID})")
_ROUND = re.compile(rf"round:({_ID}):([0-9]{{1,4}})")
_FILE = re.compile(rf"file:({_ID}):([^\0]{{1,4000}})", re.DOTALL)


class SideKind(StrEnum):
    """What a side of a comparison is."""

    JOB = "job"
    ROUND = "round"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class SideAddress:
    """Where a side is found: `job:ID`, `round:JOB:NUMBER` or `file:PROJECT:PATH`.

    `id` is that of a job, or of a project. Round 0 is the first answer of a job.
    """

    kind: SideKind
    id: str
    round: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> "SideAddress":
        """Read an address; ValueError with one sentence if it is none."""
        text = text.strip()
        if found := _JOB.fullmatch(text):
            return cls(SideKind.JOB, found[1])
        if found := _ROUND.fullmatch(text):
            return cls(SideKind.ROUND, found[1], round=int(found[2]))
        if found := _FILE.fullmatch(text):
            return cls(SideKind.FILE, found[1], path=found[2])
        raise ValueError(f"This cannot be compared: {FORMS}.")

    def __str__(self) -> str:
        if self.kind is SideKind.ROUND:
            return f"round:{self.id}:{self.round}"
        return f"file:{self.id}:{self.path}" if self.kind is SideKind.FILE else f"job:{self.id}"


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its files, and whose they are. `source` is the title of a batch, or a project."""

    address: SideAddress
    files: tuple[ArtifactFile, ...]
    source: str
    job: JobView | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What else may be compared; `job` is whose artifact it is, for a job."""

    address: SideAddress
    job: JobView | None = None
