"""Whoever looks at pages and leaves."""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import httpx

from tests.faults.submits import workers
from tests.processes import Running, wait_until

ABANDONED = 500
WORKERS = 2
THREADS = 8 * WORKERS
REQUEST = b"GET /batches HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def held(pids: list[int]) -> tuple[int, int]:
    """The open files and the threads of these processes."""
    places = [Path(f"/proc/{pid}") for pid in pids]
    files, threads = (
        sum(len(list((place / what).iterdir())) for place in places) for what in ("fd", "task")
    )
    return files, threads


def leave(address: SplitResult) -> None:
    """Send 500 requests, half of them broken off, and wait for the answer of none."""
    for number in range(ABANDONED):
        with socket.create_connection((address.hostname, address.port)) as leaving:
            leaving.sendall(REQUEST[: len(REQUEST) if number % 2 else 20])


def test_whoever_leaves_before_the_answer_leaves_nothing_behind(
    start: Callable[..., Running],
) -> None:
    serve = start("serve")
    url = serve.url()
    address = urlsplit(url)
    wait_until(lambda: len(workers(serve.process.pid)) == WORKERS)  # the first answers alone
    pids = workers(serve.process.pid)
    assert httpx.get(f"{url}/batches").status_code == 200
    few, alone = held(pids)
    # Threads start when there is work, and each keeps its connection to the database, of two files.
    leave(address)
    assert httpx.get(f"{url}/batches").status_code == 200
    wait_until(lambda: held(pids)[0] <= few + 3 * THREADS and held(pids)[1] <= alone + THREADS)
    files, threads = held(pids)
    leave(address)
    assert httpx.get(f"{url}/batches").status_code == 200  # after those before it
    wait_until(lambda: held(pids)[0] <= files + 16 and held(pids)[1] <= threads + 16)
    assert workers(serve.process.pid) == pids
