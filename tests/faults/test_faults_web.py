"""A web worker that dies while a batch is submitted: all of it is there, or nothing."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.engine.invariants import broken
from tests.processes import Running, wait_until
from webapp.store import reads
from webapp.store.database import Store

# 500 models with 20 samples each: the largest batch a form can make.
LARGEST = {
    "brief": "A shop.",
    "kinds": "dockerfile",
    "models": [f"openai:m{number}" for number in range(500)],
    "samples": "20",
}


@pytest.fixture
def serve(start: Callable[..., Running]) -> Running:
    """A workbench whose runner has nothing to run with."""
    running = start("serve", OPENAI_API_KEY="", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    running.url()
    return running


def workers(serve: Running) -> list[int]:
    """The pids of gunicorn's workers."""
    master = serve.children()["gunicorn"]
    return list(map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split()))


def kill_workers(serve: Running) -> None:
    for pid in workers(serve):
        os.kill(pid, signal.SIGKILL)


def post(url: str, nonce: str) -> int | None:
    """The status of a submit; None where the connection broke."""
    form = LARGEST | {"nonce": nonce}
    try:
        headers = {"Sec-Fetch-Site": "same-origin"}
        return httpx.post(f"{url}/batches", data=form, headers=headers, timeout=60).status_code
    except httpx.TransportError:
        return None


def test_a_submit_is_whole_or_nothing_and_its_repetition_is_one_batch(
    serve: Running, store: Store
) -> None:
    url = serve.url()
    for number, delay_s in enumerate((0.05, 0.2, 0.4, 0.6, 0.8, 1.0)):
        killer = threading.Timer(delay_s, kill_workers, [serve])
        killer.start()
        post(url, f"nonce {number}")
        killer.join()
        wait_until(lambda: len(workers(serve)) == 2 and answers(url))
        assert post(url, f"nonce {number}") == 303
        batches, total = reads.batches(store)
        assert total == number + 1
        assert batches[0].total == 10_000
    assert broken(store) == []


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False
