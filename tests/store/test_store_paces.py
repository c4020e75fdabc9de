"""Models that cool down or need a person: which jobs go to another model, wait, or are parked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.store.test_store_runner import MODEL, Do, Submit, claim, put_back
from webapp.domain.batch import JobStatus, ModelChoice, Reason, Retries
from webapp.domain.views import JobView
from webapp.store import reads
from webapp.store.database import Store
from webapp.store.operations import Beat, Claim, ClaimedJob, PaceState, Park

GEMINI, OLLAMA = ModelChoice("gemini", "g"), ModelChoice("ollama", "o")
SIBLING = ModelChoice("openai", "sibling")
WRONG = "The key is wrong."


def row(store: Store, batch_id: str) -> JobView:
    return reads.rows(store, batch_id, 1, 1)[0]


def cooling(*models: ModelChoice, wait_s: float = 60) -> Beat:
    until = datetime.now(UTC) + timedelta(seconds=wait_s)
    return Beat(tuple(PaceState(m, None, 0, None, until, "cools") for m in models))


@pytest.mark.parametrize("model", [None, "m"])
def test_what_a_person_must_mend_hands_jobs_on_and_parks_those_without_a_fallback(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None], model: str | None
) -> None:
    secured, alone = submit("a", fallbacks=(GEMINI, OLLAMA)), submit("b")
    elsewhere = submit("c", endpoint="watsonx")
    do(Park("openai", model, Reason.KEY, WRONG))
    handed = row(store, secured)
    assert (handed.status, handed.model, handed.instead_of) == (
        JobStatus.QUEUED, GEMINI, "openai:m"
    )  # fmt: skip
    assert handed.detail == WRONG
    parked = row(store, alone)
    assert (parked.status, parked.reason, parked.detail) == (JobStatus.PARKED, Reason.KEY, WRONG)
    assert reads.batch(store, alone).is_finished
    assert row(store, elsewhere).status is JobStatus.QUEUED
    counts_are_true()


@pytest.mark.parametrize(("model", "takes_over"), [(None, GEMINI), ("m", SIBLING)])
def test_no_job_is_handed_on_to_what_has_the_same_fault(
    store: Store, submit: Submit, do: Do, model: str | None, takes_over: ModelChoice
) -> None:
    batch_id = submit("a", fallbacks=(SIBLING, GEMINI))
    do(Park("openai", model, Reason.KEY, WRONG))
    assert row(store, batch_id).model == takes_over


def test_only_jobs_that_wait_no_longer_are_parked(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batches = {each: submit(each, retries=each) for each in Retries}
    spared = frozenset({Retries.PATIENT})
    do(Park("openai", "m", Reason.PROVIDER, "It is down.", spared))
    parked = {each for each, found in batches.items() if row(store, found).status == "parked"}
    assert parked == {Retries.OFF, Retries.DEFAULT}
    counts_are_true()


def test_a_job_that_runs_is_not_parked(store: Store, submit: Submit, do: Do) -> None:
    batch_id = submit("a")
    claim(do, batch_id)
    do(Park("openai", None, Reason.KEY, WRONG))
    assert row(store, batch_id).status is JobStatus.RUNNING


def test_a_beat_changes_only_batches_that_wait_for_a_model_whose_time_changed(
    store: Store, submit: Submit, do: Do
) -> None:
    mine, secured, other = submit("a"), submit("b", fallbacks=(GEMINI,)), submit("c", endpoint="x")

    def versions() -> list[int]:
        return [reads.batch_version(store, each) for each in (mine, secured, other)]

    beat, before = cooling(MODEL, wait_s=5), versions()
    do(beat)
    after = [before[0] + 1, before[1] + 1, before[2]]
    assert versions() == after
    do(beat)
    assert versions() == after
    do(Beat((PaceState(MODEL, 3, 1),)))
    assert versions() == [after[0] + 1, after[1] + 1, after[2]]


@pytest.mark.parametrize(
    ("models", "wait_s", "takes_over"),
    [
        ((MODEL,), 60, GEMINI),
        ((MODEL,), 5, MODEL),  # not longer than the batch waits
        ((MODEL, GEMINI), 60, OLLAMA),
        ((MODEL, GEMINI, OLLAMA), 60, MODEL),  # nobody is better off
        ((GEMINI,), 60, MODEL),
    ],
)
def test_a_job_leaves_a_model_that_cools_too_long_for_one_that_does_not(
    store: Store, submit: Submit, do: Do, models: tuple[ModelChoice, ...], wait_s: float,
    takes_over: ModelChoice,
) -> None:  # fmt: skip
    batch_id = submit("a", fallbacks=(GEMINI, OLLAMA), fallback_after_s=10.0)
    do(cooling(*models, wait_s=wait_s))
    found = row(store, batch_id)
    assert (found.status, found.model) == (JobStatus.QUEUED, takes_over)
    assert found.instead_of == (None if takes_over == MODEL else "openai:m")


def test_a_job_handed_on_after_an_error_is_another_request(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", fallbacks=(GEMINI, OLLAMA))
    job = claim(do, batch_id)
    do(replace(put_back(job, None), fallbacks=job.fallbacks))
    assert row(store, batch_id).instead_of == "openai:m"
    (again,) = do(Claim(batch_id, frozenset({GEMINI, MODEL})))
    assert isinstance(again, ClaimedJob)
    assert (again.choice, again.tries, again.fallbacks) == (GEMINI, 0, job.fallbacks[1:])
    assert again.cache_key == job.fallbacks[0].cache_key != job.cache_key
    assert [each.model for each in reads.job(store, job.id).attempts] == ["openai:m", "gemini:g"]
    counts_are_true()
