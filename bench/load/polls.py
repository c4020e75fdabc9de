"""L1: polls a second that a default install sustains while a batch runs."""

import re
import time

from bench.load.figure import AT_ONCE, MOST, Figure, Running, running
from bench.load.rate import Answers, Load, send, version
from bench.uploads import upload, write_jobs

RATES = (100, 250, 500, 750, 1000)
WARM_UP_S, STEP_S = 5, 15
TARGET_PER_S, TARGET_MS = 500, 100
LATENCY_S = 1.0
ASKED = f"N {MOST:,}, C {AT_ONCE}, L {LATENCY_S:g} s: {AT_ONCE} jobs/s"
NEVER_NEWER = str(10**15)


def measure_polls() -> list[Figure]:
    """Polls as pages send them, each from the cursor it got last; and such as find nothing new."""
    return [
        _figure("L1", "polls that follow a running batch", follow=True),
        _figure("L1", "polls that find nothing new", follow=False),
    ]


def start_batch(at: Running) -> tuple[str, str]:
    """Submit a batch of 10,000; the path of its deltas without a cursor, and one to begin with."""
    _, batch = upload(at.client, write_jobs(at.place, MOST), AT_ONCE)
    time.sleep(2)  # until its first jobs are done
    found = re.search(r'name="since" value="(\d+)', at.client.get(batch).text)
    assert found is not None
    return f"{batch}/delta?seq=1-100&since=", found[1]


def _figure(name: str, what: str, *, follow: bool) -> Figure:
    with running(LATENCY_S) as at:
        path, cursor = start_batch(at)

        def load(rate: int, seconds: float) -> Load:
            return Load(path, rate, seconds, follow=cursor if follow else NEVER_NEWER)

        send(at.url, load(RATES[0], WARM_UP_S))
        steps: list[Answers] = []
        for rate in RATES:
            steps.append(send(at.url, load(rate, STEP_S)))
            if not is_sustained(steps[-1]):
                break
    kept = [step.load.rate for step in steps if is_sustained(step)]
    most = max(kept, default=0)
    return Figure(
        name,
        what,
        f"{ASKED}; {STEP_S} s a step",
        version(),
        f"{most}/s · " + "; ".join(map(_said, steps)),
        f"≥ {TARGET_PER_S}/s with p95 ≤ {TARGET_MS} ms",
        most >= TARGET_PER_S,
    )


def is_sustained(step: Answers) -> bool:
    """Whether nearly all that was due was answered, and in time."""
    in_time = step.percentile_ms(95) <= TARGET_MS
    return in_time and not step.failed and step.per_s >= 0.98 * step.load.rate


def _said(step: Answers) -> str:
    p50, p95 = step.percentile_ms(50), step.percentile_ms(95)
    return f"{step.load.rate}/s: {step.per_s:.0f} kept, p50 {p50:.0f}, p95 {p95:.0f} ms"
