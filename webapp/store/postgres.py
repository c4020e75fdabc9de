"""PostgreSQL: for more than one machine."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from procrastinate import SyncPsycopgConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from psycopg import errors
from sqlalchemy import Connection, Engine, bindparam, create_engine, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from webapp.domain.batch import Mode
from webapp.domain.errors import StoreBusy, StoreFull
from webapp.store import schema
from webapp.store.base import BUSY, BUSY_TIMEOUT_S, MAY_HAVE_CHANGED, Store, Watch
from webapp.store.models import batch

CHANNEL = "omni_changed"
MIGRATION_LOCK = 0x6F6D6E69  # "omni": advisory locks are numbers
CONNECT_S = 5
SILENT_S = 10  # a server that has vanished without a word is given up after this
# A process that is frozen within a transaction holds up all who wait for its rows. The server gives
# it up before a runner among them is taken for dead.
STALLED_S = 5
OPTIONS = {
    "lock_timeout": f"{BUSY_TIMEOUT_S:g}s",
    "idle_in_transaction_session_timeout": f"{STALLED_S}s",
}
POOL = 8  # kept open by each process; as many again for a moment
FULL = (
    "The disk of the database server is full; nothing was saved. Free some space there, then try "
    "again."
)
GONE = "The database cannot be reached; nothing was saved. Try again in a minute."

LANE = "lane"  # the name of the task, and of its queue

_LANES = select(batch.c.mode, batch.c.concurrency, batch.c.queued).where(
    batch.c.id == bindparam("batch_id")
)
# One statement, so that no lane is taken from a runner that has just got it. Procrastinate's own
# way, a list and then a retry for each, could.
_GIVEN_BACK = text("""
    SELECT procrastinate_retry_job_v2(task.id, now(), NULL, NULL, NULL)
    FROM procrastinate_jobs AS task
    WHERE task.status = 'doing' AND task.queue_name = :lane AND NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = task.worker_id
        AND worker.last_heartbeat > now() - make_interval(secs => :silent_s)
    )
    FOR UPDATE OF task SKIP LOCKED
""")
_LACKING = text("""
    WITH called AS (
        SELECT split_part(lock, '/', 1) AS batch_id, count(DISTINCT lock) AS lanes
        FROM procrastinate_jobs WHERE queue_name = :lane GROUP BY 1
    )
    SELECT id FROM batch LEFT JOIN called ON batch_id = id
    WHERE finished_at IS NULL
    AND coalesce(lanes, 0) < least(queued, CASE mode WHEN 'sync' THEN 1 ELSE concurrency END)
    ORDER BY id
