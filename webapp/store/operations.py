"""What a runner writes: values that the writer applies in groups, one commit a group.

Every operation names the claim it acts under; one whose claim is over changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.domain.artifact import Finding, Result
from webapp.domain.batch import JobStatus, ModelChoice, PromptPart, Reason, Retries
from webapp.store.claimed import Allowance as Allowance
from webapp.store.claimed import Claim as Claim
from webapp.store.claimed import Claimed as Claimed
from webapp.store.claimed import ClaimedJob as ClaimedJob
from webapp.store.claimed import Outlook as Outlook
from webapp.store.claimed import Reply as Reply
from webapp.store.claimed import Round as Round
from webapp.store.claimed import StoredAnswer as StoredAnswer
from webapp.store.fallbacks import Fallback


@dataclass(frozen=True, slots=True)
class Call:
    """How a call went, for its attempt; None where it was never known.

    `status` is `ok`, `error`, or `undecided` where it was given up and may have been charged.
    `reserved` is what was held of a budget for it, and `cost` what it did cost, in micro-dollars.
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
    reserved: int = 0
    cost: int | None = None

    @property
    def duration_s(self) -> float:
        """Seconds from sending to the end."""
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer shows of its model, where its tokens were counted."""

    model: ModelChoice
    kind: str
    prompt_bytes: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete answer came: the job is being checked."""

    batch_id: str
    job_id: str
    claim_no: int
    old: JobStatus
    call: Call
    peak_in_flight: int
    seen: Seen | None = None


@dataclass(frozen=True, slots=True)
class PutBack:
    """The job goes back to the queue until `not_before`, perhaps for another model to answer."""

    batch_id: str
    job_id: str
    claim_no: int
    old: JobStatus
    call: Call
    peak_in_flight: int
    tries: int
    reason: Reason | None
    detail: str | None
    not_before: datetime | None
    model: ModelChoice  # who was called
    fallbacks: tuple[Fallback, ...] = ()  # the first of them takes over; empty: nobody does


@dataclass(frozen=True, slots=True)
class Unsent:
    """The call of a claimed job did not start: as if it had not been claimed."""

    batch_id: str
    job_id: str
    claim_no: int
    old: JobStatus
    attempt_id: str
    reserved: int
    not_before: datetime | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The job stands still. `call` is a call that gave no answer, else the answer was stored.

    `result` is what there is to keep; where `cache_key` is set it serves the job's twins too.
    `examined` is what the last answer was, where that was one of several rounds.
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
    examined: Result | None = None


@dataclass(frozen=True, slots=True)
class Repair:
    """The errors of an answer go back to its model: the job waits for its next round.

    `examined` is what the answer was, and `kept` the best of all rounds so far. `part` is sent
    besides the prompt of the job; `detail` says what is to be mended.
    """

    batch_id: str
    job_id: str
    claim_no: int
    examined: Result
    kept: Result
    part: PromptPart
    detail: str
    reserve_tokens: int
    reserve_cost: int | None


@dataclass(frozen=True, slots=True)
class Begin:
    """A job has the artifact that it starts from, which is the last part of its prompt.

    `hit` is a result that serves already.
    """

    batch_id: str
    job_id: str
    input_id: str
    part: PromptPart
    cache_key: str
    hit: Result | None


@dataclass(frozen=True, slots=True)
class Depend:
    """A job that starts from the artifact of another waits in another way, or why it is parked."""

    batch_id: str
    job_id: str
    old: JobStatus
    new: JobStatus
    why: str | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the artifact of a job disagrees on with the others of its batch.

    `findings` are all there are of it, those of its own check too.
    """

    job_id: str
    artifact_id: str
    found: tuple[Finding, ...]
    findings: tuple[Finding, ...]
    score: int


@dataclass(frozen=True, slots=True)
class Compared:
    """The artifacts of a finished batch have been compared with each other."""

    batch_id: str
    judged: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Rechecking:
    """The check of a stored answer begins anew, and no other beside it.

    It is counted before: a runner that ends during it may have ended because of it.
    """

    batch_id: str
    job_id: str
    claim_no: int


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The call of a job that was cancelled has been given up."""

    batch_id: str
    job_id: str
    call: Call


@dataclass(frozen=True, slots=True)
class Progress:
    """The answer so far."""

    batch_id: str
    job_id: str
    claim_no: int
    text: str


@dataclass(frozen=True, slots=True)
class Park:
    """No job may call a model, or with None an endpoint, until a person has mended something.

    Queued jobs of all batches go to their fallbacks, or are parked; those with one of the `spared`
    retries wait on.
    """

    endpoint: str
    model: str | None
    reason: Reason
    sentence: str
    spared: frozenset[Retries] = frozenset()


@dataclass(frozen=True, slots=True)
class PaceState:
    """How a model stands, or with an empty model a whole endpoint."""

    model: ModelChoice
    cap: int | None
    in_flight: int
    per_s: float | None = None
    until: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class SetBack:
    """The clock of this machine was set back."""

    by: timedelta


@dataclass(frozen=True, slots=True)
class Beat:
    """The runner lives; and how its models stand."""

    states: tuple[PaceState, ...]


Operation = (
    Claim
    | Answered
    | PutBack
    | Unsent
    | Ended
    | Repair
    | Begin
    | Depend
    | Compared
    | Rechecking
    | Abandoned
    | Progress
    | Park
    | SetBack
    | Beat
)
Applied = ClaimedJob | Outlook | bool
