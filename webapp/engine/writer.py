"""The one thread of a runner that writes: it commits as soon as it is free, in small groups."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from webapp.domain.artifact import Result
from webapp.domain.errors import OmniError, StoreBusy, StoreFull
from webapp.engine.crash import Crash
from webapp.store.applying import apply
from webapp.store.base import Watch
from webapp.store.database import Store
from webapp.store.group import Fenced
from webapp.store.operations import Applied, Ended, Operation, Repair
from webapp.store.prompts import PromptCache

WATCH_S = 0.025  # 12 ms from a submit to the first call in the middle; 10 ms costs 2 % of a core
# While one group is written, the loop begins the calls of the one before: 10,000 calls of 0.2 s, a
# hundred at once, take 1.08 times the ideal instead of 1.20 with all that waits in each group.
SMALL_GROUP = 8
LARGEST_GROUP = 400
RETRY_S = 0.5

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Entry:
    """Operations that belong into one commit, and who waits for them."""

    operations: Sequence[Operation]
    future: asyncio.Future[list[Applied]] | None


class Writer:
    """Applies operations; also notices that another process has written."""

    def __init__(
        self,
        store: Store,
        runner_id: str,
        on_results: Callable[[dict[str, Result]], None],
        crash: Crash,
    ) -> None:
        """`on_results` is told in the loop which results were stored that may serve again."""
        self._store = store
        self._runner_id = runner_id
        self._on_results = on_results
        self._crash = crash
        self._entries: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._prompts = PromptCache()
        self._look = threading.Event()
        self._watched_at = 0.0
        self._thread: threading.Thread | None = None
        self.failure: asyncio.Future[None] = self._loop.create_future()

    def start(self, on_change: Callable[[Connection], None]) -> None:
        """Begin to write.

        `on_change` runs in the writer's thread whenever another connection has committed.
        """
        self._thread = threading.Thread(target=self._run, args=(on_change,), name="writer")
        self._thread.start()

    async def stop(self) -> None:
        """Write what is waiting, then end."""
        self._entries.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    async def do(self, *operations: Operation) -> list[Applied]:
        """Apply operations in one commit; what each gave, once it is on the disk."""
        future: asyncio.Future[list[Applied]] = self._loop.create_future()
        self._entries.put(_Entry(operations, future))
        return await future

    def post(self, *operations: Operation) -> None:
        """Apply operations without waiting for them."""
        self._entries.put(_Entry(operations, None))

    def look_again(self) -> None:
        """Run `on_change` soon, though nobody else has written."""
        self._look.set()

    def _run(self, on_change: Callable[[Connection], None]) -> None:
        try:
            with self._store.engine.connect() as connection, self._store.watch(connection) as watch:
                while self._turn(connection, watch, on_change):
                    pass
        except BaseException as error:
            if not isinstance(error, OmniError):
                log.exception("the writer cannot go on")
            self._loop.call_soon_threadsafe(_fail, self.failure, error)

    def _turn(
        self, connection: Connection, has_changed: Watch, on_change: Callable[[Connection], None]
    ) -> bool:
        entries, goes_on = self._collect()
        if entries:
            self._commit(connection, entries)
        if time.monotonic() - self._watched_at >= WATCH_S:
            self._watch(has_changed, on_change)
        return goes_on

    def _collect(self) -> tuple[list[_Entry], bool]:
        entries: list[_Entry] = []
        try:
            entry = self._entries.get(timeout=WATCH_S)
            # Half of what waits: where commits take long, the groups become large by themselves.
            most = min(LARGEST_GROUP, max(SMALL_GROUP, self._entries.qsize() // 2))
            while entry is not None:
                entries.append(entry)
                if len(entries) >= most:
                    return entries, True
                entry = self._entries.get_nowait()
        except queue.Empty:
            return entries, True
        return entries, False

    def _watch(self, has_changed: Watch, on_change: Callable[[Connection], None]) -> None:
        self._watched_at = time.monotonic()
        if not (has_changed() or self._look.is_set()):
            return
        self._look.clear()
        try:
            with self._store.read() as connection:
                on_change(connection)
        except StoreBusy:
            self._look.set()

    def _commit(self, connection: Connection, entries: Sequence[_Entry]) -> None:
        """Commit a group, however long the disk stays full or the database locked."""
        said = False
        while True:
            try:
                results = self._applied(connection, entries, is_again=said)
                break
            except (StoreFull, StoreBusy) as error:
                if not said:
                    log.error("%s The runner holds its results and tries again.", error.sentence)
                    said = True
                time.sleep(RETRY_S)
        if said:
            log.info("the database takes results again")
        waited_for = [
            (e.future, r) for e, r in zip(entries, results, strict=True) if e.future is not None
        ]
        if waited_for:
            self._loop.call_soon_threadsafe(_deliver, waited_for)
        if kept := _kept(entries, results):
            self._loop.call_soon_threadsafe(self._on_results, kept)

    def _applied(
        self, connection: Connection, entries: Sequence[_Entry], *, is_again: bool
    ) -> list[list[Applied]]:
        operations = [operation for entry in entries for operation in entry.operations]
        ends_a_job = any(isinstance(operation, Ended) for operation in operations)
        act = partial(
            apply,
            prompts=self._prompts,
            runner_id=self._runner_id,
            is_again=is_again,
            is_shared=self._store.is_shared,
            call_lanes=self._store.call_lanes,
        )
        try:
            with self._store.transaction(connection):
                flat = act(connection, operations)
                if ends_a_job:
                    self._crash.at("before_commit")
            if ends_a_job:
                self._crash.at("after_commit")
        except Fenced:
            with self._store.transaction(connection):
                flat = [act(connection, [operation])[0] for operation in operations]
        if any(isinstance(operation, Repair) for operation in operations):
            self._look.set()  # jobs wait that no lane may be there for any more
        given = iter(flat)
        return [[next(given) for _ in entry.operations] for entry in entries]


def _kept(entries: Sequence[_Entry], results: Sequence[list[Applied]]) -> dict[str, Result]:
    """The results that may serve again, by their key."""
    return {
        operation.cache_key: operation.result
        for entry, applied in zip(entries, results, strict=True)
        for operation, is_stored in zip(entry.operations, applied, strict=True)
        if isinstance(operation, Ended) and operation.cache_key and operation.result and is_stored
    }


def _deliver(waited_for: Sequence[tuple[asyncio.Future[list[Applied]], list[Applied]]]) -> None:
    for future, results in waited_for:
        if not future.done():  # its task may have been cancelled
            future.set_result(results)


def _fail(future: asyncio.Future[None], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
