"""A workbench at work for minutes, with a provider that fails and pages that leave."""

import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import descendants, process, url_said
from tests.faults.stage import PATIENCE_S, Stage
from tests.processes import OMNI, wait_until
from webapp.domain.batch import Policy
from webapp.store import reads

FAULTS = ("503=0.03", "reset=0.02", "malformed=0.01")
AT_ONCE = 16
BATCH = 1000
SAMPLE_S = 2.0
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process held at an instant: seconds since the beginning, MB, numbers."""

    at_s: float
    rss_mb: float
    fds: int
    threads: int


@dataclass(slots=True)
class Soak:
    """How much a process grew, over the later half of its time."""

    name: str
    minutes: float
    jobs: int
    mb_first: float
    mb_last: float
    mb_in_10_min: float
    fds_first: int
    fds_last: int
    threads_first: int
    threads_last: int


def soak(stage: Stage, seed: int, minutes: float, say: Callable[[str], None]) -> list[Soak]:
    """Keep a workbench at work, and look at its processes each 2 s."""
    chance = random.Random(seed)
    samples: dict[str, list[Sample]] = {"runner": [], "web": []}
    jobs = 0
    with process([*OMNI, "serve"], stage.env) as serve:
        url = url_said(serve)
        wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 200, PATIENCE_S)
        started = time.monotonic()
        batch_id = ""
        while (passed := time.monotonic() - started) < minutes * 60:
            if not batch_id or reads.batch(stage.service.store, batch_id).is_finished:
                batch_id = stage.submit(BATCH, jobs, Policy.FINISH_ALL, AT_ONCE)
                jobs += BATCH
                say(f"soak: {jobs:,} jobs submitted")
            _look(url, batch_id, chance)
            for name, pid in _processes(serve.pid).items():
                samples[name].append(_sample(passed, pid))
        stage.finish(batch_id)
    return [_grown(name, minutes, jobs, each) for name, each in samples.items()]


def _look(url: str, batch_id: str, chance: random.Random) -> None:
    """Ask for pages for two seconds; half of those who ask do not wait for the answer."""
    until = time.monotonic() + SAMPLE_S
    with httpx.Client(timeout=30) as client:
        while time.monotonic() < until:
            if chance.random() < 0.5:
                client.get(f"{url}/batches/{batch_id}")
            else:
                _leave(f"{url}/batches/{batch_id}")
            time.sleep(0.1)


def _leave(url: str) -> None:
    with httpx.Client() as client, client.stream("GET", url):
        return


def _processes(serve: int) -> dict[str, int]:
    """The runner, and the first of the web workers."""
    found = {}
    for pid in descendants(serve):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if "runner" in words:
            found["runner"] = pid
        elif "gunicorn" in words:  # workers come after their master
            found["web"] = pid
    return found


def _sample(at_s: float, pid: int) -> Sample:
    place = Path(f"/proc/{pid}")
    pages = int((place / "statm").read_text().split()[1])
    count = len(list((place / "fd").iterdir())), len(list((place / "task").iterdir()))
    return Sample(at_s, pages * PAGE_BYTES / 1e6, *count)


def _grown(name: str, minutes: float, jobs: int, samples: list[Sample]) -> Soak:
    later = samples[len(samples) // 2 :]
    slope = statistics.linear_regression([s.at_s for s in later], [s.rss_mb for s in later]).slope
    first, last = later[: len(later) // 4], later[-len(later) // 4 :]
    return Soak(
        name=name,
        minutes=minutes,
        jobs=jobs,
        mb_first=round(statistics.median(s.rss_mb for s in first), 1),
        mb_last=round(statistics.median(s.rss_mb for s in last), 1),
        mb_in_10_min=round(slope * 600, 2),
        fds_first=max(s.fds for s in first),
        fds_last=max(s.fds for s in last),
        threads_first=max(s.threads for s in first),
        threads_last=max(s.threads for s in last),
    )
