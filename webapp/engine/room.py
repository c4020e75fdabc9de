"""How many calls an endpoint takes at once: a number that adapts."""

import math

CALM_AT_FIRST = 0.25  # as many successes as the limit, times this, for one call more
CALMEST = 8.0
FORGETTING = 0.8


class Room:
    """Calls in flight, and how many there may be: never more than the cap.

    A refusal sets the limit to what is in flight without it, unless more than that has been let in
    before: then it was about something else. Each later one makes it grow more slowly.
    """

    def __init__(self, cap: int | None) -> None:
        self.cap = math.inf if cap is None else float(cap)
        self.limit = self.cap
        self.in_flight = 0
        self._proven = 0  # that many were let in at once
        self._calm = 0.0
        self._successes = 0

    @property
    def has_space(self) -> bool:
        """Whether one more call may be in flight."""
        return self.in_flight < self.limit

    def prove(self) -> None:
        """A call that was let in ends well: perhaps there is room for one more."""
        self._proven = max(self._proven, self.in_flight)
        if self.limit >= self.cap:
            return
        self._successes += 1
        is_used = self.in_flight >= self.limit
        if is_used and self._successes >= max(1.0, self.limit * self._calm):
            self.limit = min(self.cap, self.limit + 1)
            self._successes = 0

    def shrink(self, is_same: bool) -> None:
        """A call was refused, and is no longer in flight; `is_same`: others went with it."""
        if is_same:
            self.limit = max(1.0, min(self.limit, self.in_flight))
        elif self.in_flight >= self._proven:
            self.limit = float(max(1, self.in_flight))
            self._successes = 0
            self._calm = min(CALMEST, max(CALM_AT_FIRST, 2 * self._calm))
        else:
            self._proven = max(self.in_flight, int(self._proven * FORGETTING))