""")
_MAY_HAVE_CHANGED = text(MAY_HAVE_CHANGED)
_VERSION = select(batch.c.version).where(batch.c.id == bindparam("batch_id"))
_BUSY = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.LockNotAvailable,
    errors.QueryCanceled,
)


def open_engine(url: str) -> Engine:
    """The engine for an address such as `postgresql://user:password@host/name`."""
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=POOL,
        max_overflow=POOL,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_S,
            "keepalives_idle": SILENT_S,
            "tcp_user_timeout": SILENT_S * 1000,
            "options": " ".join(f"-c {name}={value}" for name, value in OPTIONS.items()),
            "application_name": "omni",
        },
    )


class PostgresStore(Store):
    """A database on a server, shared by processes on any number of machines."""

    is_shared = True

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self._snapshots = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._deferring = JobManager(
            SyncPsycopgConnector()
        )  # never opened: it uses connections of ours
        self._single = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot: all reads inside see the same state; StoreBusy where nothing answers."""
        with _faults_named(), self._snapshots.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, of which every watch hears."""
        with self._unheard() as connection:
            yield connection
            connection.execute(select(func.pg_notify(CHANNEL, "")))

    @contextmanager
    def _unheard(self) -> Iterator[Connection]:
        with _faults_named(), self.engine.connect() as connection, self.transaction(connection):
            yield connection

    @contextmanager
    def transaction(self, connection: Connection) -> Iterator[None]:
        """The same on a connection the caller keeps, and unseen by its own watch."""
        with _faults_named():
            try:
                schema.demand(connection)
                yield
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextmanager
    def watch(self, connection: Connection) -> Iterator[Watch]:
        """Notice what others commit, by a connection of its own that listens."""
        with _Listener(self.url) as listener:
            yield listener.has_heard

    def version_of(self, batch_id: str) -> int | None:
        """The version of a batch, without a transaction around it."""
        with _faults_named(), self._single.connect() as connection:
            return connection.scalar(_VERSION, {"batch_id": batch_id})

    def may_have_changed(self, batch_id: str, since: int, first: int, last: int) -> bool:
        """Whether a row of a page may have, without a transaction around it."""
        asked = {"batch_id": batch_id, "since": since, "first": first, "last": last}
        with _faults_named(), self._single.connect() as connection:
            return bool(connection.scalar(_MAY_HAVE_CHANGED, asked))

    def call_lanes(self, connection: Connection, batch_id: str) -> None:
        """Defer tasks, which are there if and only if the transaction is."""
        row = connection.execute(_LANES, {"batch_id": batch_id}).one()
        at_once = 1 if row.mode == Mode.SYNC else row.concurrency
        lanes = [_lane(batch_id, number) for number in range(min(at_once, row.queued))]
        if lanes:
            self._defer(connection, lanes)

    def call_lane(self, batch_id: str, number: int) -> None:
        """Let another runner go on with a lane that this one leaves."""
        with self._unheard() as connection:
            self._defer(connection, [_lane(batch_id, number)])

    def call_missing_lanes(self, silent_s: float) -> None:
        """Give lanes of dead runners back, and call those again that have been lost.

        A runner is dead whose worker has not been heard of for so many seconds.
        """
        with self._unheard() as connection:
            connection.execute(_GIVEN_BACK, {"lane": LANE, "silent_s": silent_s})
            for batch_id in connection.scalars(_LACKING, {"lane": LANE}).all():
                self.call_lanes(connection, batch_id)

    def _defer(self, connection: Connection, lanes: list[Job]) -> None:
        driver = connection.connection.driver_connection
        self._deferring.batch_defer_jobs(lanes, connection=driver)

    def free_bytes(self) -> int | None:
        """Nobody knows: it is another machine's disk."""
        return None


class _Listener:
    """Hears of writes; whatever happened while it could not hear counts as one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stack = ExitStack()
        self._connection: psycopg.Connection[Any] | None = None

    def __enter__(self) -> "_Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def has_heard(self) -> bool:
        """Whether anybody has written since the last time."""
        try:
            if self._connection is None:
                self._connection = self._listen()
                return True
            return bool([*self._connection.notifies(timeout=0)])
        except psycopg.Error:
            self._stack.close()
            self._connection = None
            return False  # the next time it says that there was something

    def _listen(self) -> psycopg.Connection[Any]:
        connection = self._stack.enter_context(
            psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_S)
        )
        connection.execute(f"LISTEN {CHANNEL}")
        return connection


def _lane(batch_id: str, number: int) -> Job:
    # Under one lock for each lane: one that is called again begins when it has ended. The first
    # lane of any batch goes before the second lane of any other.
    return Job(
        queue=LANE,
        task_name=LANE,
        lock=f"{batch_id}/{number}",
        queueing_lock=None,
        priority=-number,
        task_kwargs={"batch_id": batch_id, "number": number},
    )


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """A connection to change the tables with, one process at a time."""
    engine = open_engine(url)
    try:
        with _faults_named(), engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _faults_named() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        named = _named(error)
        if named is None:
            raise
        raise named from error


def _named(error: DBAPIError) -> StoreBusy | StoreFull | None:
    if isinstance(error.orig, errors.DiskFull):
        return StoreFull(FULL)
    if isinstance(error.orig, _BUSY):
        return StoreBusy(BUSY)
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return StoreBusy(GONE)
    return None
