"""What a runner writes: values that the writer applies in groups, one commit a group.

Every operation names the claim it acts under; one whose claim is over changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from webapp.domain.artifact import Result
from webapp.domain.batch import JobStatus, Reason


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this runner holds."""

    id: str
    batch_id: str
    claim_no: int
    kind: str
    endpoint: str
    cache_key: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer; token counts are None where nobody counted."""

    text: str
    finish_reason: str
    input_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class StoredAnswer(Claimed):
    """A job whose check was interrupted: its answer is here, nothing needs to be sent."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class ClaimedJob(Claimed):
    """A job a lane may now run; its attempt is stored as `sent`."""

    attempt_id: str
    tries: int
    model: str
    max_tokens: int
    temperature: float | None
    seed: int | None
    never_twice: bool
    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Take the next job of a batch that is due at one of these endpoints.

    Applied, it gives a `ClaimedJob`, or an `Outlook` where there is none to take.
    """

    batch_id: str
    endpoints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left in the queue of a batch: by endpoint, when the first job is due."""

    due: dict[str, datetime | None]  # None: now


@dataclass(frozen=True, slots=True)
class Call:
    """How a call went, for its attempt; None where it was never known.

    `status` is `ok`, `error`, or `undecided` where it was given up and may have been charged.
    """

    attempt_id: str
    status: str
    started_at: datetime
    ended_at: datetime
    first_token_at: datetime | None = None
    http_status: int | None = None
    request_id: str | None = None
    error_kind: str | None = None
    sentence: str | None = None
    provider_message: str | None = None
    finish_reason: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    raw: str | None = None

    @property
    def duration_s(self) -> float:
        """Seconds from sending to the end."""
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete answer came: the job is being checked."""

    batch_id: str
    job_id: str
    claim_no: int
    call: Call
    peak_in_flight: int


@dataclass(frozen=True, slots=True)
class PutBack:
    """The job goes back to the queue, until `not_before`."""

    batch_id: str
    job_id: str
    claim_no: int
    call: Call
    peak_in_flight: int
    tries: int
    reason: Reason | None
    detail: str | None
    not_before: datetime | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The job stands still. `call` is a call that gave no answer, else the answer was stored.

    `result` is what there is to keep; where `cache_key` is set it serves the job's twins too.
    """

    batch_id: str
    job_id: str
    claim_no: int
    old: JobStatus
    status: JobStatus
    reason: Reason | None
    detail: str | None
    call: Call | None
    peak_in_flight: int
    result: Result | None
    cache_key: str | None


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The call of a job that was cancelled has been given up."""

    call: Call


@dataclass(frozen=True, slots=True)
class Progress:
    """The answer so far."""

    job_id: str
    claim_no: int
    text: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Jobs wait for an endpoint that is not set up here."""

    batch_id: str
    endpoint: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Beat:
    """The runner lives; and what its endpoints are doing: name, cap, in flight."""

    runner_id: str
    endpoints: tuple[tuple[str, int | None, int], ...]


Operation = Claim | Answered | PutBack | Ended | Abandoned | Progress | Unreachable | Beat
Applied = ClaimedJob | Outlook | bool
