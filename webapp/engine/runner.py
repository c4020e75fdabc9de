"""The runner process: one loop for its whole life."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Coroutine, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from ulid import ULID

from webapp.artifacts.prompt import render_blueprint
from webapp.cache import ResultCache, open_cache
from webapp.engine.chains import keep_beginning
from webapp.engine.comparing import keep_comparing
from webapp.engine.crash import Crash
from webapp.engine.crew import Crew
from webapp.engine.dispatch import Dispatcher
from webapp.engine.job import Workshop
from webapp.engine.pacer import HAND_BACK_S, Pacer
from webapp.engine.queue import Queue, open_queue
from webapp.engine.quota import MINUTE_S
from webapp.engine.standing import states
from webapp.engine.watchdog import watched
from webapp.engine.writer import Writer
from webapp.prices import Prices
from webapp.providers import build_providers
from webapp.providers.base import Provider
from webapp.providers.transport import open_transports
from webapp.settings import Settings
from webapp.store import runners, settling
from webapp.store.database import Store, open_store
from webapp.store.operations import Beat, SetBack

BEAT_S = 2.0
PARTIAL_S = 0.25
DRAIN_S = 20.0
EXPIRE_S = 600.0
LOCK_S = 0.2
CLOCK_S = 1.0
CLOCK_ERROR_S = 2.0  # a clock that is kept right is moved by less

log = logging.getLogger(__name__)


async def main(settings: Settings) -> int:
    """Work until SIGTERM or SIGINT; gives the exit code.

    Running calls may end within 20 s; a second signal hands their jobs back at once.
    """
    _collect_less_often()
    stop, hurry = asyncio.Event(), asyncio.Event()
    _listen(stop, hurry)
    store = open_store(settings.database)
    queue = open_queue(store)
    async with _turn(queue, stop) as is_ours:
        if not is_ours:
            return 0
        return await _work(settings, store, queue, stop, hurry)


def _collect_less_often() -> None:
    # What was imported stays for good, and calls leave little behind: without this, the collector
    # takes 3 % of the time with 100 calls in flight.
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _listen(stop: asyncio.Event, hurry: asyncio.Event) -> None:
    def heed() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heed)


@contextlib.asynccontextmanager
async def _turn(queue: Queue, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Wait until this runner may work; False if told to stop while waiting."""
    with queue.turn(alone=False) as is_ours:
        if not is_ours():
            log.warning("another runner works on this data folder; waiting until it ends")
            while not stop.is_set() and not is_ours():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOCK_S)
        yield not stop.is_set()


async def _work(
    settings: Settings, store: Store, queue: Queue, stop: asyncio.Event, hurry: asyncio.Event
) -> int:
    runner_id = str(ULID())
    runners.enlist(store, runner_id, socket.gethostname(), os.getpid())
    requeued, answers = queue.take_over(runner_id)
    if requeued or answers:
        log.info("resuming: %d calls go again, %d answers are checked", requeued, len(answers))
    cache = open_cache(*settings.cache_place)
    crew = Crew(settings.cache_place, settings.crash_at, settings.full_checks)
    await crew.start()
    async with watched(), open_transports(settings.endpoints) as transports:
        providers = build_providers(settings.endpoints, transports, render_blueprint)
        workshop = open_workshop(
            settings, providers, crew, store, runner_id, is_shared=store.is_shared
        )
        await asyncio.to_thread(workshop.prices.load)
        dispatcher = Dispatcher(workshop, fills=not store.is_shared)
        workshop.writer.start(dispatcher.look)
        dispatcher.resume(answers)
        told = asyncio.create_task(queue.work(dispatcher, runner_id))
        log.info("runner %s works", runner_id)
        try:
            failures = [dispatcher.failure, workshop.writer.failure, told]
            await _until(stop, failures, _chores(workshop, cache, store))
            log.info("told to end: calls may end within %g s, or until told again", DRAIN_S)
            told.cancel()
            await dispatcher.drain(DRAIN_S, hurry)
            await asyncio.wait([told])
        finally:
            await workshop.writer.stop()
            await crew.close()
    runners.strike_off(store, runner_id)
    log.info("runner %s ended", runner_id)
    return 0


def open_workshop(
    settings: Settings,
    providers: Mapping[str, Provider],
    crew: Crew,
    store: Store,
    runner_id: str,
    *,
    is_shared: bool,
) -> Workshop:
    """What the jobs of this process need; its writer is not started yet."""
    crash = Crash(settings.crash_at)
    endpoints = (each for each in settings.endpoints if each.name in providers)
    pacer = Pacer(endpoints, is_shared=is_shared)
    _remember_calls(pacer, store)
    return Workshop(
        providers,
        pacer,
        crew,
        Writer(store, runner_id, crew.keep, crash),
        Prices(settings.endpoints),
        settings.max_attempts,
        crash,
    )


def _remember_calls(pacer: Pacer, store: Store) -> None:
    """What others have used of this minute is used up."""
    if pacer.limited:
        within_s = MINUTE_S + HAND_BACK_S
        pacer.remember(settling.recent_calls(store, pacer.limited, within_s))


def _chores(
    workshop: Workshop, cache: ResultCache, store: Store
) -> list[Coroutine[Any, Any, None]]:
    workshop.pacer.on_pause = partial(_beat, workshop)
    return [
        keep_beating(workshop),
        _show_growing(workshop),
        _mind_clock(workshop.writer),
        _forget(cache),
        keep_beginning(store, cache, workshop.writer),
        keep_comparing(store, workshop.crew, workshop.writer),
    ]


async def _until(
    stop: asyncio.Event,
    failures: list[asyncio.Future[None]],
    chores: list[Coroutine[Any, Any, None]],
) -> None:
    """Do the chores until told to stop; raises what made a lane or the writer fail."""
    tasks = [asyncio.create_task(chore) for chore in chores]
    stopped = asyncio.create_task(stop.wait())
    any_of: list[asyncio.Future[Any]] = [stopped, *failures, *tasks]
    try:
        await asyncio.wait(any_of, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (stopped, *tasks):
            task.cancel()
    for future in (*failures, *tasks):
        if future.done() and not future.cancelled():
            future.result()


def _beat(workshop: Workshop) -> None:
    workshop.writer.post(Beat(states(workshop.pacer)))


async def keep_beating(workshop: Workshop) -> None:
    """Say for good that this process lives, and how its models stand."""
    while True:
        _beat(workshop)
        await asyncio.sleep(BEAT_S)


async def _show_growing(workshop: Workshop) -> None:
    while True:
        await workshop.store_growing()
        await asyncio.sleep(PARTIAL_S)


async def _mind_clock(writer: Writer) -> None:
    """Tell when the clock is set back: jobs would wait for a time that has moved away."""
    ahead_s = time.time() - time.monotonic()
    while True:
        await asyncio.sleep(CLOCK_S)
        before_s, ahead_s = ahead_s, time.time() - time.monotonic()
        if before_s - ahead_s > CLOCK_ERROR_S:
            log.warning("the clock was set back by %.0f s", before_s - ahead_s)
            writer.post(SetBack(timedelta(seconds=before_s - ahead_s)))


async def _forget(cache: ResultCache) -> None:
    while True:
        await asyncio.to_thread(cache.remove_expired)
        await asyncio.sleep(EXPIRE_S)
