"""L7: from the start of the process to the first answer."""

import contextlib
import socket
import statistics
import time
import urllib.request
from pathlib import Path

from bench.load.figure import Figure
from bench.processes import folder, omni, process

STARTS, TARGET_S = 5, 2
GIVEN_UP_S = 30


def measure_starts() -> list[Figure]:
    """`omni serve` on an empty folder, some times; the pages of the files are in memory by then."""
    with folder() as place:
        took = [_start(place / str(n)) for n in range(STARTS)]
    middle_s = statistics.median(healthy for healthy, _ in took)
    ready_s = statistics.median(ready for _, ready in took)
    worst_s = max(healthy for healthy, _ in took)
    return [
        Figure(
            "L7",
            "cold start of `omni serve`",
            f"an empty data folder; median of {STARTS}",
            "urllib, each 10 ms",
            f"/healthz after {middle_s:.2f} s (worst {worst_s:.2f}), /readyz after {ready_s:.2f} s",
            f"/healthz ≤ {TARGET_S} s",
            middle_s <= TARGET_S,
        )
    ]


def _start(place: Path) -> tuple[float, float]:
    """Seconds until it is healthy, and until it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    env = {"OMNI_DATA_DIR": str(place), "OMNI_PORT": port, "OMNI_LOG_LEVEL": "warning"}
    start = time.perf_counter()
    with process(omni("serve"), env):
        url = f"http://127.0.0.1:{port}"
        return _answers(url, "/healthz", start), _answers(url, "/readyz", start)


def _answers(url: str, path: str, start: float) -> float:
    while (taken_s := time.perf_counter() - start) < GIVEN_UP_S:
        with contextlib.suppress(OSError), urllib.request.urlopen(url + path, timeout=5):
            return time.perf_counter() - start
        time.sleep(0.01)
    raise RuntimeError(f"{path} did not answer within {taken_s:.0f} s")
