"""The queue of a data folder: the rows themselves, and a lock for the one runner."""

import asyncio
import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from webapp.engine.dispatch import Dispatcher
from webapp.store import settling
from webapp.store.operations import StoredAnswer
from webapp.store.sqlite import SqliteStore


class LocalQueue:
    """One process at a time works off the rows; the lock says that all before it are dead."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    @contextmanager
    def turn(self, *, alone: bool) -> Iterator[Callable[[], bool]]:
        """Ask for the lock, which is let go at the end; whoever has it is alone."""
        with _lock_file(self._store.path).open("ab") as lock:
            yield lambda: _is_ours(lock)

    def take_over(self, runner_id: str) -> tuple[int, list[StoredAnswer]]:
        """Settle what all others left."""
        return settling.settle_others(self._store, runner_id)

    async def work(self, dispatcher: Dispatcher, runner_id: str) -> None:
        """Nothing is to be told: the dispatcher looks at the rows."""
        await asyncio.Event().wait()


def _lock_file(database: Path) -> Path:
    return database.with_name(database.name + ".runner")


def _is_ours(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
