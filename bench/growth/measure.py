"""From 100 to 100,000 jobs on a fresh default install each: time, memory, and disk."""

import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select

from bench.growth.record import Grown
from bench.load.figure import AT_ONCE, MOST, Running, running
from bench.load.watchers import stored
from bench.processes import usage
from bench.uploads import processes, upload, write_jobs
from webapp.domain.views import BatchView
from webapp.store.database import open_store
from webapp.store.models import blob

LATENCY_S = 0.2
EVERY_S = 0.5


def measure_size(number: int, batches: int = 1) -> Grown:
    """Submit so many jobs, in batches of 10,000 where they are more, and run them all."""
    batches = max(batches, -(-number // MOST))
    with running(LATENCY_S) as at:
        warm_up(at)
        start = time.perf_counter()
        uploads = [
            upload(at.client, write_jobs(at.place, number // batches, f"shop {n}"), AT_ONCE)
            for n in range(batches)
        ]
        submitted_s = time.perf_counter() - start
        views = [_finished(at, batch) for _, batch in uploads]
        web, runner = processes(at.install.pid)
        return Grown(
            number=number,
            batches=batches,
            submit_s=max(seconds for seconds, _ in uploads),
            submits_s=submitted_s,
            run_s=_run_s(views),
            web_mb=max(usage(pid).peak_mb for pid in web),
            runner_mb=usage(runner).peak_mb,
            database_mb=_size_mb(at.place / "data", "omni.sqlite3*"),
            blobs_mb=_blobs_mb(at.place / "data/omni.sqlite3"),
            cache_mb=_size_mb(at.place / "data", "cache/**/*"),
        )


def warm_up(at: Running) -> None:
    """A batch of two jobs: what is loaded once is in no figure."""
    _finished(at, upload(at.client, write_jobs(at.place, 2, "warm up"), 2)[1])


def _finished(at: Running, batch: str) -> BatchView:
    while not (view := stored(at, batch)).is_finished:
        time.sleep(EVERY_S)
    return view


def _run_s(views: list[BatchView]) -> float:
    """Seconds from the first claim of all to the last stored job."""
    began = [view.started_at for view in views if view.started_at]
    ended = [view.finished_at for view in views if view.finished_at]
    return (max(ended) - min(began)).total_seconds()


def _size_mb(place: Path, pattern: str) -> float:
    return sum(path.stat().st_size for path in place.glob(pattern) if path.is_file()) / 1e6


def _blobs_mb(path: Path) -> float:
    query = select(func.coalesce(func.sum(func.length(blob.c.content)), 0))
    with closing(open_store(path)) as store, store.read() as connection:
        return float(connection.scalar(query) or 0) / 1e6
