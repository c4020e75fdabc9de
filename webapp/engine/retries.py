"""How many calls of an endpoint may be second tries."""

from collections import deque

WINDOW_S = 120.0
FREE = 10  # in a window, however few calls there are
SHARE = 0.2  # of the calls in it


class RetryBudget:
    """At most 10 retries, or a fifth of the calls, in any two minutes: never a storm of our own."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque()
        self._retries: deque[float] = deque()

    def call(self, now: float) -> None:
        """A call starts."""
        self._calls.append(now)

    def retry_s(self, now: float) -> float:
        """Seconds until one more retry is allowed, which is taken."""
        self._forget(now)
        most = max(FREE, int(SHARE * len(self._calls)))
        surplus = len(self._retries) - most
        at = now if surplus < 0 else self._retries[surplus] + WINDOW_S
        self._retries.append(max(now, at))
        return max(0.0, at - now)

    def _forget(self, now: float) -> None:
        for times in (self._calls, self._retries):
            while times and times[0] <= now - WINDOW_S:
                times.popleft()
