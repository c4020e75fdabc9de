"""L6: the zip of 10,000 results for several slow clients at once."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.load.figure import AT_ONCE, MOST, Figure, running
from bench.processes import usage
from bench.uploads import processes, upload, wait_finished, write_jobs

CLIENTS, BYTES_PER_S = 5, 10_000_000
PIECE = 64 * 1024
FIRST_MS, EACH_MB = 300, 20


@dataclass(frozen=True, slots=True)
class Download:
    """Milliseconds to the first byte of the body, seconds to the last, and bytes."""

    first_ms: float
    seconds: float
    size: int


def measure_downloads() -> list[Figure]:
    """Run 10,000 jobs, then fetch their zip in parallel; memory is that above what was in use."""
    with running(0) as at:
        _, batch = upload(at.client, write_jobs(at.place, MOST), AT_ONCE)
        wait_finished(at.client, batch)
        web, _ = processes(at.install.pid)
        before = {pid: forget_peak(pid) for pid in web}
        with ThreadPoolExecutor(CLIENTS) as pool:
            got = list(pool.map(download, [f"{at.url}{batch}/zip"] * CLIENTS))
        more_mb = sum(usage(pid).peak_mb - before[pid] for pid in web) / CLIENTS
    first_ms, size = max(each.first_ms for each in got), got[0].size
    seconds = max(each.seconds for each in got)
    return [
        Figure(
            "L6",
            f"zip of {MOST:,} results, {CLIENTS} at once",
            f"clients that read {BYTES_PER_S // 1_000_000} MB/s; {size / 1e6:.1f} MB each",
            "plain sockets of Python",
            f"first byte ≤ {first_ms:.0f} ms, last {seconds:.1f} s, +{more_mb:.1f} MB each",
            f"first byte ≤ {FIRST_MS} ms, + ≤ {EACH_MB} MB each",
            first_ms <= FIRST_MS and more_mb <= EACH_MB,
        )
    ]


def forget_peak(pid: int) -> float:
    """Let the peak memory of a process count from now; MB that it uses."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return usage(pid).peak_mb


def download(url: str) -> Download:
    """Read a body at BYTES_PER_S; its last bytes close the connection."""
    parts = urlsplit(url)
    head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n"
    start = time.perf_counter()
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.sendall(head.encode())
        body = connection.recv(PIECE).partition(b"\r\n\r\n")[2]
        # The head comes with the first of the body, or alone before it.
        size = len(body or connection.recv(PIECE))
        first_s = time.perf_counter() - start
        while piece := connection.recv(PIECE):
            size += len(piece)
            time.sleep(max(0.0, start + first_s + size / BYTES_PER_S - time.perf_counter()))
    return Download(first_s * 1000, time.perf_counter() - start, size)
