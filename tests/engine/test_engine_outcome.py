"""What a call and a check mean for their job."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.engine.endpoints import endpoint
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import JobStatus, ModelChoice, Reason, Retries
from webapp.domain.endpoint import Price
from webapp.engine.outcome import (
    PATIENCE,
    Answer,
    Circumstances,
    after_error,
    answered_call,
    failed_call,
    seen,
)
from webapp.engine.verdict import after_check
from webapp.prices import Prices
from webapp.providers.base import Done, ErrorKind, FinishReason, ProviderError
from webapp.store.fallbacks import Fallback
from webapp.store.operations import ClaimedJob, Ended, PutBack, Reply, Round

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


PRICES = Prices([endpoint("openai", price=Price(1, 10))])
FALLBACK = Fallback("gemini", "g", "r", "k2", False, 10, 10)
AFTER_AN_HOUR = datetime(2030, 1, 1, tzinfo=UTC)


def job(tries: int = 0, **changes: Any) -> ClaimedJob:
    known: dict[str, Any] = {
        "id": "j", "batch_id": "b", "claim_no": 1, "kind": "dockerfile", "endpoint": "openai",
        "cache_key": "k", "attempt_id": "a", "tries": tries, "model": "m", "max_tokens": 1000,
        "temperature": None, "seed": None, "never_twice": False, "retries": Retries.DEFAULT,
        "reserve_tokens": 1100, "reserve_cost": 40, "round": Round(0, 0, None),
        "facts": None, "fallbacks": (), "system": "", "user": "é",
    }  # fmt: skip
    return ClaimedJob(**known | changes)


def circumstances(
    *, was_probe: bool = False, until: datetime | None = None, retry_s: float = 0.0
) -> Circumstances:
    return Circumstances(3, 1, was_probe, until, lambda: retry_s)


def after(
    kind: ErrorKind,
    claimed: ClaimedJob | None = None,
    given: Circumstances | None = None,
    **how: Any,
) -> PutBack | Ended:
    claimed = claimed or job()
    error = ProviderError(kind, "It failed.", **how)
    call = failed_call(claimed, Answer(), error)
    return after_error(claimed, call, error, given or circumstances())


def wait_s(put_back: PutBack | Ended) -> float:
    assert isinstance(put_back, PutBack)
    assert put_back.not_before is not None
    return (put_back.not_before - put_back.call.ended_at).total_seconds()


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
    second, third = after(kind, job(1)), after(kind, job(2))
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
    kind: ErrorKind, how: dict[str, Any]
) -> None:
    ended = after(kind, job(never_twice=True), **how)
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
    assert isinstance(after(kind, job(never_twice=True), **how), PutBack)


def test_a_rate_limit_uses_up_no_try() -> None:
    put_back = after(ErrorKind.RATE_LIMITED, job(2, claim_no=40))
    assert isinstance(put_back, PutBack)
    assert (put_back.tries, put_back.reason) == (2, Reason.RATE_LIMIT)


def test_a_probe_that_fails_uses_up_no_try_and_waits_for_no_longer_than_all() -> None:
    given = circumstances(was_probe=True, until=AFTER_AN_HOUR, retry_s=1e9)
    put_back = after(ErrorKind.UNAVAILABLE, job(2), given)
    assert isinstance(put_back, PutBack)
    assert (put_back.tries, put_back.not_before) == (2, AFTER_AN_HOUR)


@pytest.mark.parametrize("kind", [ErrorKind.RATE_LIMITED, ErrorKind.UNAVAILABLE])
def test_a_job_does_not_come_back_before_its_model_takes_calls_again(kind: ErrorKind) -> None:
    put_back = after(kind, given=circumstances(until=AFTER_AN_HOUR))
    assert isinstance(put_back, PutBack)
    assert put_back.not_before == AFTER_AN_HOUR


def test_a_job_does_not_come_back_before_the_provider_said() -> None:
    assert wait_s(after(ErrorKind.UNAVAILABLE, retry_after_s=10)) == 10


def test_a_try_waits_for_those_of_others() -> None:
    assert wait_s(after(ErrorKind.UNAVAILABLE, given=circumstances(retry_s=30))) == 30


@pytest.mark.parametrize("is_overloaded", [False, True])
def test_without_a_word_of_the_provider_the_wait_doubles_up_to_a_minute_with_full_jitter(
    is_overloaded: bool,
) -> None:
    def longest(tries: int) -> float:
        claimed = job(tries, retries=Retries.PATIENT)
        waits = [
            wait_s(after(ErrorKind.UNAVAILABLE, claimed, is_overloaded=is_overloaded))
            for _ in range(300)
        ]
        assert min(waits) < max(waits) / 10
        return max(waits)

    first_s = 4 if is_overloaded else 1
    assert 0.8 * first_s < longest(0) <= first_s
    assert 3.2 * first_s < longest(2) <= 4 * first_s
    assert 48 < longest(7) <= 60


@pytest.mark.parametrize("kind", [kind for kind in ErrorKind if kind.is_retryable])
def test_without_retries_the_first_error_is_final(kind: ErrorKind) -> None:
    assert isinstance(after(kind, job(retries=Retries.OFF)), Ended)


def test_patience_is_three_times_as_many_tries() -> None:
    last = 3 * PATIENCE - 1
    before = after(ErrorKind.TIMEOUT, job(last - 1, retries=Retries.PATIENT))
    assert isinstance(before, PutBack)
    assert isinstance(after(ErrorKind.TIMEOUT, job(last, retries=Retries.PATIENT)), Ended)


@pytest.mark.parametrize(
    ("kind", "tries", "is_handed_on"),
    [
        (ErrorKind.BAD_KEY, 0, True),
        (ErrorKind.REJECTED, 0, True),
        (ErrorKind.TIMEOUT, 2, True),
        (ErrorKind.TIMEOUT, 1, False),
        (ErrorKind.RATE_LIMITED, 2, False),
    ],
)
def test_a_final_error_hands_the_job_on(kind: ErrorKind, tries: int, is_handed_on: bool) -> None:
    put_back = after(kind, job(tries, fallbacks=(FALLBACK,)))
    assert isinstance(put_back, PutBack)
    assert put_back.model == ModelChoice("openai", "m")
    assert put_back.fallbacks == ((FALLBACK,) if is_handed_on else ())
    assert put_back.tries == (0 if is_handed_on else tries + (kind is ErrorKind.TIMEOUT))


@pytest.mark.parametrize(
    ("reserve", "how", "cost"),
    [
        (40, {"http_status": 503}, 0),
        (40, {"is_unsent": True}, 0),
        (40, {}, None),  # it broke off: only a bill would tell
        (None, {}, None),
        (0, {}, 0),  # what is free stays free
    ],
)
def test_a_call_that_failed_costs_nothing_unless_it_may_have_been_charged(
    reserve: int | None, how: dict[str, Any], cost: int | None
) -> None:
    error = ProviderError(ErrorKind.UNAVAILABLE, "It failed.", **how)
    call = failed_call(job(reserve_cost=reserve), Answer(), error)
    assert (call.cost, call.reserved) == (cost, reserve or 0)


def test_an_answer_costs_what_its_tokens_cost_and_shows_what_its_model_does() -> None:
    done = Done(FinishReason.STOP, 100, 20)
    call = answered_call(job(), Answer(), done, PRICES)
    assert (call.cost, call.reserved) == (300, 40)
    shown = seen(job(), done)
    assert shown is not None
    assert (shown.prompt_bytes, shown.input_tokens, shown.output_tokens) == (2, 100, 20)
    assert seen(job(), Done(FinishReason.STOP, None, 20)) is None


def checked(finish_reason: str, *findings: Finding) -> Ended:
    artifact = Artifact((FILE,), (), findings)
    ended = after_check(job(), Reply("the answer", finish_reason, 100, 20), artifact, PRICES)
    assert isinstance(ended, Ended)
    return ended


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
