"""A runner that dies at named points, again and again."""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

from tests.faults.stage import PATIENCE_S, Stage
from tests.processes import wait_until
from webapp.domain.batch import JobStatus, Policy
from webapp.engine.crew import NICENESS
from webapp.settings import CrashPoint
from webapp.store import reads

POINTS: tuple[CrashPoint, ...] = get_args(CrashPoint)
OF_THE_HELPER = "after_file_rename"
JOBS = 3
HELPERS = len(NICENESS)


@dataclass(frozen=True, slots=True)
class Point:
    """What became of the jobs over the deaths at one point."""

    name: CrashPoint
    deaths: int
    jobs: int
    lost: int
    calls_more: int  # than jobs


def die_at(
    stage: Stage, points: Sequence[CrashPoint], times: int, say: Callable[[str], None]
) -> list[Point]:
    """Let runners die at each point so often; each time another one finishes."""
    found = []
    for place, point in enumerate(points):
        before = stage.counters()["calls"]
        lost = sum(_die(stage, point, (place * times + n) * JOBS) for n in range(times))
        jobs = times * JOBS
        found.append(Point(point, times, jobs, lost, stage.counters()["calls"] - before - jobs))
        say(f"{point}: {times} deaths, {lost} jobs lost")
    return found


def _die(stage: Stage, point: CrashPoint, first: int) -> int:
    """Die once; how many jobs are lost."""
    batch_id = stage.submit(JOBS, first, Policy.FINISH_ALL, JOBS)
    dying = stage.runner(OMNI_CRASH_AT=point)
    if point == OF_THE_HELPER:
        stage.finish(batch_id)
        wait_until(
            lambda: dying.says("a helper process has ended") or len(dying.helpers()) < HELPERS
        )
        dying.end()
    else:
        assert dying.process.wait(PATIENCE_S) == -signal.SIGKILL
        healthy = stage.runner()
        stage.finish(batch_id)
        healthy.end()
    return JOBS - reads.batch(stage.service.store, batch_id).counts[JobStatus.SUCCEEDED]
