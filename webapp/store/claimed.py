"""Claims: what a lane asks for, and the jobs that a runner then holds, with all it needs."""

from dataclasses import dataclass, field
from datetime import datetime

from ulid import ULID

from webapp.domain.artifact import Result
from webapp.domain.batch import JobStatus, ModelChoice, Retries
from webapp.store.fallbacks import Fallback


@dataclass(frozen=True, slots=True)
class Round:
    """Where a job stands in its repair; round 0 is that of the first answer.

    `best` is the best artifact of the rounds before, with the tokens that all of them took.
    """

    number: int
    left: int
    best: Result | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this runner holds.

    `reserve_tokens` is what its call may take at most. `facts` are those that its artifact has to
    honour, as the prompts write them.
    """

    id: str
    batch_id: str
    claim_no: int
    kind: str
    endpoint: str
    model: str
    cache_key: str
    max_tokens: int
    reserve_tokens: int
    round: Round
    facts: str | None

    @property
    def choice(self) -> ModelChoice:
        """Who answers."""
        return ModelChoice(self.endpoint, self.model)

    @property
    def calling(self) -> JobStatus:
        """How its job stands while it calls."""
        return JobStatus.REPAIRING if self.round.number else JobStatus.RUNNING


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer; token counts are None where nobody counted."""

    text: str
    finish_reason: str
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class StoredAnswer(Claimed):
    """A job whose check was interrupted: its answer is here, nothing needs to be sent.

    `crashes` counts the runners that ended while they checked it alone.
    """

    crashes: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class ClaimedJob(Claimed):
    """A job a lane may now run; its attempt is stored as `sent`.

    `reserve_cost` is what its call may cost at most, in micro-dollars, and None where nobody knows.
    """

    attempt_id: str
    tries: int
    temperature: float | None
    seed: int | None
    never_twice: bool
    retries: Retries
    reserve_cost: int | None
    fallbacks: tuple[Fallback, ...]
    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """Requests and tokens that an endpoint may take in any minute; None is no bound."""

    endpoint: str
    requests: int | None
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """Take the next job of a batch that is due at one of these models.

    Applied, it gives a `ClaimedJob`, or an `Outlook` where there is none to take. `allowances` are
    of endpoints whose other calls are made by other runners too.
    """

    batch_id: str
    models: frozenset[ModelChoice]
    allowances: frozenset[Allowance] = frozenset()
    attempt_id: str = field(default_factory=lambda: str(ULID()), compare=False)  # what it will make


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left in the queue of a batch: by model, when the first job is due."""

    due: dict[ModelChoice, datetime | None]  # None: now
