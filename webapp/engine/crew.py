"""Processes that do what would hold up the loop: two for checks, one for the files of the cache.

The last has the lowest priority: a result is stored already, and may serve again a moment later.

A pool of the standard library costs 0.6 ms of CPU a job here; frames over pipes cost 0.05 ms. The
processes are started by exec: a forked one would inherit the runner's lock and outlive it.
"""

import asyncio
import contextlib
import itertools
import logging
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from webapp.artifacts import consistency
from webapp.domain.artifact import Artifact, Finding, Result, Severity
from webapp.settings import CrashPoint

SIZE = 2  # checks at once: linters use a core each
KEEPER = SIZE  # the place of the one that keeps results
NICENESS = (0,) * SIZE + (19,)  # by place
WINDOW = 4  # tasks given to a process ahead of time, so that it never waits for the next
CHECK_S = 60.0
LENGTH_BYTES = 8

log = logging.getLogger(__name__)


class Died(Exception):
    """A process of the crew ended during a task."""


class Member:
    """One process, and the tasks it has been given."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._tasks = cast(asyncio.StreamWriter, process.stdin)  # both are pipes: see `_hire`
        self._results = cast(asyncio.StreamReader, process.stdout)
        self._numbers = itertools.count()
        self.given: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    @property
    def is_alive(self) -> bool:
        """Whether it can still be given tasks."""
        return not self._reading.done()

    async def do(self, name: str, *words: Any) -> Any:
        """The result of a task; raises Died, also when the task takes longer than 60 s."""
        number = next(self._numbers)
        future = self.given[number] = asyncio.get_running_loop().create_future()
        self._tasks.write(_frame((number, name, words)))
        try:
            async with asyncio.timeout(CHECK_S):
                return await future
        except TimeoutError:
            self.kill()
            raise Died from None
        finally:
            self.given.pop(number, None)

    def kill(self) -> None:
        """End the process at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """Let the process end what it does, then end."""
        self._tasks.close()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                length = int.from_bytes(await self._results.readexactly(LENGTH_BYTES))
                frame = await self._results.readexactly(length)
                number, result = pickle.loads(frame)  # noqa: S301 only our own code writes there
                if number in self.given and not self.given[number].done():
                    self.given[number].set_result(result)
        for future in self.given.values():
            if not future.done():
                future.set_exception(Died())


class Crew:
    """The processes of a runner."""

    def __init__(
        self,
        cache_place: tuple[Path, int, str | None],
        crash_at: CrashPoint | None = None,
        uses_full: bool = True,
    ) -> None:
        """`cache_place` is what `open_cache` takes, `uses_full` what `examine` does."""
        self._first_frame = cache_place, crash_at, uses_full
        self._members: list[Member] = []
        self._room = asyncio.Semaphore(SIZE * WINDOW)
        self._hiring = asyncio.Lock()
        self._keeping: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Start the processes; they import what the checks need while the first calls run."""
        self._members = [await self._hire(niceness) for niceness in NICENESS]

    async def ready(self) -> None:
        """Wait until checks can begin at once: a process imports for a second when it starts."""
        with contextlib.suppress(Died):  # whoever asks it next finds out
            await self._members[0].do("ready")

    async def examine(self, kind: str, endpoint: str, text: str, facts: str | None) -> Artifact:
        """The artifact in an answer; one that ends its process twice "could not be checked"."""
        async with self._room:
            try:
                await self._replace_the_dead()
                member = min(self._members[:SIZE], key=lambda member: len(member.given))
                artifact: Artifact = await member.do("examine", kind, endpoint, text, facts)
            except Died:
                return await self._examine_alone(kind, endpoint, text, facts)
        return artifact

    async def compare(self, members: Mapping[str, consistency.Member]) -> dict[str, list[Finding]]:
        """What artifacts disagree on, by the keys given; nothing where that ends its process."""
        try:
            await self._replace_the_dead()
            found: dict[str, list[Finding]] = await self._members[0].do("compare", members)
        except Died:
            log.warning("artifacts could not be compared with each other")
            return {}
        return found

    def keep(self, results: Mapping[str, Result]) -> None:
        """Put results into the cache soon; what cannot be put there is only a later miss."""
        task = asyncio.create_task(self._keep(results))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    async def close(self) -> None:
        """Let the processes end what they do, then end."""
        await asyncio.gather(*self._keeping)
        for member in self._members:
            await member.close()

    async def _keep(self, results: Mapping[str, Result]) -> None:
        with contextlib.suppress(Died):
            await self._replace_the_dead()
            await self._members[KEEPER].do("keep", results)

    async def _replace_the_dead(self) -> None:
        if all(member.is_alive for member in self._members):
            return
        async with self._hiring:  # else each task that waits would hire one
            for place, member in enumerate(self._members):
                if not member.is_alive:
                    log.warning("a helper process has ended; another takes over")
                    self._members[place] = await self._hire(NICENESS[place])

    async def _examine_alone(
        self, kind: str, endpoint: str, text: str, facts: str | None
    ) -> Artifact:
        # Which of the tasks ended the process is not known: each is tried again by itself.
        member = await self._hire(niceness=0)
        try:
            artifact: Artifact = await member.do("examine", kind, endpoint, text, facts)
        except Died:
            return Artifact((), (), (_NOT_CHECKED,), score=0)
        finally:
            member.kill()
        return artifact

    async def _hire(self, niceness: int) -> Member:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "webapp.engine.crew_member",
            str(niceness),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**26,
        )
        # Not as words of the command, which everybody on this machine may read.
        cast(asyncio.StreamWriter, process.stdin).write(_frame(self._first_frame))
        return Member(process)


_NOT_CHECKED = Finding(
    "answer/not-checked",
    Severity.ERROR,
    "",
    None,
    "The answer could not be checked: the check ended its own process twice, or took too long.",
)


def _frame(content: Any) -> bytes:
    packed = pickle.dumps(content)
    return len(packed).to_bytes(LENGTH_BYTES) + packed
