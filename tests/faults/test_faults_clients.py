"""Whoever looks at pages and leaves."""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.faults.submits import workers
from tests.processes import Running, wait_until

ABANDONED = 500
WORKERS = 2
THREADS = 8 * WORKERS  # the server starts them when there is work, and each keeps its connection
FILES = 3 * THREADS  # to the database
REQUEST = b"GET /batches HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def held(pids: list[int]) -> tuple[int, int]:
    """The open files and the threads of these processes."""
    places = [Path(f"/proc/{pid}") for pid in pids]
    files, threads = (
        sum(len(list((place / what).iterdir())) for place in places) for what in ("fd", "task")
    )
    return files, threads


def test_whoever_leaves_before_the_answer_leaves_nothing_behind(
    start: Callable[..., Running],
) -> None:
    serve = start("serve")
    url = serve.url()
    address = urlsplit(url)
    wait_until(lambda: len(workers(serve.process.pid)) == WORKERS)  # the first answers alone
    pids = workers(serve.process.pid)
    assert httpx.get(f"{url}/batches").status_code == 200
    files, threads = held(pids)
    for number in range(ABANDONED):
        with socket.create_connection((address.hostname, address.port)) as leaving:
            leaving.sendall(REQUEST[: len(REQUEST) if number % 2 else 20])
    assert httpx.get(f"{url}/batches").status_code == 200  # after those before it
    wait_until(lambda: held(pids)[0] <= files + FILES and held(pids)[1] <= threads + THREADS)
    assert workers(serve.process.pid) == pids
