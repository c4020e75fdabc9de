"""Batches, jobs and plans as the pages show them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.domain.artifact import Artifact, Severity
from webapp.domain.batch import (
    BLUEPRINT,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
    Policy,
    PromptPart,
    Reason,
    Retries,
)
from webapp.domain.project import Mask, SentFile


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch as the pages show it. Times are UTC; `call_s` sums the durations of all calls.

    Money is in micro-dollars: `reserved_microusd` is held for calls in flight and for those that
    nobody knows the cost of; `unpriced` counts the latter.
    """

    id: str
    title: str
    brief: str
    mode: Mode
    concurrency: int
    version: int
    counts: Mapping[JobStatus, int]
    cached: int
    input_tokens: int
    output_tokens: int
    peak_in_flight: int
    call_s: float
    project_id: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    policy: Policy = Policy.FINISH_ALL
    retries: Retries = Retries.DEFAULT
    budget_microusd: int | None = None
    cost_microusd: int = 0
    reserved_microusd: int = 0
    unpriced: int = 0
    kinds: tuple[str, ...] = ()  # as `KIND@TARGET+STEP`, in the order of the submit
    models: tuple[ModelChoice, ...] = ()  # that may answer
    saved_microusd: int = 0  # what results from the cache would have cost
    is_judged: bool = True  # False while its artifacts have still to be compared with each other

    @property
    def total(self) -> int:
        """Jobs in all."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Jobs that can still change by themselves."""
        return sum(count for status, count in self.counts.items() if status.is_open)

    @property
    def done(self) -> int:
        """Jobs that stand still: finished, parked or cancelled."""
        return self.total - self.open

    @property
    def is_finished(self) -> bool:
        """Whether no job can change by itself any more."""
        return self.open == 0

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it will change by itself any more, the findings included."""
        return self.is_finished and self.is_judged

    @property
    def wall_s(self) -> float | None:
        """Seconds from the first claim to the last stored result; None until finished."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())

    @property
    def speedup(self) -> float | None:
        """How many times faster than one call at a time; None where nothing was measured."""
        wall_s = self.wall_s
        if not wall_s or not self.call_s or self.peak_in_flight < 2:
            return None
        # Calls of a moment take less time than the checks after them: nothing was made faster.
        return self.call_s / wall_s if self.call_s > wall_s else None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as a row of the table. `detail` is the sentence that explains `reason`."""

    id: str
    batch_id: str
    seq: int
    name: str | None
    kind: KindChoice
    model: ModelChoice
    params: Params
    sample: int
    status: JobStatus
    reason: Reason | None
    detail: str | None
    tries: int
    version: int
    input_tokens: int | None
    output_tokens: int | None
    not_before: datetime | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    artifact_id: str | None
    findings: Mapping[Severity, int]
    application: str | None = None
    cost_microusd: int = 0
    unpriced: int = 0  # calls that nobody knows the cost of
    instead_of: str | None = None  # the model that was asked for, where another one answers
    round: int = 0  # of repair; 0 is the first answer
    score: int | None = None  # from 0 to 100
    input_id: str | None = None  # the artifact that it started from
    candidate_of: int = 0  # the number of the first job that was asked for the same artifact
    is_chosen: bool = False  # by the user, among the candidates
    is_stale: bool = False  # a file, a fact or a template has changed since

    @property
    def asked_model(self) -> str:
        """Who was asked for it, whoever answers."""
        return self.instead_of or str(self.model)

    @property
    def folder(self) -> str:
        """The folder of its files in a zip and on disk: the id given, else the number."""
        return self.name or str(self.seq)

    @property
    def is_undecided(self) -> bool:
        """Whether running it again may pay for the same call twice."""
        return self.reason is Reason.UNDECIDED

    @property
    def is_template(self) -> bool:
        """Whether the blueprint wrote it: a template, never passed off as a model's work."""
        return self.model.endpoint == BLUEPRINT

    @property
    def elapsed_s(self) -> float | None:
        """Seconds from its first call to its end, pauses with them; None while it has not both."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One call to a provider (or one run of the blueprint)."""

    id: str
    claim_no: int
    status: str
    error_kind: str | None
    sentence: str | None
    provider_message: str | None
    http_status: int | None
    request_id: str | None
    finish_reason: str | None
    input_tokens: int | None
    output_tokens: int | None
    started_at: datetime
    first_token_at: datetime | None
    ended_at: datetime | None
    raw: str | None
    raw_is_cut: bool
    model: str | None = None  # ENDPOINT:MODEL
    cost_microusd: int | None = None  # None: nobody knows
    round: int = 0  # of repair; 0 is the first answer

    @property
    def elapsed_s(self) -> float | None:
        """Seconds the call took; None while it runs."""
        if self.ended_at is None:
            return None
        return max(0.0, (self.ended_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class RoundView:
    """One answer of a job that took several.

    `base` is the version it was to mend, and `sent` what it was told of the errors in it; both are
    None for the first answer. What is not kept was no better than its base; one of them is the
    result, the version that the job delivered.
    """

    attempt: AttemptView
    artifact: Artifact
    base: Artifact | None
    sent: str | None
    is_kept: bool
    is_result: bool


@dataclass(frozen=True, slots=True)
class JobDetail:
    """All that the page of one job shows."""

    job: JobView
    batch: BatchView
    artifact: Artifact | None
    attempts: tuple[AttemptView, ...]
    prompt: tuple[PromptPart, ...]
    sent: tuple[SentFile, ...]
    masks: tuple[Mask, ...]
    base: Artifact | None = None  # what it started from

    @property
    def has_rounds(self) -> bool:
        """Whether any answer went back to its model."""
        return any(attempt.round for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class PaceView:
    """How the runner stands with a model, or with a whole endpoint, where the model is empty.

    `cap` is how many calls may be in flight now, `per_s` how many may start in a second; None is no
    bound. Until a time no call starts, and `why` says why.
    """

    endpoint: str
    model: str
    cap: int | None
    in_flight: int
    per_s: float | None
    until: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True)
class CostRange:
    """What a batch will probably cost, in micro-dollars; `unknown` names models without a price."""

    least_microusd: int
    most_microusd: int
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindFiles:
    """The files of a project that some kinds are sent: paths, and about how many tokens each."""

    kinds: tuple[str, ...]
    files: tuple[tuple[str, int], ...]

    @property
    def tokens(self) -> int:
        """About how many tokens all of them have."""
        return sum(tokens for _, tokens in self.files)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a submit would do, before it does it."""

    jobs: int
    cached: int
    sent: tuple[KindFiles, ...]  # of the project, an entry for kinds that are sent the same
    usual: frozenset[str]  # the paths that would be sent if the user had ticked nothing
    budget_tokens: int  # how much of a project goes into a prompt unless the user adds files
    endpoints: tuple[str, ...]  # that would receive the files; the blueprint is none
    standby: tuple[str, ...]  # the models jobs are handed on to, with their files
    at_once: int
    limited_by: str  # the variable or field that sets `at_once`
    costs_money: bool  # whether any call may be charged
    cost: CostRange  # with all rounds of repair at most
    repair_rounds: int


def percent(done: int, total: int) -> int:
    """Whole percent, never 100 before everything is done."""
    return math.floor(100 * done / total) if total else 100
