"""Each invariant is seen where it is broken, and nowhere else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.store.test_store_runner import Do, Submit, answered, claim, ended
from webapp.domain.artifact import Result
from webapp.store.database import Store
from webapp.store.invariants import Invariant, check
from webapp.store.models import attempt


@pytest.fixture
def at_work(store: Store, submit: Submit, do: Do, result: Result) -> Store:
    """A store with a batch that is finished, and one with a call under way."""
    done = submit("a", "b")
    for _ in range(2):
        job = claim(do, done)
        do(answered(job))
        do(ended(job, result))
    claim(do, submit("c"))
    return store


def broken(store: Store, limit: Callable[[str], float] | None = None) -> dict[str, Invariant]:
    with store.read() as connection:
        found = check(connection, limit)
    return {each.name: each for each in found if each.broken}


DAMAGE = [
    ("job", "UPDATE job SET artifact_id = NULL WHERE seq = 1", ["results"]),
    ("file", "UPDATE artifact SET files = '[]'", ["results"]),
    ("text", "UPDATE blob SET content = (SELECT content FROM blob ORDER BY digest LIMIT 1)",
     ["results", "texts"]),
    ("twice", "UPDATE attempt SET status = 'ok', claim_no = 1, job_id = (SELECT max(job_id) FROM "
     "attempt WHERE status = 'ok')", ["answers", "claims", "job costs"]),
    ("old claim", "UPDATE job SET claim_no = 2 WHERE status = 'succeeded'", ["claims"]),
    ("new claim", "UPDATE attempt SET claim_no = 9 WHERE status = 'sent'", ["claims"]),
    ("counter", "UPDATE batch SET succeeded = succeeded + 1", ["counters"]),
    ("end", "UPDATE batch SET finished_at = NULL", ["counters"]),
    ("mute", "UPDATE job SET status = 'failed', reason = 'refused', detail = '' WHERE seq = 2; "
     "UPDATE batch SET failed = 1, succeeded = 1 WHERE succeeded = 2", ["sentences"]),
    ("cost", "UPDATE job SET cost = cost + 5 WHERE seq = 1", ["job costs", "batch costs"]),
    ("unpriced", "UPDATE batch SET unpriced = unpriced + 1", ["batch costs"]),
    ("hold", "UPDATE batch SET reserved = -1", ["holds"]),
    ("budget", "UPDATE batch SET budget = -1", ["budgets"]),
]  # fmt: skip


def test_what_was_never_damaged_is_whole(at_work: Store) -> None:
    assert broken(at_work, lambda _: 60.0) == {}


@pytest.mark.parametrize(("statements", "names"), [each[1:] for each in DAMAGE],
                         ids=[each[0] for each in DAMAGE])  # fmt: skip
def test_damage_is_seen(at_work: Store, statements: str, names: list[str]) -> None:
    with at_work.engine.connect() as connection:
        for statement in statements.split(";"):
            connection.exec_driver_sql(statement)
        connection.commit()
    found = broken(at_work)
    assert list(found) == names
    assert all(each.examples for each in found.values())


def test_a_reference_to_nothing_is_seen_in_a_file(at_work: Store) -> None:
    with at_work.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("PostgreSQL lets nobody do that")
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("DELETE FROM receipt")
    assert list(broken(at_work)) == ["integrity"]


def test_a_call_is_overdue_after_the_deadline_of_its_endpoint(at_work: Store) -> None:
    with at_work.write() as connection:
        began = datetime.now(UTC) - timedelta(seconds=100)
        connection.execute(attempt.update().where(attempt.c.status == "sent").values(
            started_at=began))  # fmt: skip
    limits = {"openai": 90.0}
    assert list(broken(at_work, limits.__getitem__)) == ["calls"]
    assert broken(at_work, lambda name: limits[name] + 60) == {}
    assert broken(at_work) == {}, "no runner lives: the next one settles it"


def test_examples_are_few_however_much_is_broken(
    store: Store, submit: Submit, do: Do, result: Result
) -> None:
    submit(*map(str, range(20)), hits={str(number): result for number in range(20)})
    with store.write() as connection:
        connection.execute(text("UPDATE artifact SET files = '[]'"))
    results = broken(store)["results"]
    assert (results.broken, len(results.examples)) == (20, 5)
