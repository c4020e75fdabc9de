"""L2 and L4: what a submit takes beside polls, and one of 10,000 jobs."""

from bench.load.figure import AT_ONCE, MOST, Figure, running
from bench.load.polls import ASKED, LATENCY_S, start_batch
from bench.load.rate import Answers, Load, send, sending, version
from bench.processes import usage
from bench.uploads import processes, upload, write_jobs

SUBMITS_PER_S, SECONDS = 5, 30
BESIDE = {25: (60, 150), 500: (150, 400)}  # polls a second: p95 and p99 of a submit, in ms
# Both the words and the nonce differ: each is a batch of its own that calls the provider.
FORM = (
    "brief=Alerts+for+[<id>]&kinds=prometheus-rules&models=openai:m&mode=async"
    "&preset=balanced&nonce=[<id>]"
)
SUBMITS = Load("/batches", SUBMITS_PER_S, SECONDS, method="POST", body=FORM)
MOST_S, MOST_MB = 3, 50


def measure_submits() -> list[Figure]:
    """One-job batches at a constant rate, beside few polls and many that follow a batch."""
    with running(LATENCY_S) as at:
        path, cursor = start_batch(at)
        figures = []
        for polls_per_s, (p95, p99) in BESIDE.items():
            with sending(at.url, Load(path, polls_per_s, SECONDS, follow=cursor)) as polls:
                submits = send(at.url, SUBMITS)
            figures.append(_beside(submits, polls[0], p95, p99))
    return figures


def _beside(submits: Answers, polls: Answers, most_p95: float, most_p99: float) -> Figure:
    p50, p95, p99 = map(submits.percentile_ms, (50, 95, 99))
    kept = f"{polls.per_s:.0f} polls/s kept"
    return Figure(
        "L2",
        f"submit beside {polls.load.rate} polls/s",
        f"{SUBMITS_PER_S} submits/s for {SECONDS} s, a job each; beside {ASKED}",
        version(),
        f"p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms; {submits.failed} failed; {kept}",
        f"p95 ≤ {most_p95}, p99 ≤ {most_p99} ms",
        p95 <= most_p95 and p99 <= most_p99 and not submits.failed,
    )


def measure_largest() -> list[Figure]:
    """A job file of 10,000 lines, uploaded to a web server that has answered before."""
    with running(LATENCY_S) as at:
        # Both workers have loaded what a submit needs: that is no part of the memory of this one.
        for n in range(8):
            upload(at.client, write_jobs(at.place, 10, f"warm up {n}"), AT_ONCE)
        web, _ = processes(at.install.pid)
        before = {pid: usage(pid).peak_mb for pid in web}
        seconds, _ = upload(at.client, write_jobs(at.place, MOST), AT_ONCE)
        more_mb = max(usage(pid).peak_mb - before[pid] for pid in web)
    return [
        Figure(
            "L4",
            "submit of 10,000 jobs",
            f"one POST of a job file of {MOST:,} lines",
            "httpx",
            f"{seconds:.2f} s, +{more_mb:.0f} MB",
            f"≤ {MOST_S} s, + ≤ {MOST_MB} MB",
            seconds <= MOST_S and more_mb <= MOST_MB,
        )
    ]
