"""What a runner writes: claims, fences, endings, twins, and what a new runner makes of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.rows import all_rows
from tests.store.conftest import settled
from webapp.domain.artifact import Result
from webapp.domain.batch import JobStatus, ModelChoice, Reason
from webapp.domain.listing import Window
from webapp.store import changes, holds, listing, reads, runners, settling
from webapp.store.database import Store
from webapp.store.group import Fenced
from webapp.store.operations import (
    Abandoned,
    Answered,
    Applied,
    Beat,
    Call,
    Claim,
    ClaimedJob,
    Ended,
    Outlook,
    PaceState,
    Park,
    Progress,
    PutBack,
    Rechecking,
    SetBack,
)

Submit = Callable[..., str]
Do = Callable[..., list[Applied]]
MODEL = ModelChoice("openai", "m")
OPENAI = frozenset({MODEL})


def claim(do: Do, batch_id: str) -> ClaimedJob:
    (claimed,) = do(Claim(batch_id, OPENAI))
    assert isinstance(claimed, ClaimedJob)
    return claimed


def call(job: ClaimedJob, status: str = "ok", raw: str | None = "the answer") -> Call:
    now = datetime.now(UTC)
    return Call(
        job.attempt_id, status, now - timedelta(seconds=2), now, finish_reason="stop",
        input_tokens=100, output_tokens=20, raw=raw,
    )  # fmt: skip


def answered(job: ClaimedJob) -> Answered:
    return Answered(job.batch_id, job.id, job.claim_no, job.calling, call(job), 1)


def ended(job: ClaimedJob, result: Result | None, *, shares: bool = False) -> Ended:
    return Ended(
        job.batch_id, job.id, job.claim_no, JobStatus.CHECKING, JobStatus.SUCCEEDED, None, None,
        None, 0, result, job.cache_key if shares else None,
    )  # fmt: skip


def put_back(job: ClaimedJob, until: datetime | None) -> PutBack:
    return PutBack(
        job.batch_id, job.id, job.claim_no, job.calling, call(job, "error", None), 1, 1,
        Reason.RETRY, "refused", until, MODEL,
    )  # fmt: skip


def test_a_claim_gives_the_next_job_with_its_prompt(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", "b")
    first = claim(do, batch_id)
    assert (first.system, first.user, first.claim_no) == ("You write files.", "a", 1)
    row = reads.rows(store, batch_id, 1, 1)[0]
    assert (row.status, row.version) == (JobStatus.RUNNING, 2)
    (attempt,) = reads.job(store, first.id).attempts
    assert attempt.status == "sent"
    assert claim(do, batch_id).user == "b"
    counts_are_true()


def test_two_claims_in_one_group_get_two_jobs(submit: Submit, do: Do) -> None:
    batch_id = submit("a", "b", "c")
    claimed = do(*(Claim(batch_id, OPENAI) for _ in range(4)))
    users = [job.user for job in claimed if isinstance(job, ClaimedJob)]
    assert users == ["a", "b", "c"]
    assert claimed[3] == Outlook({})


def test_a_claim_takes_nothing_of_other_endpoints_and_says_what_is_left(
    submit: Submit, do: Do
) -> None:
    batch_id = submit("a", endpoint="ollama")
    assert do(Claim(batch_id, OPENAI)) == [Outlook({ModelChoice("ollama", "m"): None})]


def test_a_job_put_back_waits_for_its_time(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a")
    until = datetime.now(UTC) + timedelta(hours=1)
    do(put_back(claim(do, batch_id), until))
    assert do(Claim(batch_id, OPENAI)) == [Outlook({MODEL: until})]
    (row,) = reads.rows(store, batch_id, 1, 1)
    assert (row.status, row.reason, row.detail) == (JobStatus.QUEUED, Reason.RETRY, "refused")
    assert holds.waiting(store, batch_id)[0].startswith("1 job waits for another try at openai")
    counts_are_true()


def test_a_batch_waits_for_the_slots_only_of_models_it_has_jobs_for(
    store: Store, submit: Submit, do: Do
) -> None:
    batch_id, other = submit("a"), submit("b", endpoint="ollama")
    do(Beat((PaceState(ModelChoice("openai", ""), 3, 3),)))
    sentence = "waits for a slot at openai (3 of 3 in use)"
    assert (holds.waiting(store, batch_id), holds.waiting(store, other)) == ([sentence], [])
    claim(do, batch_id)
    assert holds.waiting(store, batch_id) == []


def test_a_job_runs_from_claim_to_finish(
    store: Store, submit: Submit, do: Do, result: Result, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a")
    job = claim(do, batch_id)
    assert do(answered(job), ended(job, result)) == [True, True]
    detail = reads.job(store, job.id)
    assert (detail.job.status, detail.artifact) == (JobStatus.SUCCEEDED, result.artifact)
    assert (detail.attempts[0].status, detail.attempts[0].raw) == ("ok", "the answer")
    batch = reads.batch(store, batch_id)
    assert (batch.is_finished, batch.input_tokens, batch.peak_in_flight) == (True, 100, 1)
    assert batch.call_s == pytest.approx(2, abs=0.1)
    counts_are_true()


def test_an_end_before_its_answer_changes_nothing(
    store: Store, submit: Submit, do: Do, result: Result
) -> None:
    job = claim(do, submit("a"))
    assert do(ended(job, result)) == [False]
    assert reads.job(store, job.id).job.status is JobStatus.RUNNING


def test_a_claim_that_is_over_writes_nothing(
    store: Store, submit: Submit, do: Do, result: Result, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a")
    old = claim(do, batch_id)
    do(put_back(old, None))
    new = claim(do, batch_id)
    assert new.claim_no == old.claim_no + 1
    assert do(answered(old)) == [False]
    do(Progress(batch_id, old.id, old.claim_no, "late"))
    assert reads.job_text(store, old.id, 0).text == ""
    with pytest.raises(Fenced):
        do(answered(old), answered(new))
    assert do(answered(new), ended(new, result)) == [True, True]
    counts_are_true()


def test_growing_text_is_read_from_an_offset(store: Store, submit: Submit, do: Do) -> None:
    job = claim(do, submit("a"))
    version = reads.batch_version(store, job.batch_id)
    do(Progress(job.batch_id, job.id, job.claim_no, "FROM debian"))
    text = reads.job_text(store, job.id, 5)
    assert (text.text, text.next_offset, text.is_final) == ("debian", 11, False)
    assert reads.batch_version(store, job.batch_id) == version


def test_twins_wait_and_are_served_by_the_first(
    store: Store, submit: Submit, do: Do, result: Result, counts_are_true: Callable[[], None]
) -> None:
    mine, other, fresh = submit("a", "a"), submit("a"), submit("a", fresh=True)
    job = claim(do, mine)
    assert do(Claim(mine, OPENAI)) == [Outlook({MODEL: None})]
    assert do(Claim(other, OPENAI)) == [Outlook({MODEL: None})]
    do(answered(job), ended(job, result, shares=True))
    twins = [reads.rows(store, mine, 2, 2)[0], reads.rows(store, other, 1, 1)[0]]
    assert [(t.status, t.reason) for t in twins] == [(JobStatus.SUCCEEDED, Reason.CACHED)] * 2
    assert all(reads.job(store, twin.id).artifact == result.artifact for twin in twins)
    assert claim(do, fresh).user == "a"
    assert reads.counters(store)["cache_shared"] == 2
    counts_are_true()


def test_a_twin_takes_over_when_the_first_fails(submit: Submit, do: Do) -> None:
    batch_id = submit("a", "a")
    first = claim(do, batch_id)
    do(answered(first), ended(first, None))
    assert claim(do, batch_id).user == "a"


def test_identical_jobs_claimed_together_give_one_call(submit: Submit, do: Do) -> None:
    batch_id = submit("a", "a", "b")
    claimed = do(*(Claim(batch_id, OPENAI) for _ in range(3)))
    assert [job.user for job in claimed if isinstance(job, ClaimedJob)] == ["a", "b"]


def test_cancelling_a_batch_reaches_running_jobs(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", "b")
    job = claim(do, batch_id)
    assert changes.cancel_batch(store, batch_id) == 2
    assert reads.batch(store, batch_id).is_finished
    with store.read() as connection:
        assert settling.still_held(connection, {job.id: job.claim_no}) == set()
    do(Abandoned(batch_id, job.id, call(job, "undecided")))
    assert do(answered(job)) == [False]
    assert reads.job(store, job.id).attempts[0].status == "undecided"
    counts_are_true()


def test_retry_puts_failed_and_parked_jobs_back(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", "b")
    do(Park("openai", None, Reason.KEY, "openai is not set up here."))
    (row, _) = reads.rows(store, batch_id, 1, 2)
    assert (row.status, row.reason) == (JobStatus.PARKED, Reason.KEY)
    assert changes.retry_batch(store, batch_id) == 2
    view = reads.batch(store, batch_id)
    assert (view.counts[JobStatus.QUEUED], view.finished_at) == (2, None)
    assert changes.retry_batch(store, batch_id) == 0
    counts_are_true()


def test_one_job_runs_again_with_twice_the_limit(store: Store, submit: Submit, do: Do) -> None:
    job = claim(do, submit("a"))
    assert not changes.retry_job(store, job.id)
    changes.cancel_job(store, job.id)
    assert changes.retry_job(store, job.id, {"max_tokens": 2000, "cache_key": "k"})
    again = claim(do, job.batch_id)
    assert (again.max_tokens, again.cache_key, again.claim_no) == (2000, "k", 2)


def test_a_new_runner_sends_again_what_was_in_flight(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    job = claim(do, submit("a"))
    assert settled(store) == (1, [])
    detail = reads.job(store, job.id)
    assert detail.job.status is JobStatus.QUEUED
    assert detail.attempts[0].status == "undecided"
    assert "may have been charged" in (detail.attempts[0].sentence or "")
    counts_are_true()


def test_a_new_runner_parks_what_may_be_paid_for_twice(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", "b", never_twice=True)
    job = claim(do, batch_id)
    assert settled(store) == (0, [])
    row = reads.job(store, job.id).job
    assert (row.status, row.reason) == (JobStatus.PARKED, Reason.UNDECIDED)
    assert reads.undecided(store, batch_id) == 1
    counts_are_true()


def test_undecided_jobs_run_again_only_when_they_are_asked_for(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", never_twice=True)
    claim(do, batch_id)
    settled(store)
    assert changes.retry_batch(store, batch_id) == 0
    assert changes.retry_batch(store, batch_id, undecided=True) == 1
    assert claim(do, batch_id).claim_no == 2
    counts_are_true()


def test_a_new_runner_checks_a_stored_answer_and_sends_nothing(
    store: Store, submit: Submit, do: Do, result: Result, counts_are_true: Callable[[], None]
) -> None:
    job = claim(do, submit("a"))
    do(answered(job))
    requeued, (stored,) = settled(store)
    assert (requeued, stored.reply.text, stored.claim_no) == (0, "the answer", 1)
    assert do(ended(job, result)) == [True]
    counts_are_true()


def test_an_answer_whose_check_ends_the_runner_three_times_fails(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", "b")
    job, other = claim(do, batch_id), claim(do, batch_id)
    do(answered(job))
    do(answered(other))
    for _ in range(3):
        found = {answer.id: answer.crashes for answer in settled(store)[1]}
        assert found.keys() == {job.id, other.id}
        assert list(found.values()) == sorted(found.values()), "those under suspicion are the last"
        assert do(Rechecking(batch_id, job.id, job.claim_no)) == [True]
    assert [answer.id for answer in settled(store)[1]] == [other.id]
    assert do(Rechecking(batch_id, job.id, job.claim_no)) == [False]
    row = reads.job(store, job.id).job
    assert (row.status, row.reason) == (JobStatus.FAILED, Reason.CRASHED_RUNNER)
    counts_are_true()


def test_a_delta_holds_only_what_changed(store: Store, submit: Submit, do: Do) -> None:
    batch_id = submit("a", "b", "c")
    since = reads.batch_version(store, batch_id)
    claim(do, batch_id)
    view = reads.batch(store, batch_id)
    rows = listing.changed(store, batch_id, since, Window(1, 100))
    assert (view.version, [row.seq for row in rows]) == (since + 1, [1])


def test_a_queued_row_says_that_no_runner_lives(store: Store, submit: Submit) -> None:
    batch_id = submit("a")
    assert reads.rows(store, batch_id, 1, 1)[0].reason is Reason.NO_RUNNER
    runners.enlist(store, "r", "host", 1)
    assert reads.rows(store, batch_id, 1, 1)[0].reason is None
    assert reads.runner_state(store).is_alive


def test_jobs_wait_no_longer_when_the_clock_is_set_back(
    store: Store, submit: Submit, do: Do
) -> None:
    batch_id = submit("a", "b")
    old, new = claim(do, batch_id), claim(do, batch_id)
    now, hour = datetime.now(UTC), timedelta(hours=1)
    do(put_back(old, now + hour - timedelta(seconds=1)))
    do(put_back(new, now + timedelta(seconds=40)))
    do(SetBack(hour))
    times = {row.id: row.not_before for row in all_rows(store, batch_id)}
    assert times == {
        old.id: now - timedelta(seconds=1), new.id: now + timedelta(seconds=40)
    }  # fmt: skip
