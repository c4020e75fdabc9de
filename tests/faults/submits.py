"""Web workers that are killed while they store a batch of 10,000 jobs."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import process, url_said
from tests.faults.stage import PATIENCE_S, Stage
from tests.processes import OMNI, wait_until
from webapp.store import reads

JOBS = 10_000
HEADERS = {"Sec-Fetch-Site": "same-origin"}
# 500 models with 20 samples each: the largest batch a form can make.
LARGEST = {
    "brief": "A shop.",
    "kinds": "dockerfile",
    "models": [f"openai:m{number}" for number in range(500)],
    "samples": "20",
}


@dataclass(slots=True)
class Submits:
    """What became of submits whose worker was killed, each of which was then repeated."""

    seed: int
    submits: int = 0
    cut: int = 0  # of them, those that got no answer
    halves: int = 0
    doubles: int = 0
    missing: int = 0  # accepted, but not there
    refused: int = 0  # repetitions that got no 303


def submit_and_kill(
    stage: Stage, seed: int, times: int, say: Callable[[str], None] = lambda _: None
) -> Submits:
    """Submit so often, each time with a kill within 1.5 s, and once more with the same nonce."""
    chance = random.Random(seed)
    found = Submits(seed)
    # The runner has nothing to run with.
    env = stage.env | {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    with process([*OMNI, "serve"], env) as serve:
        url = url_said(serve)
        for number in range(times):
            killer = threading.Timer(chance.uniform(0.02, 1.5), _kill_workers, [serve.pid])
            killer.start()
            first = _post(url, f"nonce {number}")
            killer.join()
            wait_until(lambda: len(workers(serve.pid)) == 2 and _answers(url), PATIENCE_S)
            again = _post(url, f"nonce {number}")
            found.submits += 1
            found.cut += first is None
            found.refused += again != 303
            if number % 5 == 4:
                say(f"{number + 1} submits, {found.cut} of them cut off")
    _judge(stage, found)
    return found


def _judge(stage: Stage, found: Submits) -> None:
    batches, total = reads.batches(stage.service.store, size=10 * found.submits)
    found.halves = sum(each.total != JOBS for each in batches)
    found.doubles = max(0, total - found.submits)
    found.missing = max(0, found.submits - total)


def workers(serve: int) -> list[int]:
    """The pids of gunicorn's workers."""
    for child in _children(serve):
        if "gunicorn" in Path(f"/proc/{child}/cmdline").read_text().split("\0"):
            return _children(child)
    return []


def _children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def _kill_workers(serve: int) -> None:
    for pid in workers(serve):
        os.kill(pid, signal.SIGKILL)


def _post(url: str, nonce: str) -> int | None:
    """The status of a submit; None where the connection broke."""
    try:
        form = LARGEST | {"nonce": nonce}
        return httpx.post(f"{url}/batches", data=form, headers=HEADERS, timeout=60).status_code
    except httpx.TransportError:
        return None


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        time.sleep(0.05)
        return False
