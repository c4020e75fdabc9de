"""Requests at a constant rate: what autocannon measured, corrected for what it could not send."""

import contextlib
import json
import math
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.processes import ROOT

DRIVER = ROOT / "bench/load/constant_rate.cjs"
AUTOCANNON = ROOT / ".bench-load/node_modules/autocannon/package.json"
EVERY_MS = 1000  # each connection sends one request a second
# For posts, as a browser would label them.
FORM = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Load:
    """Requests for a path, `rate` a second for some seconds.

    In a body and a path `[<id>]` is another word in each request. With `follow`, a cursor, each
    connection adds to the path the cursor that it got last.
    """

    path: str
    rate: int
    seconds: float
    method: str = "GET"
    body: str | None = None
    follow: str | None = None

    def argument(self, url: str) -> str:
        """What the driver is told."""
        asked: dict[str, Any] = {
            "url": url,
            "path": self.path,
            "rate": self.rate,
            "seconds": self.seconds,
            "method": self.method,
            "headers": {"Accept-Encoding": "gzip"} | (FORM if self.body else {}),
            "body": self.body,
        }
        return json.dumps(asked | ({} if self.follow is None else {"follow": self.follow}))


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of a load: milliseconds in order, answers by status, requests without any.

    `retry_after` counts the answers that said when to come back.
    """

    load: Load
    ms: list[float]
    statuses: dict[int, int]
    retry_after: int
    errors: int

    @property
    def per_s(self) -> float:
        """Answers a second that were no refusal and no error."""
        good = sum(count for status, count in self.statuses.items() if status < 400)
        return good / self.load.seconds

    @property
    def failed(self) -> int:
        """Requests that got an error or nothing."""
        return self.errors + sum(c for status, c in self.statuses.items() if status >= 400)

    def percentile_ms(self, percent: float) -> float:
        """So many percent of the requests took at most this; with none answered, infinity."""
        if not self.ms:
            return math.inf
        return self.ms[math.ceil(len(self.ms) * percent / 100) - 1]


@contextlib.contextmanager
def sending(url: str, load: Load) -> Iterator[list[Answers]]:
    """Send beside what happens inside; afterwards the list has the answers."""
    command = ["node", str(DRIVER), load.argument(url)]
    answers: list[Answers] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        yield answers
        said, _ = running.communicate(timeout=load.seconds + 60)
    if running.returncode:
        raise RuntimeError(f"autocannon ended with code {running.returncode}; it says why above")
    answers.append(_answers(load, json.loads(said)))


def send(url: str, load: Load) -> Answers:
    """Send, and wait for what comes of it."""
    with sending(url, load) as answers:
        pass
    return answers[0]


def corrected(ms: list[float], every_ms: float) -> list[float]:
    """The times with those of the requests that were not sent because one before was held up.

    Where a request is due each `every_ms` and one takes longer, the next should have been sent
    meanwhile, and would have waited for the rest of the time.
    """
    held_up = [left for each in ms for left in _left_ms(each, every_ms)]
    return sorted(ms + held_up)


def _left_ms(taken_ms: float, every_ms: float) -> Iterator[float]:
    while taken_ms > every_ms:
        taken_ms -= every_ms
        yield taken_ms


def _answers(load: Load, said: Mapping[str, Any]) -> Answers:
    statuses = {int(status): count for status, count in said["statuses"].items()}
    ms = corrected(said["ms"], EVERY_MS)
    return Answers(load, ms, statuses, said["retry_after"], said["errors"])


def version() -> str:
    """The generator and its version."""
    return f"autocannon {json.loads(AUTOCANNON.read_text())['version']}"
