"""Batches that may cost only so much, and what their calls hold of it until they are settled."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.rows import all_rows
from tests.store.conftest import settled
from tests.store.test_store_runner import MODEL, OPENAI, Do, Submit, call, claim, ended
from webapp.domain.artifact import Result
from webapp.domain.batch import JobStatus, Reason
from webapp.store import changes, reads
from webapp.store.database import Store
from webapp.store.models import batch
from webapp.store.operations import (
    Abandoned,
    Answered,
    Claim,
    ClaimedJob,
    Ended,
    Outlook,
    Seen,
    Unsent,
)
from webapp.store.stats import ModelStat, load

RESERVE = 40


def bounded(submit: Submit, *keys: str, budget: int | None = 100) -> str:
    return submit(*keys, reserve_cost=RESERVE, budget_microusd=budget)


def money(store: Store, batch_id: str) -> tuple[int, int, int]:
    """What a batch has cost, what it holds, and how many calls nobody knows the cost of."""
    with store.read() as connection:
        row = connection.execute(batch.select().where(batch.c.id == batch_id)).one()
        return row.cost, row.reserved, row.unpriced


def take(do: Do, batch_id: str, number: int) -> list[ClaimedJob]:
    """The jobs that so many lanes get at once."""
    given = do(*(Claim(batch_id, OPENAI) for _ in range(number)))
    return [each for each in given if isinstance(each, ClaimedJob)]


def answered(job: ClaimedJob, cost: int | None) -> Answered:
    paid = replace(call(job), reserved=job.reserve_cost or 0, cost=cost)
    return Answered(job.batch_id, job.id, job.claim_no, job.calling, paid, 1)


def unsent(job: ClaimedJob) -> Unsent:
    reserved = job.reserve_cost or 0
    return Unsent(job.batch_id, job.id, job.claim_no, job.calling, job.attempt_id, reserved, None)


def test_lanes_together_never_hold_more_than_the_budget(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = bounded(submit, *"abcd")
    assert len(take(do, batch_id, 4)) == 2
    assert money(store, batch_id) == (0, 80, 0)
    assert do(Claim(batch_id, OPENAI)) == [Outlook({MODEL: None})]
    assert reads.batch(store, batch_id).counts[JobStatus.QUEUED] == 2  # those in flight may free it
    counts_are_true()


def test_a_call_that_cost_less_than_was_held_frees_the_rest(
    store: Store, submit: Submit, do: Do
) -> None:
    batch_id = bounded(submit, *"abcd")
    first, _ = take(do, batch_id, 4)
    assert len(do(answered(first, 10), *(Claim(batch_id, OPENAI) for _ in range(2)))) == 3
    assert money(store, batch_id) == (10, 80, 0)
    assert reads.job(store, first.id).job.cost_microusd == 10
    assert reads.job(store, first.id).attempts[0].cost_microusd == 10


@pytest.mark.parametrize(("cost", "left"), [(30, (60, 0, 0)), (None, (0, 80, 2))])
def test_the_rest_is_parked_once_no_call_can_free_anything_and_goes_on_with_more(
    store: Store, submit: Submit, do: Do, result: Result, cost: int | None,
    left: tuple[int, int, int], counts_are_true: Callable[[], None],
) -> None:  # fmt: skip
    batch_id = bounded(submit, *"abcd", budget=95)
    first, second = take(do, batch_id, 4)
    do(answered(first, cost), Claim(batch_id, OPENAI))
    do(answered(second, cost))
    assert reads.batch(store, batch_id).counts[JobStatus.PARKED] == 0
    do(Claim(batch_id, OPENAI))
    view = reads.batch(store, batch_id)
    assert (view.counts[JobStatus.PARKED], money(store, batch_id)) == (2, left)
    rows = [each for each in all_rows(store, batch_id) if each.status is JobStatus.PARKED]
    assert {each.reason for each in rows} == {Reason.BUDGET}
    counts_are_true()
    assert changes.go_on(store, batch_id, Reason.BUDGET, budget_microusd=200) == 2
    assert len(take(do, batch_id, 4)) == 2
    counts_are_true()


def test_a_batch_without_a_budget_holds_nothing_and_still_counts(
    store: Store, submit: Submit, do: Do
) -> None:
    batch_id = bounded(submit, *"abcd", budget=None)
    jobs = take(do, batch_id, 4)
    do(*(answered(job, cost) for job, cost in zip(jobs, (10, 20, None, 0), strict=True)))
    assert money(store, batch_id) == (30, 0, 1)


def test_a_call_that_failed_gives_back_what_it_held(store: Store, submit: Submit, do: Do) -> None:
    batch_id = bounded(submit, "a")
    (job,) = take(do, batch_id, 1)
    failed = replace(call(job, "error", None), reserved=RESERVE, cost=0)
    do(Ended(
        batch_id, job.id, job.claim_no, JobStatus.RUNNING, JobStatus.FAILED, Reason.REJECTED,
        "It was rejected.", failed, 1, None, None,
    ))  # fmt: skip
    assert money(store, batch_id) == (0, 0, 0)


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_call_that_did_not_start_leaves_nothing_behind(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None], *, is_cancelled: bool
) -> None:
    batch_id = bounded(submit, "a", "b")
    jobs = take(do, batch_id, 2)
    if is_cancelled:
        changes.cancel_job(store, jobs[0].id)
    do(unsent(jobs[0]))
    assert reads.job(store, jobs[0].id).attempts == ()
    assert money(store, batch_id) == (0, RESERVE, 0)
    status = JobStatus.CANCELLED if is_cancelled else JobStatus.QUEUED
    assert reads.job(store, jobs[0].id).job.status is status
    counts_are_true()


@pytest.mark.parametrize(("cost", "left"), [(None, (0, RESERVE, 1)), (7, (7, 0, 0))])
def test_a_cancelled_call_is_settled_as_far_as_its_cost_is_known(
    store: Store, submit: Submit, do: Do, cost: int | None, left: tuple[int, int, int]
) -> None:
    batch_id = bounded(submit, "a")
    (job,) = take(do, batch_id, 1)
    changes.cancel_batch(store, batch_id)
    given_up = replace(call(job, "undecided"), reserved=RESERVE, cost=cost)
    do(Abandoned(batch_id, job.id, given_up))
    assert money(store, batch_id) == left


@pytest.mark.parametrize(("cost", "left"), [(None, (0, RESERVE, 1)), (7, (7, 0, 0))])
def test_a_call_that_ends_just_after_its_job_was_cancelled_is_settled_once(
    store: Store, submit: Submit, do: Do, cost: int | None, left: tuple[int, int, int]
) -> None:
    batch_id = bounded(submit, "a")
    (job,) = take(do, batch_id, 1)
    changes.cancel_batch(store, batch_id)
    for _ in range(2):
        assert do(answered(job, cost)) == [False]
    detail = reads.job(store, job.id)
    assert (detail.job.status, detail.attempts[0].status) == (JobStatus.CANCELLED, "ok")
    assert money(store, batch_id) == left


def test_a_new_runner_keeps_what_calls_of_unknown_outcome_held(
    store: Store, submit: Submit, do: Do, result: Result
) -> None:
    batch_id = bounded(submit, "a", "b", "c")
    first, _ = take(do, batch_id, 2)
    do(answered(first, 10))
    settled(store)
    assert money(store, batch_id) == (10, RESERVE, 1)
    do(ended(first, result))
    assert len(take(do, batch_id, 3)) == 1


def test_a_free_call_of_unknown_outcome_cost_nothing(store: Store, submit: Submit, do: Do) -> None:
    batch_id = submit("a", reserve_cost=0, budget_microusd=100)
    job = claim(do, batch_id)
    settled(store)
    assert money(store, batch_id) == (0, 0, 0)
    assert reads.job(store, job.id).attempts[0].cost_microusd == 0


def test_what_answers_have_shown_is_summed_by_model_and_kind(
    store: Store, submit: Submit, do: Do
) -> None:
    batch_id = submit(*"abc")
    for tokens in (50, 10, 30):
        job = claim(do, batch_id)
        do(replace(answered(job, 0), seen=Seen(MODEL, "dockerfile", 400, 100, tokens)))
    with store.read() as connection:
        found = load(connection, [MODEL])
    assert found == {(MODEL, "dockerfile"): ModelStat(3, 1200, 300, 90, 10, 50)}
