"""The queue: who may work off the jobs of a database, and what tells a runner of its lanes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from webapp.engine.dispatch import Dispatcher
from webapp.store.base import Store
from webapp.store.operations import StoredAnswer
from webapp.store.sqlite import SqliteStore


class Queue(Protocol):
    """What a runner, or a page that runs a job, needs of the queue."""

    def turn(self, *, alone: bool) -> AbstractContextManager[Callable[[], bool]]:
        """Ask, without waiting, whether one may work now, or only if nobody else does.

        What was got is let go at the end.
        """
        ...

    def take_over(self, runner_id: str) -> tuple[int, list[StoredAnswer]]:
        """Settle what dead runners left: how many calls go again, and answers to check."""
        ...

    async def work(self, dispatcher: Dispatcher, runner_id: str) -> None:
        """Tell of lanes, and of what others leave, until cancelled."""
        ...


def open_queue(store: Store) -> Queue:
    """The queue that belongs to a database."""
    if isinstance(store, SqliteStore):
        from webapp.engine.queue_local import LocalQueue

        return LocalQueue(store)
    from webapp.engine.queue_postgres import PostgresQueue
    from webapp.store.postgres import PostgresStore

    if isinstance(store, PostgresStore):
        return PostgresQueue(store)
    raise TypeError(f"there is no queue for a {type(store).__name__}")
