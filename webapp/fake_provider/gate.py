"""Who is let in: rate, capacity, and what was ordered."""

import itertools
import math
import time

from webapp.fake_provider.behaviour import (
    Behaviour,
    Bucket,
    Limits,
    RetryAfter,
    retry_header,
)
from webapp.fake_provider.directives import Directive
from webapp.fake_provider.wire import Refusal

FULL_S = 1.0  # when to come back to a provider that is full: nobody knows


class Gate:
    """Lets requests in by the options of a behaviour."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        form = behaviour.retry_after
        in_turn = (RetryAfter.SECONDS, RetryAfter.MS, RetryAfter.DATE)
        self._forms = itertools.cycle(in_turn if form is RetryAfter.MIXED else (form,))
        self._bucket = Bucket(behaviour.rate, behaviour.burst) if behaviour.rate else None

    def limits(self) -> Limits | None:
        """How much of the rate is left; None where there is no rate, or nobody is told."""
        is_told = self._behaviour.rate_headers
        return self._bucket.limits() if self._bucket and is_told else None

    def check_room(self, in_flight: int) -> None:
        """Take a place among the calls of this second and of this moment, or raise Refusal."""
        capacity = self._behaviour.capacity
        if capacity is not None and in_flight >= capacity:
            status = self._behaviour.capacity_status
            raise self._later(status, f"{capacity} calls are in flight already.", FULL_S)
        wait_s = self._bucket.take(time.monotonic()) if self._bucket else 0.0
        if wait_s:
            raise self._later(429, "Rate limit reached.", wait_s)

    def _later(self, status: int, sentence: str, wait_s: float) -> Refusal:
        headers, told_s = retry_header(next(self._forms), wait_s, time.time())
        return Refusal(status, sentence, headers=headers, wait_s=told_s)


def ordered(directive: Directive) -> Refusal:
    """The error that a directive with a status orders; its Retry-After may be any word."""
    status, told = directive.status or 500, directive.options.get("retry-after", "")
    try:
        wait_s = max(float(told or 0), 0.0)
    except ValueError:
        wait_s = 0.0
    return Refusal(
        status,
        f"This {status} was ordered.",
        code=directive.code,
        headers={"retry-after": told} if told else {},
        wait_s=wait_s if math.isfinite(wait_s) else 0.0,
    )
