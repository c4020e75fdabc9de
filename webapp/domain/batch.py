"""Batches and jobs: what is asked for, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

BLUEPRINT = "blueprint"


class JobStatus(StrEnum):
    """How a job stands; `Reason` says why."""

    QUEUED = "queued"
    RUNNING = "running"
    CHECKING = "checking"
    REPAIRING = "repairing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    PARKED = "parked"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether the job can still change by itself."""
        return self in OPEN


CALLING = frozenset({JobStatus.RUNNING, JobStatus.REPAIRING})
OPEN = CALLING | {JobStatus.QUEUED, JobStatus.CHECKING}


class Reason(StrEnum):
    """Why a job has its status: the whole list."""

    RATE_LIMIT = "rate_limit"  # queued, with the time in `not_before`
    RETRY = "retry"  # queued after a failed try, with the time in `not_before`
    SLOT = "slot"  # queued; computed when shown: the endpoint is at its cap
    COOLING = "cooling"  # queued; computed when shown: no call may start there for a while
    NO_RUNNER = "no_runner"  # queued; computed when shown: no runner lives
    REPAIR = "repair"  # queued: the errors of its last answer go back to the model
    DEPENDENCY = "dependency"  # queued, or parked: it starts from the artifact of another job
    KEY = "key"  # parked
    PROVIDER = "provider"  # parked
    BUDGET = "budget"  # parked: what is left of the batch's budget may not be enough
    UNDECIDED = "undecided"  # parked: a call broke off, and may have been charged
    CACHED = "cached"  # succeeded
    REPAIRED = "repaired"  # succeeded: the model mended what was wrong with its first answer
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


class Policy(StrEnum):
    """What becomes of a call whose outcome nobody knows: it may have been charged.

    `finish_all` calls again; `never_twice` parks the job until a person decides.
    """

    FINISH_ALL = "finish_all"
    NEVER_TWICE = "never_twice"


class Retries(StrEnum):
    """How a failed call is tried again; a rate limit is waited for, except by `off`.

    `off` never calls twice. `default` tries as often as OMNI_MAX_ATTEMPTS says, and waits 5
    minutes for an endpoint that is down. `patient` tries three times as often, and waits a day.
    """

    OFF = "off"
    DEFAULT = "default"
    PATIENT = "patient"


FALLBACK_AFTER_S = 60.0


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


class Step(StrEnum):
    """What a job does to an artifact that is there already, instead of writing a new one."""

    HARDEN = "harden"
    COST = "cost"
    OBSERVE = "observe"


@dataclass(frozen=True, slots=True, order=True)
class KindChoice:
    """An artifact kind, for a target where the kind has targets: `KIND` or `KIND@TARGET`.

    With a step, written `KIND@TARGET+STEP`, an artifact of that kind is not written anew.
    """

    kind: str
    target: str | None = None
    step: str | None = None  # as written: the catalogue says whether there is such a step

    @classmethod
    def parse(cls, text: str) -> "KindChoice":
        """Read `dockerfile`, `kubernetes@gke` or `kubernetes@gke+harden`."""
        asked, _, step = text.partition("+")
        kind, _, target = asked.partition("@")
        return cls(kind, target or None, step or None)

    @property
    def base(self) -> "KindChoice":
        """The same without its step: what it starts from."""
        return KindChoice(self.kind, self.target)

    def __str__(self) -> str:
        kind = f"{self.kind}@{self.target}" if self.target else self.kind
        return f"{kind}+{self.step}" if self.step else kind


@dataclass(frozen=True, slots=True)
class Params:
    """What a model may be told besides the prompt; None leaves it to the model or the kind."""

    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One artifact asked of one model. `sample` counts from 1; `name` is the id in a job file.

    `application` is the folder of the one of the project's applications it is for; None where it is
    for the whole project. A job with a step starts from the artifact of the job `after` which it
    comes, or without one from the project's own files of its kind.
    """

    brief: str
    kind: KindChoice
    model: ModelChoice
    params: Params = Params()
    sample: int = 1
    name: str | None = None
    application: str | None = None
    after: "JobSpec | None" = None

    @property
    def starts_from_project(self) -> bool:
        """Whether what it changes are files of the project itself."""
        return self.kind.step is not None and self.after is None


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """A submit: 1 to 10,000 jobs over at most one project.

    `nonce` together with the content makes a repeated submit the same batch; None never matches.
    `left_out_paths` are project files the user does not want to be sent, `added_paths` those they
    want besides the default choice. `application` is the folder of the only application that is
    wanted of a project with several; None takes all. `fallbacks` answer, in their order, where a
    model's error is final or it cools down for longer than `fallback_after_s`. `budget_microusd`
    bounds what the batch may cost, in millionths of a US dollar; None is no bound. `repair_rounds`
    is how often the errors of an answer go back to its model; None leaves it to the settings.
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
    policy: Policy = Policy.FINISH_ALL
    application: str | None = None
    retries: Retries = Retries.DEFAULT
    fallbacks: tuple[ModelChoice, ...] = ()
    fallback_after_s: float = FALLBACK_AFTER_S
    budget_microusd: int | None = None
    repair_rounds: int | None = None

    @property
    def is_comparable(self) -> bool:
        """Whether its artifacts belong together: several kinds for one brief."""
        kinds = {job.kind.kind for job in self.jobs}
        return len(kinds) > 1 and all(job.brief == self.brief for job in self.jobs)


def matrix(
    brief: str,
    kinds: Sequence[KindChoice],
    models: Sequence[ModelChoice],
    *,
    samples: int = 1,
    params: Params = Params(),
    max_tokens: Mapping[str, int] | None = None,
) -> tuple[JobSpec, ...]:
    """Every kind × model × sample, ordered by kind; `max_tokens` overrides by kind name.

    A kind with a step comes after the same kind without it, where that is among them.
    """
    limits = max_tokens or {}

    def job(kind: KindChoice, model: ModelChoice, sample: int) -> JobSpec:
        most = limits.get(kind.kind, params.max_tokens)
        first = job(kind.base, model, sample) if kind.step and kind.base in kinds else None
        own = Params(most, params.temperature, params.seed)
        return JobSpec(brief, kind, model, own, sample, after=first)

    return tuple(
        job(kind, model, sample)
        for kind in kinds
        for model in models
        for sample in range(1, samples + 1)
    )


@dataclass(frozen=True, slots=True)
class PromptPart:
    """A piece of a prompt; `role` is "system" or "user", `title` says what it holds."""

    role: str
    title: str
    text: str
