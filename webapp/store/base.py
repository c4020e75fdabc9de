"""What every database gives: two kinds of transaction, and the news of what others wrote."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine

BUSY_TIMEOUT_S = 10.0  # somebody looks at a page meanwhile
FULL_BYTES = 4 * 1024 * 1024  # less is free on a disk that is full
BUSY = "The database is busy; nothing was saved. Try again in a minute."

# Whether another connection has committed since the last time; the first time it has.
Watch = Callable[[], bool]

# A pause shows on rows that wait for it, and changes none of them.
MAY_HAVE_CHANGED = """
SELECT EXISTS (SELECT 1 FROM job WHERE batch_id = :batch_id AND seq BETWEEN :first AND :last
               AND version > :since)
    OR EXISTS (SELECT 1 FROM endpoint_state WHERE until > CURRENT_TIMESTAMP)
"""


class Store(ABC):
    """One database, shared by threads and processes."""

    engine: Engine
    is_shared: bool  # whether several runners may work on it

    def close(self) -> None:
        """Give every pooled connection back to the system."""
        self.engine.dispose()

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """One snapshot: all reads inside see the same state."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """One transaction.

        Raises StoreBusy after 10 s without a turn, StoreFull on a full disk, StoreBroken on one
        that does not write, and SchemaForeign where another version has migrated the database.
        """

    @abstractmethod
    def transaction(self, connection: Connection) -> AbstractContextManager[None]:
        """The same on a connection the caller keeps, and unseen by its own watch."""

    @abstractmethod
    def watch(self, connection: Connection) -> AbstractContextManager[Watch]:
        """Notice what others commit, in the thread that keeps this connection."""

    @abstractmethod
    def version_of(self, batch_id: str) -> int | None:
        """The version of a batch, for polls: one statement, in microseconds; None without one."""

    @abstractmethod
    def may_have_changed(self, batch_id: str, since: int, first: int, last: int) -> bool:
        """Whether any of these jobs changed after a version, or a pause may show on them.

        For polls, as `version_of` is.
        """

    @abstractmethod
    def call_lanes(self, connection: Connection, batch_id: str) -> None:
        """Jobs of a batch wait: let a lane work on each, as many as the batch may have."""

    @abstractmethod
    def free_bytes(self) -> int | None:
        """What is left on its disk; None where that is another machine's."""
