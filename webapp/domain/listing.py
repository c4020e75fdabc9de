"""Which jobs of a batch are shown or meant, and in which order."""

from dataclasses import dataclass
from enum import StrEnum

from webapp.domain.batch import JobStatus, Reason

GROWTH = 1.1  # what may match at the time of an action, over what did when it was offered


class SortKey(StrEnum):
    """What a list of jobs is in the order of."""

    SEQ = "seq"
    STATUS = "status"  # what failed first
    ARTIFACT = "artifact"
    MODEL = "model"
    TIME = "time"
    TOKENS = "tokens"
    COST = "cost"
    SCORE = "score"
    FINDINGS = "findings"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of jobs; what has no value comes last in both directions."""

    key: SortKey = SortKey.SEQ
    is_descending: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.is_descending else ''}{self.key}"


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Jobs that match each of these; what is empty asks for nothing.

    A kind is `kubernetes`, for any target, or `kubernetes@gke+harden`, exactly. A model is
    `ENDPOINT:MODEL`, or either of them alone, and matches what was asked as well as what answers.
    `text` is looked for in ids, folders, kinds, models and sentences, whatever its case.
    """

    statuses: tuple[JobStatus, ...] = ()
    reasons: tuple[Reason, ...] = ()
    kinds: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    text: str = ""
    is_stale: bool = False
    is_chosen: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether all jobs match."""
        return self == ALL


ALL = JobFilter()


@dataclass(frozen=True, slots=True)
class Selection:
    """The jobs that an action is about: those picked by number, or all that match.

    `shown` is how many the user was told there are; None where nobody was told.
    """

    picked: frozenset[int] | None = None
    matching: JobFilter = ALL
    shown: int | None = None

    def has_grown(self, number: int) -> bool:
        """Whether that many are more than the user can have meant."""
        return self.picked is None and self.shown is not None and number > self.shown * GROWTH


@dataclass(frozen=True, slots=True)
class Window:
    """The rows a page shows, by number: from one to another, or each by itself."""

    first: int
    last: int
    numbers: tuple[int, ...] | None = None

    @classmethod
    def of(cls, numbers: tuple[int, ...]) -> "Window":
        """Rows that do not stand one after another."""
        return cls(0, 0, numbers)

    def __str__(self) -> str:
        if self.numbers is not None:
            return ",".join(map(str, self.numbers)) or "-"
        return f"{self.first}-{self.last}"
