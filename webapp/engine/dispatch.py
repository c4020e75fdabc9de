"""Which lanes live: as many for each batch as it may have and has work for."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection

from webapp.domain.batch import ModelChoice, Reason
from webapp.engine.job import Workshop
from webapp.engine.lanes import Course, Lane, Running
from webapp.engine.pacer import Pacer
from webapp.store.operations import Park, StoredAnswer
from webapp.store.settling import OpenBatch, open_batches, still_held

# Whoever ends runners again and again, soon after their start, must not throw suspicion on the
# check that happens to be the first each time.
STEADY_S = 5.0

log = logging.getLogger(__name__)


class Dispatcher:
    """Starts lanes when there is something to do, and gives up jobs that were cancelled.

    With `fills` it finds by itself which batches need lanes, else it is told of each.
    """

    def __init__(self, workshop: Workshop, *, fills: bool) -> None:
        self._workshop = workshop
        self._fills = fills
        self._loop = asyncio.get_running_loop()
        self._running = Running()
        self._courses: dict[str, Course] = {}
        self._lanes: dict[str, dict[int, asyncio.Task[None]]] = {}
        self._resumed: set[asyncio.Task[None]] = set()
        self.failure: asyncio.Future[None] = self._loop.create_future()

    @property
    def pacer(self) -> Pacer:
        """Who hands out slots to the lanes."""
        return self._workshop.pacer

    def look(self, connection: Connection) -> None:
        """See what other processes have changed. Runs in the writer's thread."""
        claims = dict(self._running.claims)
        held = still_held(connection, claims)
        lost = {job_id: claim_no for job_id, claim_no in claims.items() if job_id not in held}
        self._loop.call_soon_threadsafe(self._follow, open_batches(connection), lost)

    def resume(self, answers: Sequence[StoredAnswer]) -> None:
        """Check answers that a dead runner had received, one after another."""
        task = asyncio.create_task(self._resume(answers))
        self._resumed.add(task)
        task.add_done_callback(self._resumed.discard)
        task.add_done_callback(self._watch)

    async def _resume(self, answers: Sequence[StoredAnswer]) -> None:
        steady_at = self._loop.time() + STEADY_S
        for answer in answers:  # those under suspicion are the last
            if answer.crashes:
                await asyncio.sleep(steady_at - self._loop.time())
            if not self._workshop.is_draining:  # else the next runner does it
                await self._workshop.resume(answer)

    async def drain(self, time_s: float, hurry: asyncio.Event) -> None:
        """Claim nothing more; let calls end within a time, or until told to hurry."""
        self._workshop.is_draining = True
        self.pacer.dismiss(self._courses)
        lanes = {task for lanes in self._lanes.values() for task in lanes.values()}
        tasks = lanes | self._resumed | set(self._running.tasks.values())
        if not tasks:
            return
        ended = asyncio.ensure_future(self._all_ended(tasks))
        either: list[asyncio.Future[Any]] = [ended, asyncio.create_task(hurry.wait())]
        await asyncio.wait(either, timeout=time_s, return_when=asyncio.FIRST_COMPLETED)
        either[1].cancel()
        for job_task in list(self._running.tasks.values()):
            job_task.cancel()
        await ended

    async def _all_ended(self, tasks: set[asyncio.Task[Any]]) -> None:
        """Wait for these, and for the checks that their ends begin."""
        while tasks:
            await asyncio.wait(tasks)
            tasks = set(self._running.tasks.values())

    def _follow(self, batches: Sequence[OpenBatch], lost: dict[str, int]) -> None:
        for job_id, claim_no in lost.items():
            self._running.cancel(job_id, claim_no)
        if self._workshop.is_draining:
            return
        opened = {batch.id for batch in batches}
        over = [c for c in self._courses.values() if c.batch_id not in opened and not c.is_over]
        for course in over:
            course.is_over = True
        if over:
            self.pacer.dismiss({course.batch_id for course in over})
        for batch in batches:
            if self._fills:
                self._fill(self._course(batch), batch)
            if batch.id in self._courses:
                self._courses[batch.id].is_over = False
                self._courses[batch.id].wake()

    def _course(self, batch: OpenBatch) -> Course:
        if batch.id not in self._courses:
            self._courses[batch.id] = Course(batch.id, batch.models, batch.at_once, self._watch)
            self._park_unreachable(batch.models)
        return self._courses[batch.id]

    async def run_lane(self, batch: OpenBatch, number: int) -> bool:
        """Run a lane to its end; whether it ended because the runner drains.

        Cancelled, the lane goes on: it has calls in flight.
        """
        if not self._workshop.is_draining and number not in self._lanes.get(batch.id, {}):
            self._start(self._course(batch), number)
            await asyncio.wait([self._lanes[batch.id][number]])
        return self._workshop.is_draining

    def _park_unreachable(self, models: Iterable[ModelChoice]) -> None:
        for endpoint in sorted(
            {model.endpoint for model in models} - self._workshop.providers.keys()
        ):
            sentence = f"{endpoint} is not set up in this runner; set it up, restart, then retry."
            self._workshop.writer.post(Park(endpoint, None, Reason.KEY, sentence))

    def _fill(self, course: Course, batch: OpenBatch) -> None:
        lanes = self._lanes.setdefault(batch.id, {})
        most = min(course.at_once, len(lanes) + batch.queued)
        for _ in range(most - len(lanes)):
            self._start(course, next(n for n in range(course.at_once) if n not in lanes))

    def _start(self, course: Course, number: int) -> None:
        lane = Lane(number, course, self._workshop, self._running)
        task = asyncio.create_task(lane.run(), name=f"lane {number} of {course.batch_id}")
        self._lanes.setdefault(course.batch_id, {})[number] = task
        task.add_done_callback(partial(self._end, course.batch_id, number))

    def _end(self, batch_id: str, number: int, task: asyncio.Task[None]) -> None:
        lanes = self._lanes[batch_id]
        del lanes[number]
        if not lanes:
            del self._lanes[batch_id], self._courses[batch_id]
        self._watch(task)
        # A retry may have come between the lane's last look and its end.
        self._workshop.writer.look_again()

    def _watch(self, task: asyncio.Task[None]) -> None:
        """A lane that fails ends the runner: the next one settles what this one held."""
        error = None if task.cancelled() else task.exception()
        if error is not None and not self.failure.done():
            log.error("a lane cannot go on", exc_info=error)
            self.failure.set_exception(error)
