"""How fast several runners are, how soon one begins, and how soon another takes over."""

import statistics
import time
from datetime import UTC, datetime

from sqlalchemy import func, select

from bench.cluster.installs import AT_ONCE, Cluster, cluster
from bench.load.figure import Figure
from bench.processes import counters, reset
from bench.uploads import upload, write_jobs
from tests.postgres_server import PostgresServer
from webapp.domain.batch import JobStatus
from webapp.domain.views import BatchView
from webapp.store import reads
from webapp.store.models import attempt, batch, job

NUMBER, LATENCY_S, TIMES = 1000, 0.5, 3
MOST_RATIO = 1.15
SUBMITS, MOST_START_MS = 100, 50
MOST_FAILOVER_S = 15
FORM = {"kinds": "text", "models": "openai:m", "mode": "async", "preset": "balanced"}
GENERATOR = "httpx, omni fake-provider"


def measure_speed(server: PostgresServer, runners: int) -> Figure:
    """A batch of calls that take half a second, some times on one install."""
    with cluster(server, runners, LATENCY_S) as at:
        _run(at, 2 * AT_ONCE, "warm up")
        reset(at.provider_url)
        views = [_run(at, NUMBER, f"run {n}") for n in range(TIMES)]
        peak = counters(at.provider_url)["peak_in_flight"]
    ideal_s = NUMBER / AT_ONCE * LATENCY_S
    ratios = [view.wall_s / ideal_s for view in views if view.wall_s is not None]
    middle = statistics.median(ratios)
    return Figure(
        "",
        f"{runners} runner{'s' * (runners > 1)}",
        f"N {NUMBER:,}, C {AT_ONCE}, L {LATENCY_S} s; median of {TIMES}",
        GENERATOR,
        f"{middle:.3f} × ideal (worst {max(ratios):.3f}), {NUMBER / middle / ideal_s:.0f} jobs/s, "
        f"{peak} in flight at most",
        f"≤ {MOST_RATIO} × ideal, ≤ {AT_ONCE} in flight",
        middle <= MOST_RATIO and peak <= AT_ONCE,
    )


def _run(at: Cluster, number: int, name: str) -> BatchView:
    _, path = upload(at.client, write_jobs(at.place, number, name), AT_ONCE)
    return _finished(at, path.rpartition("/")[2])


def _finished(at: Cluster, batch_id: str) -> BatchView:
    while not (view := reads.batch(at.store, batch_id)).is_finished:
        time.sleep(0.1)
    return view


def measure_start(server: PostgresServer) -> Figure:
    """From the stored submit to the claim of its job, one submit after another."""
    with cluster(server, 2, 0) as at:
        for n in range(SUBMITS):
            told = at.client.post("/batches", data=FORM | {"brief": f"Shop {n}.", "nonce": str(n)})
            _finished(at, told.headers["Location"].rpartition("/")[2])
        with at.store.read() as connection:
            query = select(batch.c.created_at, job.c.started_at).join_from(batch, job)
            rows = connection.execute(query).all()
    took = sorted((started - created).total_seconds() * 1000 for created, started in rows)
    p50, p95 = took[len(took) // 2], took[int(0.95 * len(took))]
    return Figure(
        "",
        "start of a job",
        f"{SUBMITS} submits of a job, one after another; 2 runners; from the submit to the claim",
        "httpx",
        f"p50 {p50:.0f}, p95 {p95:.0f} ms",
        f"p95 ≤ {MOST_START_MS} ms",
        p95 <= MOST_START_MS,
    )


def measure_failover(server: PostgresServer) -> Figure:
    """From `kill -9` of a runner to the first call for a job that it had."""
    with cluster(server, 2, 1.0) as at:
        _, path = upload(at.client, write_jobs(at.place, NUMBER), 20)
        batch_id = path.rpartition("/")[2]
        while reads.batch(at.store, batch_id).counts[JobStatus.SUCCEEDED] < AT_ONCE:
            time.sleep(0.1)
        killed_at = datetime.now(UTC)
        at.others[0].kill()
        again = select(func.min(attempt.c.started_at)).where(attempt.c.claim_no > 1)
        resumed_at = None
        while resumed_at is None:
            time.sleep(0.1)
            with at.store.read() as connection:
                resumed_at = connection.scalar(again)
        view = _finished(at, batch_id)
        repeated = counters(at.provider_url)["duplicates"]
    seconds = (resumed_at - killed_at).total_seconds()
    lost = view.total - view.counts[JobStatus.SUCCEEDED]
    return Figure(
        "",
        "a runner killed for good",
        f"N {NUMBER:,}, C 20, L 1 s; one of 2 runners; from the kill to the first call again",
        GENERATOR,
        f"{seconds:.1f} s; {lost} jobs lost, {repeated} calls repeated",
        f"≤ {MOST_FAILOVER_S} s, 0 lost",
        seconds <= MOST_FAILOVER_S and not lost,
    )
