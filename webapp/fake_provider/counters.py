"""What a fake provider has seen, for those who want to know afterwards."""

import hashlib
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

from webapp.fake_provider.wire import Reply, Request

REMEMBERED = 200_000  # requests, by digest
LISTED = 1000
# A request may be on its way when another is told to wait.
UNDER_WAY_S = 0.25


@dataclass(slots=True)
class Call:
    """One request for an answer; `times` counts how often it has come, this time included."""

    at: float
    path: str
    digest: bytes
    times: int
    is_admitted: bool = False
    outcome: str = "open"


class Counters:
    """Counts calls; a call is a request to a chat address, whatever becomes of it."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Begin anew; only what is in flight stays."""
        self._calls = self._duplicates = self._early = self._cancelled = 0
        self._peak = self.in_flight
        self._first: float | None = None
        self._last: float | None = None
        self._epoch = time.time() - time.monotonic()
        self._by_status: Counter[str] = Counter()
        self._times: dict[bytes, int] = {}
        self._not_before: dict[bytes, float] = {}
        self._pause = (0.0, 0.0)
        self._recent: deque[Call] = deque(maxlen=LISTED)

    def arrive(self, request: Request) -> Call:
        """Count a call that has come."""
        now = time.monotonic()
        digest = hashlib.blake2b(request.content, digest_size=16).digest()
        times = self._times.get(digest, 0) + 1
        _remember(self._times, digest, times)
        self._calls += 1
        self._duplicates += times > 1
        self._early += self._is_early(digest, now)
        if self._first is None:
            self._first = now
        call = Call(now, request.path, digest, times)
        self._recent.append(call)
        return call

    def admit(self, call: Call) -> None:
        """Count a call that is let in and not refused at once."""
        call.is_admitted = True
        self.in_flight += 1
        self._peak = max(self._peak, self.in_flight)

    def end(self, reply: Reply, *, is_cancelled: bool = False) -> None:
        """Count what became of a call."""
        call = reply.call
        if call is None:
            return
        self.in_flight -= call.is_admitted
        self._cancelled += is_cancelled
        self._last = time.monotonic()
        status = "none" if reply.status is None else str(reply.status)
        self._by_status[status] += 1
        if reply.retry_after_s:
            # A date was right when the reply was made, however long it took to be sent.
            until = call.at + reply.first_s + reply.retry_after_s
            self._tell_to_wait(call.digest, self._last, until)
        call.outcome = " ".join(filter(None, (status, reply.fault, "cancelled" * is_cancelled)))

    def _tell_to_wait(self, digest: bytes, now: float, until: float) -> None:
        _remember(self._not_before, digest, until)
        start, end = self._pause
        self._pause = (start if now < end else now, max(end, until))

    def _is_early(self, digest: bytes, now: float) -> bool:
        start, end = self._pause
        return now < self._not_before.get(digest, 0.0) or start + UNDER_WAY_S < now < end

    def view(self) -> dict[str, Any]:
        """All figures; times in seconds, `…_at` since 1970, None where there was no call."""
        first, last = self._first, self._last
        return {
            "calls": self._calls,
            "duplicates": self._duplicates,
            "in_flight": self.in_flight,
            "peak_in_flight": self._peak,
            "first_at": None if first is None else self._epoch + first,
            "last_at": None if last is None else self._epoch + last,
            "makespan_s": 0.0 if first is None or last is None else last - first,
            "by_status": dict(self._by_status),
            "early": self._early,
            "cancelled": self._cancelled,
        }

    def recent(self) -> list[dict[str, Any]]:
        """The last 1,000 calls, the oldest first."""
        return [
            {
                "at": self._epoch + call.at,
                "path": call.path,
                "digest": call.digest.hex(),
                "times": call.times,
                "outcome": call.outcome,
            }
            for call in self._recent
        ]


def _remember(memory: dict[bytes, Any], digest: bytes, value: float) -> None:
    memory[digest] = value
    if len(memory) > REMEMBERED:
        del memory[next(iter(memory))]
