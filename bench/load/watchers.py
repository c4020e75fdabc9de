"""L3 and L5: people who watch the pages of a batch, each polling when the server told it to."""

import asyncio
import random
import re
import statistics
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.load.figure import AT_ONCE, MOST, Figure, Running, running
from bench.processes import descendants, total
from bench.uploads import processes, upload, write_jobs
from webapp.domain.views import BatchView
from webapp.settings import Settings
from webapp.store import reads
from webapp.store.database import open_store

WATCHERS = 50
JITTER = 0.15  # as static/app.js has it
LATENCY_S = 0.2
WATCHED_S = 40
CURSOR = re.compile(r'name="since" value="(\d+p?)"')
DELETED = '<div id="poll" hx-swap-oob="delete">'
GENERATOR = f"{WATCHERS} clients on aiohttp {aiohttp.__version__}, paced by Poll-After"
POLL_MS, LOSS, CPU_S = 100, 0.10, 0.15


@dataclass(slots=True)
class Seen:
    """What the watchers saw: milliseconds of each poll, and polls that failed."""

    ms: list[float] = field(default_factory=list)
    errors: int = 0

    @property
    def p95_ms(self) -> float:
        """95 % of the polls took at most this."""
        return statistics.quantiles(self.ms, n=20)[-1]


def measure_watched() -> list[Figure]:
    """The same batch of 10,000 without watchers and with 50, from its first claim to its last."""
    unwatched_s, _ = _run(watchers=0)
    watched_s, seen = _run(watchers=WATCHERS)
    loss = 1 - unwatched_s / watched_s
    return [
        Figure(
            "L3",
            f"{WATCHERS} watchers of a batch, until it is finished",
            f"N {MOST:,}, C {AT_ONCE}, L {LATENCY_S:g} s",
            GENERATOR,
            f"{seen.errors} errors in {len(seen.ms):,} polls, p95 {seen.p95_ms:.0f} ms;"
            f" {watched_s:.1f} s, unwatched {unwatched_s:.1f} s: {loss:.1%} less throughput",
            f"0 errors, p95 ≤ {POLL_MS} ms, ≤ {LOSS:.0%} less",
            not seen.errors and seen.p95_ms <= POLL_MS and loss <= LOSS,
        )
    ]


def _run(watchers: int) -> tuple[float, Seen]:
    with running(LATENCY_S) as at:
        _, batch = upload(at.client, write_jobs(at.place, MOST), AT_ONCE)
        seen = asyncio.run(watch(at.url, batch, watchers))
        while not (view := stored(at, batch)).is_finished:
            time.sleep(0.5)
    assert view.wall_s is not None
    return view.wall_s, seen


def stored(at: Running, batch: str) -> BatchView:
    """A batch as the store has it: to read its page would be another watcher."""
    path = Settings(_env_file=None, data_dir=Path(at.install.env["OMNI_DATA_DIR"])).database
    with closing(open_store(path)) as store:
        return reads.batch(store, batch.rpartition("/")[2])


def measure_watcher() -> list[Figure]:
    """The CPU of the web server that a watcher of a running batch takes."""
    with running(1.0) as at:
        _, batch = upload(at.client, write_jobs(at.place, MOST), AT_ONCE)
        time.sleep(3)
        web, _ = processes(at.install.pid)
        before = total(web).cpu_s
        seen = asyncio.run(watch(at.url, batch, WATCHERS, WATCHED_S))
        web_s = total(web).cpu_s - before
        everything = len(descendants(at.install.pid))
    each = web_s / (WATCHERS * WATCHED_S / 60)
    return [
        Figure(
            "L5",
            "a watcher of a running batch",
            f"N {MOST:,}, C {AT_ONCE}, L 1 s; {WATCHERS} watchers for {WATCHED_S} s",
            GENERATOR,
            f"{each:.3f} CPU-seconds a minute ({len(seen.ms):,} polls, {web_s:.1f} s in the web"
            f" server of {everything} processes)",
            f"≤ {CPU_S}",
            each <= CPU_S,
        )
    ]


async def watch(url: str, batch: str, watchers: int, seconds: float | None = None) -> Seen:
    """Watch the pages of a batch until it is finished, or for so long."""
    seen = Seen()
    ends_at = time.monotonic() + seconds if seconds else None
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as session:
        pages = (1 + place % (MOST // 100) for place in range(watchers))
        await asyncio.gather(*(_watch(session, batch, page, seen, ends_at) for page in pages))
    return seen


async def _watch(
    session: aiohttp.ClientSession, batch: str, page: int, seen: Seen, ends_at: float | None
) -> None:
    dice = random.Random(page)
    async with session.get(batch, params={"page": str(page)}) as reply:
        text = await reply.text()
    window, pause_s, is_over = f"{100 * page - 99}-{100 * page}", 1.0, False
    found = CURSOR.search(text)
    assert found is not None
    cursor = found[1]
    while not is_over and (ends_at is None or time.monotonic() < ends_at):
        await asyncio.sleep(pause_s * dice.uniform(1 - JITTER, 1 + JITTER))
        start = time.perf_counter()
        asked = {"seq": window, "since": cursor}
        async with session.get(f"{batch}/delta", params=asked) as reply:
            text = await reply.text()
        seen.ms.append((time.perf_counter() - start) * 1000)
        seen.errors += reply.status not in (200, 204)
        pause_s = int(reply.headers.get("Poll-After", "2000")) / 1000
        found = CURSOR.search(text)
        cursor = found[1] if found else cursor
        is_over = DELETED in text
