"""Looking at a database without changing it: no migration, no journal, not a byte."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool
from ulid import ULID

from webapp.domain.errors import CannotInspect, StoreBusy
from webapp.store import schema
from webapp.store.database import Place
from webapp.store.models import attempt, batch, runner
from webapp.store.sqlite import SOUND_WAL, journal_mode, sqlite_module

PATIENCE_MS = 10_000


def snapshot(place: Place) -> AbstractContextManager[Connection]:
    """One snapshot of a database; CannotInspect where there is none to read."""
    return _of_file(place) if isinstance(place, Path) else _of_server(place)


@contextmanager
def _of_server(url: str) -> Iterator[Connection]:
    # Imported here: where there is a file, nobody needs PostgreSQL's driver.
    from webapp.store.postgres import PostgresStore

    store = PostgresStore(url)
    try:
        with store.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                raise CannotInspect("The database has no tables yet: run `omni db upgrade`.")
            yield connection
    except StoreBusy:
        raise CannotInspect(
            "The database of OMNI_DATABASE_URL does not answer: start it, or mend the address."
        ) from None
    finally:
        store.close()


@contextmanager
def _of_file(path: Path) -> Iterator[Connection]:
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
