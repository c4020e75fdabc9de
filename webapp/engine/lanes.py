"""Lanes: each runs jobs of one batch, one after another."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from webapp.domain.batch import ModelChoice
from webapp.engine.job import Flight, Received, Workshop
from webapp.engine.outcome import Result
from webapp.engine.place import Slot
from webapp.store.operations import Applied, Claim, ClaimedJob, Operation, Outlook, Reply

LONGEST_WAIT_S = 1.0  # a lane that could go on for another reason looks again this often
# Lanes that begin together stay together, and their answers all come at once: a little apart, a
# thousand calls of 0.2 s, a hundred at once, end a twentieth earlier.
STAGGER_S = 0.002
LONGEST_STAGGER_S = 0.2
MOST_MODELS = 20  # that a claim asks for

JobTask = asyncio.Task[Any]
Taken = tuple[ClaimedJob, Slot]


@dataclass(slots=True)
class Course:
    """What the lanes of one batch share.

    As many answers may wait for their checks as calls may be in flight: with one, each job is
    through before the next begins. `watch` is told of each check that is done.
    """

    batch_id: str
    models: frozenset[ModelChoice]
    at_once: int
    watch: Callable[[JobTask], None]
    checks: set[JobTask] = field(default_factory=set)
    is_over: bool = False  # nothing is open any more
    flight: Flight = field(default_factory=Flight)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _room: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def has_room(self) -> bool:
        """Whether another call may be made, though its answer will have to be checked."""
        return len(self.checks) < self.at_once

    async def until_room(self) -> None:
        """Wait for checks to end."""
        # Not for the checks themselves: a hundred lanes that wait for a hundred tasks each take
        # longer than the tasks.
        while not self.has_room:
            self._room.clear()
            await self._room.wait()

    def begin_check(self, task: JobTask) -> None:
        """Count a check in until its task is done."""
        self.checks.add(task)
        task.add_done_callback(self._end_check)

    def _end_check(self, task: JobTask) -> None:
        self.checks.discard(task)
        self._room.set()
        self.watch(task)

    def wake(self) -> None:
        """Let lanes that found nothing due look again."""
        self.changed.set()
        self.changed = asyncio.Event()


@dataclass(slots=True)
class Running:
    """The jobs under way, by id: the claim each is held under, and its task."""

    claims: dict[str, int] = field(default_factory=dict)
    tasks: dict[str, JobTask] = field(default_factory=dict)

    def add(self, job_id: str, claim_no: int, task: JobTask) -> None:
        """Count a job in until its task is done."""
        self.claims[job_id] = claim_no
        self.tasks[job_id] = task

    def remove(self, job_id: str) -> None:
        """Count it out."""
        del self.claims[job_id], self.tasks[job_id]

    def cancel(self, job_id: str, claim_no: int) -> None:
        """Give a job up, if it is still the same claim; its connection closes."""
        if self.claims.get(job_id) == claim_no:
            self.tasks[job_id].cancel()


class Lane:
    """One strand of a batch; the lower its number, the earlier its turn at an endpoint."""

    def __init__(self, number: int, course: Course, workshop: Workshop, running: Running) -> None:
        self._number = number
        self._course = course
        self._workshop = workshop
        self._running = running
        self._everywhere = frozenset(
            model for model in course.models if model.endpoint in workshop.providers
        )
        self._wanted = self._everywhere

    async def run(self) -> None:
        """Run jobs until nothing waits in the batch, or the runner drains."""
        await asyncio.sleep(min(LONGEST_STAGGER_S, self._number * STAGGER_S))
        taken = await self._next_job()
        while taken is not None:
            taken = await self._work(*taken)

    async def _work(self, job: ClaimedJob, slot: Slot) -> Taken | None:
        """Call for a job, let its answer be checked beside, and take the next.

        What came and the next claim are one commit, where a slot is at hand.
        """
        came = await self._call(job, slot)
        if isinstance(came, Received):
            self._check(job, came.reply)  # begins after what is written here is given to the writer
        written = _written(came)
        held = self._go_on(slot)
        if not held:
            self._workshop.writer.post(*written)
            await self._course.until_room()
            return await self._next_job()
        applied = await self._workshop.writer.do(*written, self._claim(held))
        return await self._taken(applied[-1], held) or await self._next_job()

    async def _call(self, job: ClaimedJob, slot: Slot) -> Result | Received | None:
        """What came of a call; None if it was cancelled."""
        task = asyncio.create_task(self._workshop.call(job, slot, self._course.flight))
        self._running.add(job.id, job.claim_no, task)
        try:
            # `wait` tells a cancelled job, after which the lane goes on, from a cancelled lane.
            await asyncio.wait([task])
        finally:
            self._running.remove(job.id)
        return None if task.cancelled() else task.result()

    def _check(self, job: ClaimedJob, reply: Reply) -> None:
        task: JobTask = asyncio.create_task(self._workshop.finish(job, reply))
        self._running.add(job.id, job.claim_no, task)
        task.add_done_callback(lambda _: self._running.remove(job.id))
        self._course.begin_check(task)

    def _claim(self, held: Iterable[Slot]) -> Claim:
        models = frozenset(slot.model for slot in held)
        return Claim(self._course.batch_id, models, self._workshop.pacer.allowances(models))

    def _asked(self) -> list[ModelChoice]:
        return sorted(self._wanted)[:MOST_MODELS]

    @property
    def _is_over(self) -> bool:
        return self._workshop.is_draining or self._course.is_over

    def _go_on(self, slot: Slot) -> tuple[Slot, ...]:
        """Slots at hand for the next call, in place of that of the last."""
        asked = self._asked() if self._course.has_room and not self._is_over else ()
        return self._workshop.pacer.go_on(slot, asked, self._number)

    @property
    def _patience_s(self) -> float | None:
        # Ten batches have nine hundred lanes in line: who waits for all there is looks no further.
        return None if len(self._asked()) == len(self._everywhere) else LONGEST_WAIT_S

    async def _next_job(self) -> Taken | None:
        """Wait for a slot and a job that is due; None when nothing is left."""
        pacer = self._workshop.pacer
        while self._wanted and not self._is_over:
            held = await pacer.acquire(
                self._asked(), self._number, self._course.batch_id, self._patience_s
            )
            if not held:
                self._wanted = self._everywhere
                continue
            applied = await self._workshop.writer.do(self._claim(held))
            taken = await self._taken(applied[0], held)
            if taken is not None:
                return taken
        return None

    async def _taken(self, applied: Applied, held: tuple[Slot, ...]) -> Taken | None:
        """The job a claim gave; without one, look where others wait and when they are due."""
        if isinstance(applied, ClaimedJob):
            (mine,) = (slot for slot in held if slot.model == applied.choice)
            self._workshop.pacer.release(slot for slot in held if slot is not mine)
            return applied, mine
        self._workshop.pacer.release(held)
        due = applied.due if isinstance(applied, Outlook) else {}
        self._wanted = self._everywhere & due.keys()
        untried = self._wanted - {slot.model for slot in held}
        if self._wanted and not untried:
            await self._until_due(due)
        self._wanted = untried or self._wanted
        return None

    async def _until_due(self, due: Mapping[ModelChoice, datetime | None]) -> None:
        times = [time for model, time in due.items() if model in self._wanted and time]
        now = datetime.now(UTC)
        wait_s = min([LONGEST_WAIT_S, *((time - now).total_seconds() for time in times)])
        changed = asyncio.ensure_future(self._course.changed.wait())
        await asyncio.wait([changed], timeout=max(0.0, wait_s))
        changed.cancel()


def _written(came: Result | Received | None) -> tuple[Operation, ...]:
    if came is None:
        return ()
    return (came.answered if isinstance(came, Received) else came,)
