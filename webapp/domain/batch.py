"""Batches and jobs: what is asked for, and how it stands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from webapp.domain.artifact import Artifact, Severity

BLUEPRINT = "blueprint"


class JobStatus(StrEnum):
    """How a job stands; `Reason` says why."""

    QUEUED = "queued"
    RUNNING = "running"
    CHECKING = "checking"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARKED = "parked"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether the job can still change by itself."""
        return self in OPEN


OPEN = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.CHECKING})


class Reason(StrEnum):
    """Why a job has its status: the whole list."""

    RATE_LIMIT = "rate_limit"  # queued, with the time in `not_before`
    RETRY = "retry"  # queued after a failed try, with the time in `not_before`
    SLOT = "slot"  # queued; computed when shown: the endpoint is at its cap
    NO_RUNNER = "no_runner"  # queued; computed when shown: no runner lives
    KEY = "key"  # parked
    PROVIDER = "provider"  # parked
    CACHED = "cached"  # succeeded
    TIMEOUT = "timeout"  # failed, as are all below
    BROKEN_REPLY = "broken_reply"
    TOO_LARGE = "too_large"
    REJECTED = "rejected"
    REFUSED = "refused"
    TRUNCATED = "truncated"
    INVALID = "invalid"
    CRASHED_RUNNER = "crashed_runner"


class Mode(StrEnum):
    """`async`: several jobs at once; `sync`: one at a time, in order."""

    ASYNC = "async"
    SYNC = "sync"


@dataclass(frozen=True, slots=True, order=True)
class ModelChoice:
    """A model at an endpoint, written `ENDPOINT:MODEL`; the blueprint is written alone."""

    endpoint: str
    model: str

    @classmethod
    def parse(cls, text: str) -> "ModelChoice":
        """Read `openai:gpt-5-mini` or `blueprint`; ValueError with one sentence otherwise."""
        if text == BLUEPRINT:
            return cls(BLUEPRINT, BLUEPRINT)
        endpoint, colon, model = text.partition(":")
        if not (endpoint and colon and model):
            raise ValueError(f"“{text}” is not a model: write ENDPOINT:MODEL, or blueprint.")
        return cls(endpoint, model)

    def __str__(self) -> str:
        return BLUEPRINT if self.endpoint == BLUEPRINT else f"{self.endpoint}:{self.model}"


@dataclass(frozen=True, slots=True, order=True)
class KindChoice:
    """An artifact kind, for a target where the kind has targets: `KIND` or `KIND@TARGET`."""

    kind: str
    target: str | None = None

    @classmethod
    def parse(cls, text: str) -> "KindChoice":
        """Read `dockerfile` or `kubernetes@gke`."""
        kind, _, target = text.partition("@")
        return cls(kind, target or None)

    def __str__(self) -> str:
        return f"{self.kind}@{self.target}" if self.target else self.kind


@dataclass(frozen=True, slots=True)
class Params:
    """What a model may be told besides the prompt; None leaves it to the model or the kind."""

    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One artifact asked of one model. `sample` counts from 1; `name` is the id in a job file."""

    brief: str
    kind: KindChoice
    model: ModelChoice
    params: Params = Params()
    sample: int = 1
    name: str | None = None


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """A submit: 1 to 10,000 jobs over at most one project.

    `nonce` together with the content makes a repeated submit the same batch; None never matches.
    `left_out_paths` are project files the user does not want to be sent, `added_paths` those they
    want besides the default choice.
    """

    brief: str
    jobs: tuple[JobSpec, ...]
    mode: Mode
    concurrency: int
    project_id: str | None = None
    fresh: bool = False
    nonce: str | None = None
    added_paths: tuple[str, ...] = ()
    left_out_paths: tuple[str, ...] = ()


def matrix(
    brief: str,
    kinds: Sequence[KindChoice],
    models: Sequence[ModelChoice],
    *,
    samples: int = 1,
    params: Params = Params(),
    max_tokens: Mapping[str, int] | None = None,
) -> tuple[JobSpec, ...]:
    """Every kind × model × sample, ordered by kind; `max_tokens` overrides by kind name."""
    limits = max_tokens or {}
    return tuple(
        JobSpec(
            brief,
            kind,
            model,
            Params(limits.get(kind.kind, params.max_tokens), params.temperature, params.seed),
            sample,
        )
        for kind in kinds
        for model in models
        for sample in range(1, samples + 1)
    )


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch as the pages show it. Times are UTC; `call_s` sums the durations of all calls."""

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
    def wall_s(self) -> float | None:
        """Seconds from the first claim to the last stored result; None until finished."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def speedup(self) -> float | None:
        """How many times faster than one call at a time; None where nothing was measured."""
        wall_s = self.wall_s
        if not wall_s or not self.call_s or self.peak_in_flight < 2:
            return None
        return self.call_s / wall_s


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

    @property
    def folder(self) -> str:
        """The folder of its files in a zip and on disk: the id given, else the number."""
        return self.name or str(self.seq)

    @property
    def is_template(self) -> bool:
        """Whether the blueprint wrote it: a template, never passed off as a model's work."""
        return self.model.endpoint == BLUEPRINT

    @property
    def elapsed_s(self) -> float | None:
        """Seconds from start to finish; None while it has not both."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


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

    @property
    def elapsed_s(self) -> float | None:
        """Seconds the call took; None while it runs."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at else None


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A piece of a prompt; `role` is "system" or "user", `title` says what it holds."""

    role: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class JobDetail:
    """All that the page of one job shows."""

    job: JobView
    batch: BatchView
    artifact: Artifact | None
    attempts: tuple[AttemptView, ...]
    prompt: tuple[PromptPart, ...]
    sent_paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a submit would do, before it does it."""

    jobs: int
    cached: int
    sent_paths: tuple[tuple[str, int], ...]  # path, tokens
    budget_tokens: int  # how much of a project goes into a prompt unless the user adds files
    endpoints: tuple[str, ...]  # that would receive the files; the blueprint is none
    at_once: int
    limited_by: str  # the variable or field that sets `at_once`


def percent(done: int, total: int) -> int:
    """Whole percent, never 100 before everything is done."""
    return math.floor(100 * done / total) if total else 100
