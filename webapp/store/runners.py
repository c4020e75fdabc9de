"""The runners: who lives, and who was taken for dead."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from webapp.domain.errors import Deposed
from webapp.store.database import Store
from webapp.store.models import runner
from webapp.store.utc_time import UtcTime

SILENT = timedelta(seconds=10)
# The database's clock: those of several machines differ.
NOW = func.current_timestamp(type_=UtcTime)


_EVERY = select(runner.c.id).order_by(runner.c.id).with_for_update()


def enlist(store: Store, runner_id: str, host: str, pid: int) -> None:
    """Write a new runner down."""
    with store.write() as connection:
        connection.execute(
            insert(runner).values(id=runner_id, host=host, pid=pid, started_at=NOW, seen_at=NOW)
        )


def strike_off(store: Store, runner_id: str) -> None:
    """A runner ends, and holds nothing any more."""
    with store.write() as connection:
        connection.execute(delete(runner).where(runner.c.id == runner_id))


def beat(connection: Connection, runner_id: str) -> None:
    """A runner lives."""
    connection.execute(update(runner).where(runner.c.id == runner_id).values(seen_at=NOW))


def take_turns(connection: Connection, runner_id: str) -> None:
    """Keep all other runners from claiming until this transaction ends; raises Deposed.

    Two of them could call for twins else, or one for what another settles as a dead one's.
    """
    if runner_id not in connection.scalars(_EVERY).all():
        raise Deposed


def now(connection: Connection) -> datetime:
    """The time by the database's clock; in a file, to the second."""
    return connection.execute(select(NOW)).scalar_one()


def last_seen(connection: Connection) -> tuple[datetime | None, bool]:
    """When any runner was seen last, and whether that one lives."""
    seen_at, now = connection.execute(select(func.max(runner.c.seen_at), NOW)).one()
    return seen_at, seen_at is not None and abs(now - seen_at) < SILENT


def first_started(connection: Connection) -> datetime | None:
    """When the one of the runners started that has lived for the longest."""
    found: datetime | None = connection.scalar(select(func.min(runner.c.started_at)))
    return found
