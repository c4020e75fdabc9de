"""The runner process: one loop for its whole life."""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import IO, Any

from ulid import ULID

from webapp.artifacts.prompt import render_blueprint
from webapp.cache import ResultCache, open_cache
from webapp.engine.checker import Checker
from webapp.engine.dispatch import Dispatcher
from webapp.engine.job import Workshop
from webapp.engine.pacer import Pacer
from webapp.engine.writer import Writer
from webapp.providers import build_providers
from webapp.providers.transport import open_transport
from webapp.settings import Settings
from webapp.store import settling
from webapp.store.database import Store, open_store
from webapp.store.operations import Beat

BEAT_S = 2.0
PARTIAL_S = 0.25
DRAIN_S = 20.0
EXPIRE_S = 600.0
LOCK_S = 0.2

log = logging.getLogger(__name__)


async def main(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT; gives the exit code.

    Running calls may end within 20 s; a second signal hands their jobs back at once.
    """
    stop, hurry = asyncio.Event(), asyncio.Event()
    _listen(stop, hurry)
    store = open_store(settings.database_path)
    async with _only_runner(store.path, stop) as is_ours:
        if not is_ours:
            return 0
        return await _work(settings, store, stop, hurry)


def _listen(stop: asyncio.Event, hurry: asyncio.Event) -> None:
    def heed() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heed)


@contextlib.asynccontextmanager
async def _only_runner(database: Path, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Hold the lock that makes this the one runner; False if told to stop while waiting."""
    with database.with_name(database.name + ".runner").open("ab") as lock:
        if not _locked(lock):
            log.warning("another runner works on this data folder; waiting until it ends")
            while not stop.is_set() and not _locked(lock):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOCK_S)
        yield not stop.is_set()


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _work(settings: Settings, store: Store, stop: asyncio.Event, hurry: asyncio.Event) -> int:
    runner_id = str(ULID())
    settling.enlist(store, runner_id, socket.gethostname(), os.getpid())
    requeued, answers = settling.settle(store)
    if requeued or answers:
        log.info("resuming: %d calls go again, %d answers are checked", requeued, len(answers))
    cache = open_cache(settings.cache_dir, settings.cache_ttl_s)
    checker = Checker()
    async with open_transport(settings.proxy, settings.ca_file) as transport:
        endpoints = [endpoint for endpoint in settings.endpoints if endpoint.is_set_up]
        pacer = Pacer({endpoint.name: endpoint.cap for endpoint in endpoints})
        writer = Writer(store, cache)
        workshop = Workshop(
            build_providers(endpoints, transport, render_blueprint),
            pacer,
            checker,
            writer,
            settings.max_attempts,
        )
        dispatcher = Dispatcher(workshop)
        writer.start(dispatcher.look)
        dispatcher.resume(answers)
        log.info("runner %s works", runner_id)
        chores = [
            _every(BEAT_S, lambda: writer.post(_beat(runner_id, pacer))),
            _every(PARTIAL_S, workshop.store_growing),
            _forget(cache),
        ]
        try:
            await _until(stop, [dispatcher.failure, writer.failure], chores)
            await dispatcher.drain(DRAIN_S, hurry)
        finally:
            await writer.stop()
            checker.close()
    log.info("runner %s ended", runner_id)
    return 0


async def _until(
    stop: asyncio.Event,
    failures: list[asyncio.Future[None]],
    chores: list[Coroutine[Any, Any, None]],
) -> None:
    """Do the chores until told to stop; raises what made a lane or the writer fail."""
    tasks = [asyncio.create_task(chore) for chore in chores]
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopped, *failures, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopped, *tasks):
            task.cancel()
    for future in (*failures, *tasks):
        if future.done() and not future.cancelled():
            future.result()


def _beat(runner_id: str, pacer: Pacer) -> Beat:
    endpoints = ((name, cap, pacer.in_flight[name]) for name, cap in pacer.caps.items())
    return Beat(runner_id, tuple(endpoints))


async def _every(time_s: float, act: Callable[[], None]) -> None:
    while True:
        act()
        await asyncio.sleep(time_s)


async def _forget(cache: ResultCache) -> None:
    while True:
        await asyncio.to_thread(cache.remove_expired)
        await asyncio.sleep(EXPIRE_S)
