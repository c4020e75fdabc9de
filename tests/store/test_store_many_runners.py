"""What several runners over one database may do, and what one may after the others went on."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.rows import all_rows
from tests.store.conftest import RUNNER
from tests.store.test_store_budget import bounded, money, unsent
from tests.store.test_store_runner import MODEL, OPENAI, Do, Submit, answered, call, claim
from webapp.domain.batch import JobStatus
from webapp.domain.errors import Deposed
from webapp.store import changes, reads, runners, settling
from webapp.store.database import Store
from webapp.store.models import runner
from webapp.store.operations import Abandoned, Allowance, Beat, Claim, ClaimedJob, Outlook

OTHER = "another one"


@pytest.fixture
def other(store: Store) -> str:
    runners.enlist(store, OTHER, "elsewhere", 2)
    return OTHER


def fall_silent(store: Store, runner_id: str) -> None:
    with store.write() as connection:
        seen_at = connection.execute(runners.NOW.select()).scalar_one() - timedelta(seconds=60)
        connection.execute(runner.update().where(runner.c.id == runner_id).values(seen_at=seen_at))


def test_what_a_silent_runner_held_goes_on_and_what_others_hold_stays(
    store: Store, submit: Submit, do: Do, other: str, counts_are_true: Callable[[], None]
) -> None:
    batch_id = submit("a", "b")
    mine, theirs = claim(do, batch_id), do(Claim(batch_id, OPENAI), by=other)[0]
    assert isinstance(theirs, ClaimedJob)
    fall_silent(store, RUNNER)
    assert settling.settle_silent(store, other, 8) == (1, [])
    statuses = {row.id: row.status for row in all_rows(store, batch_id)}
    assert statuses == {mine.id: JobStatus.QUEUED, theirs.id: JobStatus.RUNNING}
    assert settling.settle_silent(store, other, 8) == (0, [])
    counts_are_true()


def test_a_runner_that_was_taken_for_dead_can_write_nothing(
    store: Store, submit: Submit, do: Do, other: str
) -> None:
    batch_id = submit("a")
    job = claim(do, batch_id)
    fall_silent(store, RUNNER)
    settling.settle_silent(store, other, 8)
    assert do(answered(job)) == [False]
    for operation in (Claim(batch_id, OPENAI), Beat(())):
        with pytest.raises(Deposed, match="silent for too long"):
            do(operation)
    assert [each.status for each in reads.job(store, job.id).attempts] == ["undecided"]


def test_an_answer_of_a_silent_runner_is_checked_by_the_one_that_finds_it(
    store: Store, submit: Submit, do: Do, other: str
) -> None:
    job = claim(do, submit("a"))
    do(answered(job))
    fall_silent(store, RUNNER)
    requeued, (stored,) = settling.settle_silent(store, other, 8)
    assert (requeued, stored.id, stored.reply.text) == (0, job.id, "the answer")
    runners.enlist(store, RUNNER, "host", 1)
    assert settling.settle_silent(store, RUNNER, 8) == (0, [])


def test_a_group_that_was_committed_unheard_changes_nothing_when_it_is_applied_again(
    store: Store, submit: Submit, do: Do, counts_are_true: Callable[[], None]
) -> None:
    batch_id = bounded(submit, "a", "b", "c")
    asked = Claim(batch_id, OPENAI)
    (first,) = do(asked)
    assert do(asked, is_again=True) == [first]
    assert isinstance(first, ClaimedJob)
    for _ in range(2):
        do(unsent(first), is_again=True)
    assert money(store, batch_id) == (0, 0, 0)
    second = claim(do, batch_id)
    changes.cancel_batch(store, batch_id)
    for _ in range(2):
        do(Abandoned(batch_id, second.id, call(second, "undecided")), is_again=True)
    assert money(store, batch_id)[2] == 1
    assert len(reads.job(store, second.id).attempts) == 1
    counts_are_true()


@pytest.mark.parametrize(
    ("allowance", "taken"),
    [
        (Allowance("openai", 3, None), 3),
        (Allowance("openai", None, 25), 2),
        (Allowance("openai", None, 5), 1),  # alone it goes, though it is more than the whole
        (Allowance("gemini", 1, None), 4),
    ],
)
def test_an_allowance_counts_the_calls_of_all_runners(
    store: Store, submit: Submit, do: Do, other: str, allowance: Allowance, taken: int
) -> None:
    batch_id = submit(*"abcd", reserve_tokens=10)
    asked = [Claim(batch_id, OPENAI, frozenset({allowance})) for _ in range(4)]
    given = [*do(*asked[:2]), *do(*asked[2:], by=other)]
    assert sum(isinstance(each, ClaimedJob) for each in given) == taken
    assert all(each == Outlook({MODEL: None}) for each in given if isinstance(each, Outlook))
