"""Orders for many jobs at once: whom they are about, and what they leave alone."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.rows import all_rows
from tests.store.asked import asked, put, submitted
from tests.store.conftest import ARTIFACT
from tests.web.hand import Hand
from webapp.domain.artifact import Result
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.errors import SelectionGrew
from webapp.domain.listing import JobFilter, Selection
from webapp.store import changes, reads
from webapp.store.database import Store
from webapp.store.models import job as job_table

S = JobStatus
Counts = Callable[[], None]
OPENAI = "openai:m"


@pytest.fixture
def hand(store: Store) -> Hand:
    return Hand(store)


@pytest.fixture
def mixed(store: Store, hand: Hand, result: Result) -> str:
    """A batch with a job of each fate, in this order; see STANDING."""
    jobs = [asked(kind, OPENAI, sample=n) for kind in ("dockerfile", "compose") for n in range(5)]
    batch_id = submitted(store, *jobs, hits={6: result})
    fates = [
        (S.FAILED, Reason.TIMEOUT),
        (S.FAILED, Reason.TRUNCATED),
        (S.PARKED, Reason.KEY),
        (S.PARKED, Reason.UNDECIDED),
        (S.PARKED, Reason.BUDGET),
    ]
    for status, reason in fates:
        hand.fail(hand.claim(batch_id, OPENAI), status, reason, "It went wrong.")
    job = hand.claim(batch_id, OPENAI)
    hand.answer(job)
    hand.end(job, artifact=ARTIFACT)
    hand.claim(batch_id, OPENAI)
    changes.cancel_job(store, all_rows(store, batch_id)[8].id)
    return batch_id


STANDING = [
    S.FAILED, S.FAILED, S.PARKED, S.PARKED, S.PARKED, S.SUCCEEDED, S.SUCCEEDED, S.RUNNING,
    S.CANCELLED, S.QUEUED,
]  # fmt: skip


def now(store: Store, batch_id: str) -> list[JobStatus]:
    return [job.status for job in all_rows(store, batch_id)]


def turned(store: Store, batch_id: str, status: JobStatus) -> list[int]:
    """The jobs that have this status, and had not at first."""
    pairs = zip(now(store, batch_id), STANDING, strict=True)
    return [seq for seq, (is_now, was) in enumerate(pairs, 1) if is_now == status != was]


def picked(*seqs: int) -> Selection:
    return Selection(frozenset(seqs))


def matching(shown: int | None = None, **which: Any) -> Selection:
    return Selection(matching=JobFilter(**which), shown=shown)


EVERY = picked(*range(1, 11))


def test_the_batch_has_a_job_of_each_fate(
    store: Store, mixed: str, counts_are_true: Counts
) -> None:
    assert now(store, mixed) == STANDING
    counts_are_true()


@pytest.mark.parametrize(
    ("selection", "cancelled"),
    [
        (EVERY, [8, 10]),
        (picked(1, 10), [10]),
        (picked(99), []),
        (picked(), []),
        (matching(), [8, 10]),
        (matching(statuses=(S.QUEUED,)), [10]),
        (matching(kinds=("dockerfile",)), []),
    ],
)
def test_only_open_jobs_of_a_selection_are_cancelled(
    store: Store, mixed: str, selection: Selection, cancelled: list[int], counts_are_true: Counts
) -> None:
    assert changes.cancel_batch(store, mixed, selection) == len(cancelled)
    assert turned(store, mixed, S.CANCELLED) == cancelled
    counts_are_true()


@pytest.mark.parametrize(
    ("selection", "again"),
    [
        (EVERY, [1, 2, 3, 9]),  # who was cancelled and then picked is meant
        (picked(2, 4, 5, 6), [2]),
        (picked(), []),
        (matching(), [1, 2, 3]),
        (matching(reasons=(Reason.TRUNCATED, Reason.UNDECIDED)), [2]),
        (matching(kinds=("compose",)), []),
        (matching(statuses=(S.CANCELLED,)), []),
    ],
)
def test_failed_and_parked_jobs_of_a_selection_are_retried(
    store: Store, mixed: str, selection: Selection, again: list[int], counts_are_true: Counts
) -> None:
    assert changes.retry_batch(store, mixed, selection) == len(again)
    assert turned(store, mixed, S.QUEUED) == again
    counts_are_true()


def test_what_may_have_been_charged_is_retried_only_when_asked_for_and_alone(
    store: Store, mixed: str
) -> None:
    assert changes.retry_batch(store, mixed, matching(kinds=("compose",)), undecided=True) == 0
    assert changes.retry_batch(store, mixed, EVERY, undecided=True) == 1
    assert turned(store, mixed, S.QUEUED) == [4]


@pytest.mark.parametrize(
    ("selection", "again"),
    [
        (EVERY, [1, 2, 3, 6, 7, 9]),
        (matching(), [1, 2, 3, 6, 7, 9]),
        (picked(6, 8, 10), [6]),
        (matching(statuses=(S.SUCCEEDED,)), [6, 7]),
    ],
)
def test_what_stands_still_is_run_fresh_but_not_what_waits_for_money_or_a_person(
    store: Store, mixed: str, selection: Selection, again: list[int], counts_are_true: Counts
) -> None:
    assert changes.run_fresh(store, mixed, selection) == len(again)
    assert turned(store, mixed, S.QUEUED) == again
    with store.read() as connection:
        seqs = select(job_table.c.seq).where(
            job_table.c.batch_id == mixed, job_table.c.fresh, job_table.c.status == S.QUEUED
        )
        assert sorted(connection.scalars(seqs)) == again
    assert reads.batch(store, mixed).cached == int(6 not in again)
    counts_are_true()


def test_all_rows_that_an_order_changes_get_the_next_version(store: Store, mixed: str) -> None:
    before = reads.batch_version(store, mixed)
    changes.retry_batch(store, mixed)
    newer = [job.version for job in all_rows(store, mixed) if job.version > before]
    assert newer == [before + 1] * 3
    assert reads.batch_version(store, mixed) == before + 1


@pytest.mark.parametrize("seqs", [(99,), (8,), ()])
def test_an_order_that_changes_nothing_moves_no_version(
    store: Store, mixed: str, seqs: tuple[int, ...]
) -> None:
    before = reads.batch_version(store, mixed)
    assert changes.retry_batch(store, mixed, picked(*seqs)) == 0
    assert changes.run_fresh(store, mixed, picked(*seqs)) == 0
    assert reads.batch_version(store, mixed) == before


ORDERS = [changes.cancel_batch, changes.retry_batch, changes.run_fresh]
Order = Callable[[Store, str, Selection], int]


@pytest.fixture
def dozen(store: Store, hand: Hand) -> Callable[[Order, int], str]:
    """A batch with two jobs more than those that an order is about."""

    def dozen(order: Order, number: int) -> str:
        batch_id = submitted(store, *(asked(sample=n) for n in range(number + 2)))
        hand.fail(hand.claim(batch_id), S.PARKED, Reason.UNDECIDED, "It broke off.")
        if order is changes.cancel_batch:
            changes.cancel_job(store, hand.claim(batch_id).id)
        else:
            for _ in range(number):
                hand.fail(hand.claim(batch_id), S.FAILED, Reason.TIMEOUT, "It took too long.")
        return batch_id

    return dozen


@pytest.mark.parametrize("order", ORDERS)
def test_a_tenth_more_than_were_shown_is_still_meant(
    store: Store, order: Order, dozen: Callable[[Order, int], str]
) -> None:
    assert order(store, dozen(order, 11), matching(shown=10)) == 11
    # Two more match that the order is not about: one is parked, one stands still or waits.
    assert order(store, dozen(order, 10), matching(shown=10)) == 10
    assert order(store, dozen(order, 3), matching(shown=99)) == 3
    assert order(store, dozen(order, 12), matching()) == 12


@pytest.mark.parametrize("order", ORDERS)
def test_more_than_a_tenth_more_are_refused_and_nothing_is_done(
    store: Store, order: Order, dozen: Callable[[Order, int], str]
) -> None:
    batch_id = dozen(order, 12)
    before, version = now(store, batch_id), reads.batch_version(store, batch_id)
    with pytest.raises(SelectionGrew, match="12 match now, and 10 did"):
        order(store, batch_id, matching(shown=10))
    assert (now(store, batch_id), reads.batch_version(store, batch_id)) == (before, version)


def test_what_was_picked_cannot_grow(store: Store, dozen: Callable[[Order, int], str]) -> None:
    batch_id = dozen(changes.retry_batch, 3)
    selection = Selection(frozenset({2, 3, 4}), shown=1)
    assert changes.retry_batch(store, batch_id, selection) == 3


def test_what_follows_a_job_that_is_made_anew_is_stale(store: Store, hand: Hand) -> None:
    first = asked("kubernetes", OPENAI)
    other = asked("kubernetes", "gemini:m")
    steps = [asked("kubernetes+harden", str(each.model), after=each) for each in (first, other)]
    waiting = asked("kubernetes+cost", OPENAI, after=first)
    batch_id = submitted(store, first, other, *steps, waiting)
    for seq in (1, 2, 3, 4):
        put(store, batch_id, seq, status=S.SUCCEEDED, reason=None)
    changes.run_fresh(store, batch_id, picked(1))
    rows = all_rows(store, batch_id)
    assert [job.seq for job in rows if job.is_stale] == [3]
    assert rows[2].version == reads.batch_version(store, batch_id)
