"""A job run inside a request: what remains where no runner lives."""

import asyncio
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from ulid import ULID

from webapp.artifacts.prompt import render_blueprint
from webapp.cache import open_cache
from webapp.domain.batch import ModelChoice
from webapp.domain.errors import CannotRunHere
from webapp.engine.chains import begin_ready
from webapp.engine.comparing import compare_finished
from webapp.engine.crew import Crew
from webapp.engine.job import Flight, Received, Workshop
from webapp.engine.lanes import MOST_MODELS
from webapp.engine.place import Slot
from webapp.engine.queue import Queue, open_queue
from webapp.engine.runner import keep_beating, open_workshop
from webapp.providers import build_providers
from webapp.providers.transport import open_transports
from webapp.settings import Settings
from webapp.store import reads, runners, settling
from webapp.store.database import Store
from webapp.store.operations import Claim, ClaimedJob, Repair

_HELD = (
    "A runner, or another page, is at work on this data folder: the jobs go on by themselves. "
    "Nothing was run here."
)


async def run_next(settings: Settings, store: Store, batch_id: str) -> bool:
    """Run the next job of a batch that is due, to its end; False if there is none.

    What a dead runner had under way is settled first, as a new runner would. Raises CannotRunHere
    where one lives.
    """
    queue, runner_id = open_queue(store), str(ULID())
    with queue.turn(alone=True) as is_ours:
        if not is_ours():
            raise CannotRunHere(_HELD)
        with _enlisted(store, runner_id):
            return await _run_next(settings, store, queue, runner_id, batch_id)


@contextmanager
def _enlisted(store: Store, runner_id: str) -> Iterator[None]:
    runners.enlist(store, runner_id, socket.gethostname(), os.getpid())
    try:
        yield
    finally:
        runners.strike_off(store, runner_id)


async def _run_next(
    settings: Settings, store: Store, queue: Queue, runner_id: str, batch_id: str
) -> bool:
    _, answers = queue.take_over(runner_id)
    crew = Crew(settings.cache_place, uses_full=settings.full_checks)
    await crew.start()
    async with open_transports(settings.endpoints) as transports:
        providers = build_providers(settings.endpoints, transports, render_blueprint)
        workshop = open_workshop(settings, providers, crew, store, runner_id, is_shared=False)
        here = _Here(workshop, reads.models(store, batch_id))
        workshop.writer.start(here.look)
        beating = asyncio.create_task(keep_beating(workshop))
        try:
            for answer in answers:
                await workshop.resume(answer)
            await begin_ready(store, open_cache(*settings.cache_place), workshop.writer)
            has_run = await here.run(batch_id)
            await compare_finished(store, crew, workshop.writer)
            return has_run
        finally:
            beating.cancel()
            await workshop.writer.stop()
            await crew.close()


class _Here:
    """The one job under way, which is given up when it is cancelled elsewhere."""

    def __init__(self, workshop: Workshop, models: Iterable[ModelChoice]) -> None:
        self._workshop = workshop
        self._models = sorted(models)[:MOST_MODELS]
        self._loop = asyncio.get_running_loop()
        self._claims: dict[str, int] = {}
        self._task: asyncio.Task[bool] | None = None

    def look(self, connection: Connection) -> None:
        """See whether the job was cancelled. Runs in the writer's thread."""
        claims = dict(self._claims)
        if self._task is not None and claims.keys() - settling.still_held(connection, claims):
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def run(self, batch_id: str) -> bool:
        """Claim a job and run it, its rounds of repair too; False if none is due."""
        if (goes_on := await self._round(batch_id)) is None:
            return False
        while goes_on:
            goes_on = await self._round(batch_id)
        return True

    async def _round(self, batch_id: str) -> bool | None:
        """Claim a job and call once; whether another round follows. None if none is due."""
        pacer = self._workshop.pacer
        here = self._workshop.providers
        held = pacer.try_acquire((m for m in self._models if m.endpoint in here), lane=0)
        if not held:
            return None
        claim = Claim(batch_id, frozenset(slot.model for slot in held))
        claimed = (await self._workshop.writer.do(claim))[0]
        if not isinstance(claimed, ClaimedJob):
            return None
        (slot,) = (slot for slot in held if slot.model == claimed.choice)
        self._claims = {claimed.id: claimed.claim_no}
        self._task = asyncio.create_task(self._work(claimed, slot))
        # `wait`: a job that is cancelled elsewhere is no cancelled request.
        await asyncio.wait([self._task])
        return not self._task.cancelled() and self._task.result()

    async def _work(self, job: ClaimedJob, slot: Slot) -> bool:
        """Call for a job; whether its answer has to be repaired."""
        called = await self._workshop.call(job, slot, Flight())
        if not isinstance(called, Received):
            await self._workshop.writer.do(called)
            return False
        await self._workshop.writer.do(called.answered)
        checked = await self._workshop.check(job, called.reply)
        await self._workshop.writer.do(checked)
        return isinstance(checked, Repair)
