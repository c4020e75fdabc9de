"""SQLite: one file, for one machine.

SQLite before 3.51.3 can lose committed pages in WAL mode when one connection commits while another
checkpoints (sqlite.org/wal.html, "the WAL-reset bug"), which is just what web and runner do. So the
newest library at hand is taken, and WAL only where it is sound.
"""

import fcntl
import importlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, FromClause, create_engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import OperationalError

from webapp.domain.errors import StoreBroken, StoreBusy, StoreFull
from webapp.store import schema
from webapp.store.base import BUSY, BUSY_TIMEOUT_S, FULL_BYTES, MAY_HAVE_CHANGED, Store, Watch

SOUND_WAL = (3, 51, 3)
KEPT_WAL_BYTES = 16 * 1024 * 1024  # what a log that has grown larger is cut to
RETRY_S = 0.0003


def sqlite_module() -> ModuleType:
    """The SQLite binding to use: the interpreter's own where it is sound, else pysqlite3."""
    if sqlite3.sqlite_version_info >= SOUND_WAL:
        return sqlite3
    try:
        return importlib.import_module("pysqlite3.dbapi2")
    except ImportError:  # no wheel for this machine
        return sqlite3


def journal_mode(module: ModuleType) -> str:
    """WAL where the library is sound, the slower rollback journal otherwise."""
    return "WAL" if module.sqlite_version_info >= SOUND_WAL else "DELETE"


class _HintingCompiler(SQLiteCompiler):
    """Writes hints such as INDEXED BY behind their table: SQLAlchemy leaves them out for SQLite."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:
        """The hint as it was given."""
        return text


def open_engine(path: Path) -> Engine:
    """The engine for a database file: the only way anything opens it."""
    module = sqlite_module()
    engine = create_engine(
        f"sqlite:///{path}",
        module=module,
        connect_args={"isolation_level": None, "check_same_thread": False},
        pool_size=16,
        max_overflow=64,
    )
    engine.dialect.statement_compiler = _HintingCompiler
    event.listen(engine, "connect", lambda connection, _record: _prepare(connection, module))
    return engine


def _prepare(connection: Any, module: ModuleType) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
    connection.execute(f"PRAGMA journal_mode={journal_mode(module)}")
    connection.execute(f"PRAGMA journal_size_limit={KEPT_WAL_BYTES}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


class SqliteStore(Store):
    """One database file, shared by threads and processes."""

    is_shared = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.engine = open_engine(path)
        self._turnstile = path.with_name(path.name + ".turn")
        self._local = threading.local()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot: all reads inside see the same state."""
        try:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                yield connection
                connection.rollback()
        except OperationalError as error:
            raise _named(error, self.path) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction."""
        with self.engine.connect() as connection, self.transaction(connection):
            yield connection

    @contextmanager
    def transaction(self, connection: Connection) -> Iterator[None]:
        """The same on a connection the caller keeps."""
        try:
            self._begin(connection)
            schema.demand(connection)
            yield
            connection.commit()
        except OperationalError as error:
            connection.rollback()
            raise _named(error, self.path) from error
        except BaseException:
            connection.rollback()
            raise

    @contextmanager
    def watch(self, connection: Connection) -> Iterator[Watch]:
        """Notice what others commit: `data_version` does not move with one's own commits."""
        seen = -1

        def has_changed() -> bool:
            nonlocal seen
            before, seen = seen, _data_version(connection)
            return seen != before

        yield has_changed

    def version_of(self, batch_id: str) -> int | None:
        """The version of a batch, on this thread's own plain connection."""
        found = self._plain().execute("SELECT version FROM batch WHERE id = ?", (batch_id,))
        row = found.fetchone()
        return None if row is None else int(row[0])

    def may_have_changed(self, batch_id: str, since: int, first: int, last: int) -> bool:
        """Whether a row of a page may have, on this thread's own plain connection."""
        asked = {"batch_id": batch_id, "since": since, "first": first, "last": last}
        return bool(self._plain().execute(MAY_HAVE_CHANGED, asked).fetchone()[0])

    def call_lanes(self, connection: Connection, batch_id: str) -> None:
        """Nothing is needed: the rows are the queue, and the one runner looks at them."""

    def free_bytes(self) -> int | None:
        """What is left on the disk of the data folder."""
        return shutil.disk_usage(self.path.parent).free

    def _plain(self) -> Any:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            pooled = self.engine.raw_connection()
            connection = self._local.connection = pooled.driver_connection
            pooled.detach()
        return connection

    def _begin(self, connection: Connection) -> None:
        # A busy writer starves the others: SQLite's own waiting has no queue. The flock has one,
        # and it is let go as soon as the transaction has begun.
        deadline = time.monotonic() + BUSY_TIMEOUT_S
        with self._turnstile.open("ab") as turnstile:
            fcntl.flock(turnstile, fcntl.LOCK_EX)
            connection.exec_driver_sql("PRAGMA busy_timeout=0")
            try:
                while not _begun(connection):
                    _wait_until(deadline)
            finally:
                connection.exec_driver_sql(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")


def _data_version(connection: Connection) -> int:
    # By the driver: 40 times a second, SQLAlchemy takes 0.5 % of a core more.
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute("PRAGMA data_version")
        version: int = cursor.fetchall()[0][0]
    return version


def _begun(connection: Connection) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if "locked" not in str(error.orig):
            raise
        return False
    return True


def _wait_until(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise StoreBusy(BUSY)
    time.sleep(RETRY_S)


def _named(error: OperationalError, path: Path) -> Exception:
    text = str(error.orig)
    is_full = shutil.disk_usage(path.parent).free < FULL_BYTES
    if "full" in text or ("disk I/O" in text and is_full):
        return StoreFull(
            "The disk that holds the data folder is full; nothing was saved. "
            "Free some space, then try again."
        )
    if "disk I/O" in text:
        return StoreBroken(
            "The disk that holds the data folder does not write; nothing was saved. Look into the "
            "log of the system for what is wrong with it."
        )
    if "locked" in text:
        return StoreBusy(BUSY)
    return error


@contextmanager
def migrating(path: Path) -> Iterator[Connection]:
    """A connection to change the tables with, one process at a time."""
    with path.with_name(path.name + ".migrate").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        engine = open_engine(path)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                connection.commit()
        except OperationalError as error:
            raise _named(error, path) from error
        finally:
            engine.dispose()
