"""What a call means for its job: pure decisions, no I/O."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from webapp.domain.batch import JobStatus, Reason, Retries
from webapp.prices import Prices
from webapp.providers.base import Done, ErrorKind, ProviderError
from webapp.store.operations import (
    Call,
    ClaimedJob,
    Ended,
    PutBack,
    Seen,
    Unsent,
)

LONGEST_WAIT_S = 60.0
FIRST_WAIT_S = 1.0
OVERLOADED_WAIT_S = 4.0  # instead, where the endpoint says that it has too much to do
PATIENCE = 3  # times as many tries
DOWN_S: Mapping[Retries, float] = {  # how long an endpoint may be down before its jobs are parked
    Retries.OFF: 0.0,
    Retries.DEFAULT: 300.0,
    Retries.PATIENT: 86_400.0,
}
ONLY_IF = "The call may have been charged: run it again only if it may be paid for twice."

# What an error means once it is final, or tried often enough.
ENDINGS: Mapping[ErrorKind, tuple[JobStatus, Reason]] = {
    ErrorKind.BAD_KEY: (JobStatus.PARKED, Reason.KEY),
    ErrorKind.NO_MONEY: (JobStatus.PARKED, Reason.KEY),
    ErrorKind.UNAVAILABLE: (JobStatus.PARKED, Reason.PROVIDER),
    ErrorKind.RATE_LIMITED: (JobStatus.PARKED, Reason.PROVIDER),  # where nothing is tried again
    ErrorKind.TIMEOUT: (JobStatus.FAILED, Reason.TIMEOUT),
    ErrorKind.BROKEN_REPLY: (JobStatus.FAILED, Reason.BROKEN_REPLY),
    ErrorKind.TOO_LARGE: (JobStatus.FAILED, Reason.TOO_LARGE),
    ErrorKind.REJECTED: (JobStatus.FAILED, Reason.REJECTED),
    ErrorKind.REFUSED: (JobStatus.FAILED, Reason.REFUSED),
}


@dataclass(slots=True)
class Answer:
    """An answer as it grows. Its times lie as far apart as they are, whatever the clock does."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started_s: float = field(default_factory=time.monotonic)
    first_token_at: datetime | None = None
    pieces: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Take the next piece."""
        if self.first_token_at is None:
            self.first_token_at = self.now()
        self.pieces.append(text)

    def now(self) -> datetime:
        """The time by the clock of its start."""
        return self.started_at + timedelta(seconds=time.monotonic() - self.started_s)

    @property
    def text(self) -> str:
        """All that came so far."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides, besides the error, what becomes of a job whose call failed.

    `until` is when calls to its model may start again, where they may not now. `retry_s` says how
    long the next try has to wait for those of others. A probe found an endpoint still down, which
    is no fault of its job.
    """

    max_attempts: int
    peak_in_flight: int
    was_probe: bool
    until: datetime | None
    retry_s: Callable[[], float]


Result = Ended | PutBack | Unsent


def answered_call(job: ClaimedJob, answer: Answer, done: Done, prices: Prices) -> Call:
    """How a call that gave an answer went."""
    return Call(
        attempt_id=job.attempt_id,
        status="ok",
        started_at=answer.started_at,
        first_token_at=answer.first_token_at,
        ended_at=answer.now(),
        http_status=200,
        request_id=done.request_id,
        finish_reason=done.finish_reason,
        input_tokens=done.input_tokens,
        output_tokens=done.output_tokens,
        sentence=" ".join(done.warnings) or None,
        raw=answer.text,
        reserved=job.reserve_cost or 0,
        cost=_cost(job, done, prices),
    )


def _cost(job: ClaimedJob, done: Done, prices: Prices) -> int | None:
    if done.input_tokens is None or done.output_tokens is None:
        return 0 if job.reserve_cost == 0 else None
    cached = done.cached_tokens or 0
    return prices.cost(job.choice, done.input_tokens, done.output_tokens, cached)


def seen(job: ClaimedJob, done: Done) -> Seen | None:
    """What an answer shows of its model."""
    if done.input_tokens is None or done.output_tokens is None:
        return None
    prompt_bytes = len(job.system.encode()) + len(job.user.encode())
    return Seen(job.choice, job.kind, prompt_bytes, done.input_tokens, done.output_tokens)


def unsent(job: ClaimedJob, until: datetime | None) -> Unsent:
    """Hand a job back whose call did not start."""
    reserved = job.reserve_cost or 0
    return Unsent(job.batch_id, job.id, job.claim_no, job.calling, job.attempt_id, reserved, until)


def failed_call(job: ClaimedJob, answer: Answer, error: ProviderError) -> Call:
    """How a call that gave none went, with what had come until then."""
    return Call(
        attempt_id=job.attempt_id,
        status="error",
        started_at=answer.started_at,
        first_token_at=answer.first_token_at,
        ended_at=answer.now(),
        http_status=error.http_status,
        request_id=error.request_id,
        error_kind=error.kind,
        sentence=error.sentence,
        provider_message=error.provider_message,
        raw=answer.text or None,
        reserved=job.reserve_cost or 0,
        # What was refused cost nothing; of what broke off, only a bill would tell.
        cost=None if error.may_be_charged and job.reserve_cost != 0 else 0,
    )


def given_up_call(job: ClaimedJob, answer: Answer, why: str) -> Call:
    """How a call went that was given up before its end."""
    return Call(
        attempt_id=job.attempt_id,
        status="undecided",
        started_at=answer.started_at,
        first_token_at=answer.first_token_at,
        ended_at=answer.now(),
        sentence=f"{why} The provider may charge for what it had written.",
        raw=answer.text or None,
        reserved=job.reserve_cost or 0,
        cost=0 if job.reserve_cost == 0 else None,
    )


def after_error(
    job: ClaimedJob, call: Call, error: ProviderError, circumstances: Circumstances
) -> PutBack | Ended:
    """Put the job back for another try, hand it on to another model, or end it."""
    peak = circumstances.peak_in_flight
    if job.never_twice and error.kind.is_retryable and error.may_be_charged:
        return undecided(job, call, f"{error.sentence} {ONLY_IF}", peak)
    # Neither says anything about the job, so they do not use up one of its tries.
    is_free = error.kind is ErrorKind.RATE_LIMITED or circumstances.was_probe
    tries = job.tries + (not is_free)
    most = most_tries(job.retries, circumstances.max_attempts)
    if error.kind.is_retryable and job.retries is not Retries.OFF and (is_free or tries < most):
        return _put_back(job, call, error, circumstances, tries)
    if job.fallbacks:
        return _handed_on(job, call, error, peak)
    status, reason = ENDINGS[error.kind]
    if job.round.best and status is JobStatus.FAILED:
        sentence = f"{error.sentence} The best version so far was kept, with its errors."
        return _ended_by(job, call, status, Reason.INVALID, sentence, peak)
    return _ended_by(job, call, status, reason, error.sentence, peak)


def most_tries(retries: Retries, max_attempts: int) -> int:
    """How often a job may be called for, the first time included."""
    if retries is Retries.OFF:
        return 1
    return max_attempts * (PATIENCE if retries is Retries.PATIENT else 1)


def _put_back(
    job: ClaimedJob, call: Call, error: ProviderError, circumstances: Circumstances, tries: int
) -> PutBack:
    is_limited = error.kind is ErrorKind.RATE_LIMITED
    until = circumstances.until
    if not (is_limited or circumstances.was_probe):
        wait_s = max(_wait_s(job, error), circumstances.retry_s())
        due = call.ended_at + timedelta(seconds=wait_s)
        until = max(due, until) if until is not None else due
    return PutBack(
        batch_id=job.batch_id,
        job_id=job.id,
        claim_no=job.claim_no,
        old=job.calling,
        call=call,
        peak_in_flight=circumstances.peak_in_flight,
        tries=tries,
        reason=Reason.RATE_LIMIT if is_limited else Reason.RETRY,
        detail=error.sentence,
        not_before=until or call.ended_at,
        model=job.choice,
    )


def _handed_on(job: ClaimedJob, call: Call, error: ProviderError, peak_in_flight: int) -> PutBack:
    return PutBack(
        batch_id=job.batch_id,
        job_id=job.id,
        claim_no=job.claim_no,
        old=job.calling,
        call=call,
        peak_in_flight=peak_in_flight,
        tries=0,
        reason=None,
        detail=error.sentence,
        not_before=None,
        model=job.choice,
        fallbacks=job.fallbacks,
    )


def undecided(job: ClaimedJob, call: Call, detail: str, peak_in_flight: int) -> Ended:
    """Leave to a person whether a call that may have been charged is made again."""
    call = replace(call, status="undecided")
    return _ended_by(job, call, JobStatus.PARKED, Reason.UNDECIDED, detail, peak_in_flight)


def _ended_by(
    job: ClaimedJob, call: Call, status: JobStatus, reason: Reason, detail: str, peak_in_flight: int
) -> Ended:
    return Ended(
        batch_id=job.batch_id,
        job_id=job.id,
        claim_no=job.claim_no,
        old=job.calling,
        status=status,
        reason=reason,
        detail=detail,
        call=call,
        peak_in_flight=peak_in_flight,
        result=job.round.best,
        cache_key=None,
    )


def _wait_s(job: ClaimedJob, error: ProviderError) -> float:
    """As long as the provider says, else full jitter under a doubling bound."""
    if error.retry_after_s is not None:
        return error.retry_after_s
    first_s = OVERLOADED_WAIT_S if error.is_overloaded else FIRST_WAIT_S
    bound_s = min(LONGEST_WAIT_S, first_s * 2 ** min(job.tries, 10))
    return random.uniform(0, bound_s)  # noqa: S311 - not a secret
