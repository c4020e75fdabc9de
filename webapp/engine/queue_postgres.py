"""The queue of a cluster: lanes are tasks of Procrastinate, on the same PostgreSQL.

A task is deferred in the transaction that makes jobs wait (`Store.call_lanes`), and runs in any
runner, under a lock of its own: so a batch has never more lanes than it may.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from procrastinate import App, PsycopgConnector, connector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import DeleteJobCondition
from procrastinate.worker import Worker

from webapp.domain.errors import StoreBusy
from webapp.engine.dispatch import Dispatcher
from webapp.engine.shares import Shares
from webapp.store import runners, settling
from webapp.store.operations import StoredAnswer
from webapp.store.postgres import LANE, PostgresStore

MOST_LANES = 1000  # in one runner; those that wait cost nothing
SILENT_S = 8.0  # a runner is dead then: its jobs go on elsewhere, within 15 s in all
BEAT_S = 2.0
POLL_S = 0.5
AGAIN_S = 0.2
CONNECTIONS = 4

log = logging.getLogger(__name__)
Given = TypeVar("Given")


class PostgresQueue:
    """Any number of runners on any number of machines."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._patience = _Patience()

    @contextmanager
    def turn(self, *, alone: bool) -> Iterator[Callable[[], bool]]:
        """A runner may always work; alone it may where no other lives."""
        yield lambda: not (alone and self._any_lives())

    def _any_lives(self) -> bool:
        with self._store.read() as connection:
            return runners.last_seen(connection)[1]

    def take_over(self, runner_id: str) -> tuple[int, list[StoredAnswer]]:
        """Settle what runners left that have been silent for too long."""
        return settling.settle_silent(self._store, runner_id, SILENT_S)

    async def work(self, dispatcher: Dispatcher, runner_id: str) -> None:
        """Run lanes; cancelled, begin no more of them and wait until those under way have ended."""
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        app = App(connector=_PatientConnector(self._patience, self._store.url))
        self._register(app, dispatcher)
        async with app.open_async():
            worker = Worker(
                app,
                queues=[LANE],
                name=runner_id,
                concurrency=MOST_LANES,
                fetch_job_polling_interval=POLL_S,
                delete_jobs=DeleteJobCondition.ALWAYS,
                install_signal_handlers=False,
                update_heartbeat_interval=BEAT_S,
            )
            chores = [
                asyncio.create_task(self._keep_alive(app, worker)),
                asyncio.create_task(self._rescue(dispatcher, runner_id)),
                asyncio.create_task(Shares(dispatcher.pacer, self._store.url).keep()),
            ]
            try:
                await _first_end(asyncio.create_task(_run(worker)), chores)
            finally:
                for chore in chores:
                    chore.cancel()

    def _register(self, app: App, dispatcher: Dispatcher) -> None:
        @app.task(name=LANE, queue=LANE)
        async def lane(batch_id: str, number: int) -> None:
            in_thread, ask = asyncio.to_thread, self._patience.ask
            batch = await ask(in_thread, settling.open_batch, self._store, batch_id)
            if batch is not None and await dispatcher.run_lane(batch, number):
                await ask(in_thread, self._store.call_lane, batch_id, number)

    async def _keep_alive(self, app: App, worker: Worker) -> None:
        # The worker's own heartbeat ends when it begins no more lanes, though some are under way.
        while True:
            await asyncio.sleep(BEAT_S)
            if worker.worker_id is not None:
                await app.job_manager.update_heartbeat(worker.worker_id)

    async def _settle(self, runner_id: str) -> tuple[int, list[StoredAnswer]]:
        settled = await asyncio.to_thread(self.take_over, runner_id)
        await asyncio.to_thread(self._store.call_missing_lanes, SILENT_S)
        return settled

    async def _rescue(self, dispatcher: Dispatcher, runner_id: str) -> None:
        """Take over what dead runners left, and call lanes where some are missing."""
        while True:
            await asyncio.sleep(BEAT_S)
            # While the database was gone nobody could say that he lives.
            if self._patience.lasts_s > SILENT_S:
                requeued, answers = await self._patience.ask(self._settle, runner_id)
                if requeued or answers:
                    log.info("took over %d calls and %d answers", requeued, len(answers))
                    dispatcher.resume(answers)


async def _run(worker: Worker) -> None:
    await worker.run()  # type: ignore[no-untyped-call]


async def _first_end(worker: asyncio.Task[None], chores: Iterable[asyncio.Task[None]]) -> None:
    """Wait for the worker, and end it where a chore has failed or the caller is cancelled."""
    try:
        await asyncio.wait([worker, *chores], return_when=asyncio.FIRST_COMPLETED)
    finally:
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
    for chore in chores:
        if chore.done():
            chore.result()


class _Patience:
    """Asks the database until it answers: it may be starting anew."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    @property
    def lasts_s(self) -> float:
        """For how long it has answered without a fault."""
        return time.monotonic() - self._since

    async def ask(self, ask: Callable[..., Awaitable[Given]], *words: Any, **more: Any) -> Given:
        """What it answers in the end."""
        while True:
            try:
                return await ask(*words, **more)
            except (ConnectorException, StoreBusy) as error:
                if not _may_pass(error):
                    raise
                self._since = time.monotonic()
            await asyncio.sleep(AGAIN_S)


def _may_pass(error: ConnectorException | StoreBusy) -> bool:
    """Whether a fault is one of the connection, or two workers have asked for one lane at once."""
    return isinstance(error, StoreBusy | UniqueViolation) or isinstance(
        error.__cause__, psycopg.OperationalError | psycopg.InterfaceError
    )


class _PatientConnector(PsycopgConnector):
    """Procrastinate's worker ends with the first fault of a connection; this one asks again."""

    def __init__(self, patience: _Patience, url: str) -> None:
        super().__init__(conninfo=url, min_size=1, max_size=CONNECTIONS)
        self._patience = patience

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        """Run a statement."""
        await self._patience.ask(super().execute_query_async, query, **arguments)

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        """Run a query that gives a row."""
        return await self._patience.ask(super().execute_query_one_async, query, **arguments)

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        """Run a query that gives rows."""
        return await self._patience.ask(super().execute_query_all_async, query, **arguments)

    async def listen_notify(
        self, on_notification: connector.Notify, channels: Iterable[str]
    ) -> None:
        """Hear of new tasks for good."""
        await self._patience.ask(super().listen_notify, on_notification, channels)
