"""What people cost who keep the page of a large running batch open."""

import asyncio
import re
import statistics
import time
from dataclasses import dataclass

import httpx

from bench.load.figure import MOST, Running, running
from bench.load.watchers import WATCHERS, stored, watch
from bench.most import LOOKS, look
from bench.processes import total
from bench.uploads import processes, upload, write_jobs

LATENCY_S = 3.0  # at 100 at once: 33 jobs a second, and each changes three times
WATCHED_S = 30
CHANGED = 20  # rows


@dataclass(frozen=True, slots=True)
class Watching:
    """Polls of 50 pages, the web server's share of a core, and bytes as they travel, gzipped."""

    changes_per_s: float
    p95_ms: float
    core: float
    delta_bytes: int
    page_bytes: int  # not gzipped
    first_byte_ms: float
    cold_bytes: int


def measure_watching() -> Watching:
    """Watch a batch of 10,000 on a default install, from one page in two."""
    with running(LATENCY_S) as at:
        _, batch = upload(at.client, write_jobs(at.place, MOST), 100)
        time.sleep(3)
        web, _ = processes(at.install.pid)
        cpu_s, version, start = total(web).cpu_s, _versions(at, batch), time.monotonic()
        seen = asyncio.run(watch(at.url, batch, WATCHERS, WATCHED_S))
        taken_s = time.monotonic() - start
        core = (total(web).cpu_s - cpu_s) / taken_s
        changes_per_s = (_versions(at, batch) - version) / taken_s
        looks = [look(at.client, batch) for _ in range(LOOKS)]
        return Watching(
            changes_per_s,
            seen.p95_ms,
            core,
            _delta_bytes(at.client, batch),
            max(size for size, _ in looks),
            statistics.median(ms for _, ms in looks),
            _cold_bytes(at.client, batch),
        )


def _versions(at: Running, batch: str) -> int:
    """How many jobs came to their end: each was claimed, answered and ended, three changes."""
    return 3 * stored(at, batch).done


def _delta_bytes(client: httpx.Client, batch: str) -> int:
    """A delta with 20 rows, half of them through and half under way."""
    page = client.get(f"{batch}?status=running").text
    first = min(int(number) for number in re.findall(r'<tr id="job-(\d+)"', page))
    window = f"{first - CHANGED // 2}-{first + CHANGED // 2 - 1}"
    asked = {"seq": window, "since": "0"}
    reply = client.get(f"{batch}/delta", params=asked, headers={"Accept-Encoding": "gzip"})
    assert reply.text.count("<hx-partial") == CHANGED
    return int(reply.headers["Content-Length"])


def _cold_bytes(client: httpx.Client, batch: str) -> int:
    """All that a browser fetches that was never there before."""
    headers = {"Accept-Encoding": "gzip"}
    page = client.get(batch, headers=headers)
    addresses = set(re.findall(r'"(/static/[^"#]+)', page.text))
    replies = [page, *(client.get(each, headers=headers) for each in addresses)]
    return sum(int(reply.headers["Content-Length"]) for reply in replies)
