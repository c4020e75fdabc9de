"""What a call and a check mean for their job: pure decisions, no I/O."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from ulid import ULID

from webapp.domain.artifact import Artifact, Finding, Result, Severity
from webapp.domain.batch import JobStatus, Reason
from webapp.providers.base import Done, ErrorKind, FinishReason, ProviderError
from webapp.store.operations import Call, Claimed, ClaimedJob, Ended, PutBack, Reply

LONGEST_WAIT_S = 60.0
FIRST_WAIT_S = 1.0
ONLY_IF = "The call may have been charged: run it again only if it may be paid for twice."

# What an error means once it is final, or tried often enough.
ENDINGS: Mapping[ErrorKind, tuple[JobStatus, Reason]] = {
    ErrorKind.BAD_KEY: (JobStatus.PARKED, Reason.KEY),
    ErrorKind.NO_MONEY: (JobStatus.PARKED, Reason.KEY),
    ErrorKind.UNAVAILABLE: (JobStatus.PARKED, Reason.PROVIDER),
    ErrorKind.TIMEOUT: (JobStatus.FAILED, Reason.TIMEOUT),
    ErrorKind.BROKEN_REPLY: (JobStatus.FAILED, Reason.BROKEN_REPLY),
    ErrorKind.TOO_LARGE: (JobStatus.FAILED, Reason.TOO_LARGE),
    ErrorKind.REJECTED: (JobStatus.FAILED, Reason.REJECTED),
    ErrorKind.REFUSED: (JobStatus.FAILED, Reason.REFUSED),
}


@dataclass(slots=True)
class Answer:
    """An answer as it grows."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    first_token_at: datetime | None = None
    pieces: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Take the next piece."""
        if self.first_token_at is None:
            self.first_token_at = datetime.now(UTC)
        self.pieces.append(text)

    @property
    def text(self) -> str:
        """All that came so far."""
        return "".join(self.pieces)


def answered_call(job: ClaimedJob, answer: Answer, done: Done) -> Call:
    """How a call that gave an answer went."""
    return Call(
        attempt_id=job.attempt_id,
        status="ok",
        started_at=answer.started_at,
        first_token_at=answer.first_token_at,
        ended_at=datetime.now(UTC),
        http_status=200,
        request_id=done.request_id,
        finish_reason=done.finish_reason,
        input_tokens=done.input_tokens,
        output_tokens=done.output_tokens,
        sentence=" ".join(done.warnings) or None,
        raw=answer.text,
    )


def failed_call(job: ClaimedJob, answer: Answer, error: ProviderError) -> Call:
    """How a call that gave none went, with what had come until then."""
    return Call(
        attempt_id=job.attempt_id,
        status="error",
        started_at=answer.started_at,
        first_token_at=answer.first_token_at,
        ended_at=datetime.now(UTC),
        http_status=error.http_status,
        request_id=error.request_id,
        error_kind=error.kind,
        sentence=error.sentence,
        provider_message=error.provider_message,
        raw=answer.text or None,
    )


def given_up_call(job: ClaimedJob, answer: Answer, why: str) -> Call:
    """How a call went that was given up before its end."""
    return Call(
        attempt_id=job.attempt_id,
        status="undecided",
        started_at=answer.started_at,
        first_token_at=answer.first_token_at,
        ended_at=datetime.now(UTC),
        sentence=f"{why} The provider may charge for what it had written.",
        raw=answer.text or None,
    )


def after_error(
    job: ClaimedJob, call: Call, error: ProviderError, *, max_attempts: int, peak_in_flight: int
) -> PutBack | Ended:
    """Put the job back for another try, or end it."""
    if job.never_twice and error.kind.is_retryable and error.may_be_charged:
        return undecided(job, call, f"{error.sentence} {ONLY_IF}", peak_in_flight)
    # A rate limit says nothing about the job, so it does not use up one of its tries.
    tries = job.tries + (error.kind is not ErrorKind.RATE_LIMITED)
    if error.kind.is_retryable and (tries < max_attempts or tries == job.tries):
        wait_s = _wait_s(job, error)
        limited = error.kind is ErrorKind.RATE_LIMITED
        return PutBack(
            batch_id=job.batch_id,
            job_id=job.id,
            claim_no=job.claim_no,
            call=call,
            peak_in_flight=peak_in_flight,
            tries=tries,
            reason=Reason.RATE_LIMIT if limited else Reason.RETRY,
            detail=error.sentence,
            not_before=call.ended_at + timedelta(seconds=wait_s),
        )
    status, reason = ENDINGS[error.kind]
    return _ended_by(job, call, status, reason, error.sentence, peak_in_flight)


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
        old=JobStatus.RUNNING,
        status=status,
        reason=reason,
        detail=detail,
        call=call,
        peak_in_flight=peak_in_flight,
        result=None,
        cache_key=None,
    )


def _wait_s(job: ClaimedJob, error: ProviderError) -> float:
    """As long as the provider says, else full jitter under a doubling bound."""
    if error.retry_after_s is not None:
        return error.retry_after_s * random.uniform(1.0, 1.1)  # noqa: S311 - not a secret
    bound_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(job.claim_no - 1, 10))
    return random.uniform(0, bound_s)  # noqa: S311 - not a secret


def after_check(job: Claimed, reply: Reply, artifact: Artifact) -> Ended:
    """How a checked answer ends its job; only a whole and faultless one serves again."""
    status, reason, detail = _verdict(artifact, reply.finish_reason)
    return Ended(
        batch_id=job.batch_id,
        job_id=job.id,
        claim_no=job.claim_no,
        old=JobStatus.CHECKING,
        status=status,
        reason=reason,
        detail=detail,
        call=None,
        peak_in_flight=0,
        result=Result(str(ULID()), artifact, reply.input_tokens, reply.output_tokens),
        cache_key=job.cache_key if status is JobStatus.SUCCEEDED else None,
    )


def _verdict(artifact: Artifact, finish_reason: str) -> tuple[JobStatus, Reason | None, str | None]:
    if finish_reason == FinishReason.LENGTH:
        detail = "The model reached the output limit; the files may be cut off."
        return JobStatus.FAILED, Reason.TRUNCATED, detail
    if finish_reason == FinishReason.FILTERED:
        detail = "The provider's content filter stopped the answer."
        return JobStatus.FAILED, Reason.REFUSED, detail
    errors = [f for f in artifact.findings if f.severity is Severity.ERROR]
    if errors:
        return JobStatus.FAILED, Reason.INVALID, _summary(errors)
    return JobStatus.SUCCEEDED, None, None


def _summary(errors: list[Finding]) -> str:
    first = errors[0]
    place = (
        f"{first.path}:{first.line}: " if first.line else f"{first.path}: " if first.path else ""
    )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{place}{first.message}{more}"
