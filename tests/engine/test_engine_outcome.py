"""What a call and a check mean for their job."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import JobStatus, Reason
from webapp.engine.outcome import Answer, after_check, after_error, failed_call
from webapp.providers.base import ErrorKind, FinishReason, ProviderError
from webapp.store.operations import ClaimedJob, Ended, PutBack, Reply

FILE = ArtifactFile("Dockerfile", "FROM debian:12\n")
WARNING = Finding("hadolint/DL3006", Severity.WARNING, "Dockerfile", 1, "Pin it.")
ERROR = Finding("hadolint/DL1000", Severity.ERROR, "Dockerfile", 2, "It does not parse.")
STATUSES = {
    ErrorKind.UNAVAILABLE: (JobStatus.PARKED, Reason.PROVIDER),
    ErrorKind.TIMEOUT: (JobStatus.FAILED, Reason.TIMEOUT),
    ErrorKind.BROKEN_REPLY: (JobStatus.FAILED, Reason.BROKEN_REPLY),
    ErrorKind.TOO_LARGE: (JobStatus.FAILED, Reason.TOO_LARGE),
    ErrorKind.NO_MONEY: (JobStatus.PARKED, Reason.KEY),
    ErrorKind.BAD_KEY: (JobStatus.PARKED, Reason.KEY),
    ErrorKind.REJECTED: (JobStatus.FAILED, Reason.REJECTED),
    ErrorKind.REFUSED: (JobStatus.FAILED, Reason.REFUSED),
}


def job(tries: int = 0, claim_no: int = 1, *, never_twice: bool = False) -> ClaimedJob:
    return ClaimedJob(
        id="j", batch_id="b", claim_no=claim_no, kind="dockerfile", endpoint="openai",
        cache_key="k", attempt_id="a", tries=tries, model="m", max_tokens=1000,
        temperature=None, seed=None, never_twice=never_twice, system="", user="",
    )  # fmt: skip


def after(
    kind: ErrorKind, tries: int = 0, retry_after_s: float | None = None, claim_no: int = 1
) -> PutBack | Ended:
    claimed = job(tries, claim_no)
    error = ProviderError(kind, "It failed.", retry_after_s=retry_after_s)
    call = failed_call(claimed, Answer(), error)
    return after_error(claimed, call, error, max_attempts=3, peak_in_flight=1)


def after_once(kind: ErrorKind, **how: Any) -> PutBack | Ended:
    """What an error means for a job that must not be paid for twice."""
    claimed = job(never_twice=True)
    error = ProviderError(kind, "It failed.", **how)
    call = failed_call(claimed, Answer(), error)
    return after_error(claimed, call, error, max_attempts=3, peak_in_flight=1)


@pytest.mark.parametrize("kind", [kind for kind in ErrorKind if kind.is_retryable])
def test_what_may_succeed_later_goes_back_to_the_queue(kind: ErrorKind) -> None:
    put_back = after(kind)
    assert isinstance(put_back, PutBack)
    assert (put_back.detail, put_back.not_before is not None) == ("It failed.", True)


@pytest.mark.parametrize("kind", [kind for kind in ErrorKind if not kind.is_retryable])
def test_what_is_final_ends_the_job_at_the_first_try(kind: ErrorKind) -> None:
    ended = after(kind)
    assert isinstance(ended, Ended)
    assert (ended.status, ended.reason) == STATUSES[kind]


@pytest.mark.parametrize("kind", [ErrorKind.UNAVAILABLE, ErrorKind.TIMEOUT, ErrorKind.BROKEN_REPLY])
def test_the_last_try_ends_the_job(kind: ErrorKind) -> None:
    second, third = after(kind, tries=1), after(kind, tries=2)
    assert isinstance(second, PutBack)
    assert second.tries == 2
    assert isinstance(third, Ended)
    assert (third.status, third.reason) == STATUSES[kind]


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (ErrorKind.TIMEOUT, {}),
        (ErrorKind.UNAVAILABLE, {}),  # the connection broke before an answer
        (ErrorKind.BROKEN_REPLY, {"http_status": 200}),
        (ErrorKind.UNAVAILABLE, {"http_status": 200}),  # an error within a stream
    ],
)
def test_a_call_that_may_have_been_charged_is_left_to_a_person(
    kind: ErrorKind, how: dict[str, int]
) -> None:
    ended = after_once(kind, **how)
    assert isinstance(ended, Ended)
    assert (ended.status, ended.reason) == (JobStatus.PARKED, Reason.UNDECIDED)
    assert "paid for twice" in (ended.detail or "")
    assert ended.call is not None
    assert ended.call.status == "undecided"


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        (ErrorKind.UNAVAILABLE, {"is_unsent": True}),
        (ErrorKind.TIMEOUT, {"is_unsent": True}),
        (ErrorKind.UNAVAILABLE, {"http_status": 503}),
        (ErrorKind.RATE_LIMITED, {"http_status": 429}),
    ],
)
def test_a_call_that_cost_nothing_is_made_again_even_then(
    kind: ErrorKind, how: dict[str, Any]
) -> None:
    assert isinstance(after_once(kind, **how), PutBack)


def test_a_rate_limit_uses_up_no_try() -> None:
    put_back = after(ErrorKind.RATE_LIMITED, tries=2, claim_no=40)
    assert isinstance(put_back, PutBack)
    assert (put_back.tries, put_back.reason) == (2, Reason.RATE_LIMIT)


def test_a_job_does_not_come_back_before_the_provider_said() -> None:
    for _ in range(100):
        put_back = after(ErrorKind.RATE_LIMITED, retry_after_s=10)
        assert isinstance(put_back, PutBack)
        assert put_back.not_before is not None
        waits = put_back.not_before - put_back.call.ended_at
        assert timedelta(seconds=10) <= waits <= timedelta(seconds=11)


def test_without_a_word_of_the_provider_the_wait_doubles_up_to_a_minute_with_full_jitter() -> None:
    def longest(claim_no: int) -> float:
        results = [after(ErrorKind.UNAVAILABLE, claim_no=claim_no) for _ in range(300)]
        waits = [
            (each.not_before - each.call.ended_at).total_seconds()
            for each in results
            if isinstance(each, PutBack) and each.not_before
        ]
        assert len(waits) == 300
        assert min(waits) < max(waits) / 10
        return max(waits)

    assert 0.8 < longest(1) <= 1
    assert 3.2 < longest(3) <= 4
    assert 48 < longest(30) <= 60


def checked(finish_reason: str, *findings: Finding) -> Ended:
    artifact = Artifact((FILE,), (), findings)
    return after_check(job(), Reply("the answer", finish_reason, 100, 20), artifact)


def test_a_faultless_answer_serves_again() -> None:
    ended = checked(FinishReason.STOP, WARNING)
    assert (ended.status, ended.reason, ended.cache_key) == (JobStatus.SUCCEEDED, None, "k")


def test_an_answer_with_an_error_is_invalid_and_keeps_its_files() -> None:
    ended = checked(FinishReason.STOP, WARNING, ERROR, ERROR)
    assert (ended.status, ended.reason, ended.cache_key) == (JobStatus.FAILED, Reason.INVALID, None)
    assert ended.detail == "Dockerfile:2: It does not parse. (and 1 more)"
    assert ended.result is not None
    assert ended.result.artifact.files == (FILE,)


@pytest.mark.parametrize(
    ("finish_reason", "reason"),
    [(FinishReason.LENGTH, Reason.TRUNCATED), (FinishReason.FILTERED, Reason.REFUSED)],
)
def test_an_answer_that_was_stopped_is_kept_and_never_serves_again(
    finish_reason: str, reason: Reason
) -> None:
    ended = checked(finish_reason)
    assert (ended.status, ended.reason, ended.cache_key) == (JobStatus.FAILED, reason, None)
    assert ended.result is not None


def test_an_answer_knows_when_its_first_text_came() -> None:
    answer = Answer()
    answer.add("FROM ")
    first = answer.first_token_at
    answer.add("debian")
    assert (answer.text, answer.first_token_at) == ("FROM debian", first)
    assert first is not None
    assert answer.started_at <= first <= datetime.now(UTC)
