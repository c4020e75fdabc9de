"""Lanes: each runs jobs of one batch, one after another."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from webapp.engine.job import Flight, Workshop
from webapp.store.operations import (
    Applied,
    Claim,
    ClaimedJob,
    Ended,
    Outlook,
    PutBack,
    Unreachable,
)

LONGEST_WAIT_S = 1.0  # a lane that could go on for several reasons looks again this often

JobTask = asyncio.Task[Ended | PutBack]


@dataclass(slots=True)
class Course:
    """What the lanes of one batch share."""

    batch_id: str
    flight: Flight = field(default_factory=Flight)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

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
        self._everywhere = frozenset(workshop.providers)
        self._wanted = self._everywhere

    async def run(self) -> None:
        """Run jobs until nothing waits in the batch, or the runner drains."""
        job = await self._next_job()
        while job is not None:
            job = await self._work(job)

    async def _work(self, job: ClaimedJob) -> ClaimedJob | None:
        """Run a job and take the next, in one commit where a slot is at hand."""
        ending = await self._ending(job)
        written = () if ending is None else (ending,)
        held = self._slots_at_hand()
        if not held:
            if ending is not None:
                self._workshop.writer.post(ending)
            return await self._next_job()
        claim = Claim(self._course.batch_id, held)
        applied = await self._workshop.writer.do(*written, claim)
        return await self._taken(applied[-1], held) or await self._next_job()

    async def _ending(self, job: ClaimedJob) -> Ended | PutBack | None:
        """How the job ended; None if it was cancelled."""
        task = asyncio.create_task(self._workshop.run(job, self._course.flight))
        self._running.add(job.id, job.claim_no, task)
        try:
            # `wait` tells a cancelled job, after which the lane goes on, from a cancelled lane.
            await asyncio.wait([task])
        finally:
            self._running.remove(job.id)
        return None if task.cancelled() else task.result()

    def _slots_at_hand(self) -> frozenset[str]:
        if self._workshop.is_draining:
            return frozenset()
        return self._workshop.pacer.try_acquire(self._wanted, self._number)

    async def _next_job(self) -> ClaimedJob | None:
        """Wait for a slot and a job that is due; None when nothing is left."""
        pacer = self._workshop.pacer
        while self._wanted and not self._workshop.is_draining:
            held = await pacer.acquire(self._wanted, self._number, LONGEST_WAIT_S)
            if not held:
                self._wanted = self._everywhere
                continue
            applied = await self._workshop.writer.do(Claim(self._course.batch_id, held))
            job = await self._taken(applied[0], held)
            if job is not None:
                return job
        return None

    async def _taken(self, applied: Applied, held: frozenset[str]) -> ClaimedJob | None:
        """The job a claim gave; without one, look where others wait and when they are due."""
        if isinstance(applied, ClaimedJob):
            self._workshop.pacer.release(held - {applied.endpoint})
            return applied
        self._workshop.pacer.release(held)
        due = applied.due if isinstance(applied, Outlook) else {}
        self._park_unreachable(due)
        self._wanted = self._everywhere & due.keys()
        untried = self._wanted - held
        if self._wanted and not untried:
            await self._until_due(due)
        self._wanted = untried or self._wanted
        return None

    def _park_unreachable(self, due: Mapping[str, datetime | None]) -> None:
        for endpoint in due.keys() - self._everywhere:
            sentence = f"{endpoint} is not set up in this runner; set it up, restart, then retry."
            self._workshop.writer.post(Unreachable(self._course.batch_id, endpoint, sentence))

    async def _until_due(self, due: Mapping[str, datetime | None]) -> None:
        times = [time for name, time in due.items() if name in self._wanted and time]
        now = datetime.now(UTC)
        wait_s = min([LONGEST_WAIT_S, *((time - now).total_seconds() for time in times)])
        changed = asyncio.ensure_future(self._course.changed.wait())
        await asyncio.wait([changed], timeout=max(0.0, wait_s))
        changed.cancel()
