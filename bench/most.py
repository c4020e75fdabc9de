"""The largest batch there is: 10,000 jobs, submitted through the page, run, and looked at."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import Product, fake_provider, folder, product
from bench.uploads import browser, peaks_mb, upload, wait_finished, write_jobs
from bench.workloads import answer_file

NUMBER = 10_000
AT_ONCE = 100
LATENCY_S = 0.01
LOOKS = 20


@dataclass(frozen=True, slots=True)
class Most:
    """Seconds from the POST to the redirect; the first page while the batch runs; peaks in MB.

    `web_mb` is the largest worker, `runner_mb` the runner without its helpers.
    """

    submit_s: float
    page_bytes: int
    first_byte_ms: float
    run_s: float
    web_mb: float
    runner_mb: float
    all_mb: float


def measure_most() -> Most:
    """Run it on a fresh default install."""
    with folder() as place:
        answer = answer_file("prometheus-rules", place)
        with (
            fake_provider(answer, "--latency", str(LATENCY_S)) as provider_url,
            product(place / "data", provider_url, AT_ONCE) as install,
            browser(install.url) as client,
        ):
            return _measured(install, client, place)


def _measured(install: Product, client: httpx.Client, place: Path) -> Most:
    submit_s, batch = upload(client, write_jobs(place, NUMBER), AT_ONCE)
    start = time.monotonic()
    looks = [look(client, batch) for _ in range(LOOKS)]
    wait_finished(client, batch)
    web, runner, everything = peaks_mb(install.pid)
    return Most(
        submit_s=submit_s,
        page_bytes=max(size for size, _ in looks),
        first_byte_ms=statistics.median(ms for _, ms in looks),
        run_s=time.monotonic() - start,
        web_mb=web,
        runner_mb=runner,
        all_mb=everything,
    )


def look(client: httpx.Client, batch: str) -> tuple[int, float]:
    """Bytes of the page as they travel, and milliseconds to the first of them."""
    start = time.perf_counter()
    with client.stream("GET", batch, headers={"Accept-Encoding": "identity"}) as reply:
        pieces = reply.iter_raw()
        size = len(next(pieces))
        taken_ms = (time.perf_counter() - start) * 1000
        return size + sum(len(piece) for piece in pieces), taken_ms
