"""Looking at a database without changing it: no migration, no journal, not a byte."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool
from ulid import ULID

from webapp.domain.errors import CannotInspect
from webapp.store import schema
from webapp.store.database import SOUND_WAL, journal_mode, sqlite_module
from webapp.store.models import attempt, batch, runner

PATIENCE_MS = 10_000


@contextmanager
def snapshot(path: Path) -> Iterator[Connection]:
    """One snapshot of the database in a file; CannotInspect where there is none to read."""
    if not path.exists():
        raise CannotInspect(
            f"There is no database at {path}: the first start makes it. Check OMNI_DATA_DIR."
        )
    engine = create_engine(
        f"sqlite:///file:{path}?mode=ro&uri=true",
        module=sqlite_module(),
        connect_args={"isolation_level": None},
        poolclass=NullPool,
    )
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_MS}")
            connection.exec_driver_sql("BEGIN")
            schema.revision(connection)
            yield connection
            connection.rollback()
    except DatabaseError as error:
        raise CannotInspect(f"The database {path} cannot be read: {error.orig}.") from None


@dataclass(frozen=True, slots=True)
class Journal:
    """What keeps commits, and whether it is known to lose none."""

    library: str
    mode: str
    is_sound: bool


def journal(connection: Connection) -> Journal:
    """The library that is used here, and the mode of the file."""
    module = sqlite_module()
    mode = str(connection.scalar(text("PRAGMA journal_mode"))).upper()
    is_sound = module.sqlite_version_info >= SOUND_WAL or mode == journal_mode(module)
    return Journal(module.sqlite_version, mode, is_sound)


def newest_time(connection: Connection) -> datetime | None:
    """The newest time that anything was written at; None where nothing was."""
    newest = [
        connection.scalar(select(func.max(runner.c.seen_at))),
        connection.scalar(select(func.max(batch.c.created_at))),
        _time_of(connection.scalar(select(func.max(attempt.c.id)))),
    ]
    return max((each for each in newest if each is not None), default=None)


def _time_of(ulid: str | None) -> datetime | None:
    return None if ulid is None else ULID.from_str(ulid).datetime.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class RunnerSeen:
    """When a runner was seen last, if ever, and how many jobs wait for one."""

    seen_at: datetime | None
    open_jobs: int


def runner_seen(connection: Connection) -> RunnerSeen:
    """Of the newest runner."""
    still_open = batch.c.queued + batch.c.running + batch.c.checking
    return RunnerSeen(
        connection.scalar(select(func.max(runner.c.seen_at))),
        connection.scalar(
            select(func.coalesce(func.sum(still_open), 0)).where(batch.c.finished_at.is_(None))
        )
        or 0,
    )
