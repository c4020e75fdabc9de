"""How much SQLite does for one job, counted in its own instructions."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from ulid import ULID

from tests.store.test_store_runner import Do, Submit, answered, claim, ended
from webapp.domain.artifact import Result
from webapp.store.database import Store

MANY = 1000


@pytest.fixture
def database_url() -> None:
    """PostgreSQL does not count what it does."""


def life(do: Do, batch_id: str, result: Result) -> None:
    job = claim(do, batch_id)
    do(answered(job))
    do(ended(job, result, shares=True))


def counted(store: Store, act: Callable[[], None]) -> int:
    """The instructions that SQLite runs meanwhile."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    def watch(connection: Any, _record: object, _proxy: object) -> None:
        connection.set_progress_handler(count, 1)

    event.listen(store.engine, "checkout", watch)
    act()
    event.remove(store.engine, "checkout", watch)
    return steps


def test_a_job_is_no_more_work_among_many(
    store: Store, submit: Submit, do: Do, result: Result
) -> None:
    batch_id = submit("a")
    alone = counted(store, lambda: life(do, batch_id, result))
    crowd = submit(*map(str, range(MANY)))
    another = replace(result, artifact_id=str(ULID()))
    among = counted(store, lambda: life(do, crowd, another))
    assert among < 2 * alone
