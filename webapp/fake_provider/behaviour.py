"""How a fake provider behaves: its pace, its limits, its share of faults."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import StrEnum

from webapp.fake_provider.directives import NOTHING, BadDirective, Directive, parse_directive


class RetryAfter(StrEnum):
    """How a refused client is told when to come back."""

    SECONDS = "seconds"  # Retry-After, whole seconds, rounded up
    MS = "ms"  # retry-after-ms, as OpenAI and Azure have it
    DATE = "date"  # Retry-After as a date
    MIXED = "mixed"  # these three in turn
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Options of a fake provider; with none of them it answers at once, and always.

    `latency_s` is the time to the first byte: fixed, or with `sigma` the median of a lognormal
    distribution. `pace` is in tokens a second. `rate` calls a second are let in, up to `burst` at
    once, and `capacity` at a time. `faults` says which share of the calls gets which fault, in the
    words of a directive. What chance decides hangs on `seed`, the request and how often it came,
    not on the order of arrival. Raises BadDirective for faults that mean nothing.
    """

    latency_s: float = 0.0
    sigma: float = 0.0
    seed: int = 0
    pace: float | None = None
    rate: float | None = None
    burst: int = 1
    retry_after: RetryAfter = RetryAfter.SECONDS
    rate_headers: bool = True  # every answer tells how much of the rate is left
    capacity: int | None = None
    capacity_status: int = 429
    faults: Mapping[str, float] = field(default_factory=dict)
    answer: str | None = None  # instead of a built-in one
    repairs: tuple[str, ...] = ()  # instead of it in repairs, by round; the last one for all more
    key: str | None = field(default=None, repr=False)  # None takes any
    models: tuple[str, ...] = ()  # none takes any
    token_s: float = 3600.0  # how long a token of IBM's IAM is good

    def __post_init__(self) -> None:
        for words in self.faults:
            parse_directive(words)
        if sum(self.faults.values()) > 1:
            raise BadDirective("The shares of all faults come to more than 1.")

    def text(self, repair_round: int) -> str | None:
        """What is said instead of a built-in answer, in a round of repair or, with 0, at first."""
        if repair_round and self.repairs:
            return self.repairs[:repair_round][-1]
        return self.answer

    def chance(self, digest: bytes, times: int) -> tuple[Directive, float]:
        """The fault and the latency in seconds of a request that comes for the `times`-th time."""
        if not self.faults and not self.sigma:
            return NOTHING, self.latency_s
        dice = random.Random(f"{self.seed} {digest.hex()} {times}")  # noqa: S311 (no secret)
        spread = math.exp(self.sigma * dice.gauss())
        return self._fault(dice.random()), self.latency_s * spread

    def _fault(self, drawn: float) -> Directive:
        for words, share in self.faults.items():
            if drawn < share:
                return parse_directive(words)
            drawn -= share
        return NOTHING


def retry_header(form: RetryAfter, wait_s: float, now: float) -> tuple[dict[str, str], float]:
    """The header that says to come back in `wait_s` at the earliest, and the seconds it says.

    `now` is in seconds since 1970.
    """
    match form:
        case RetryAfter.SECONDS:
            told_s = max(1, math.ceil(wait_s))
            return {"retry-after": str(told_s)}, told_s
        case RetryAfter.MS:
            told_ms = max(1, math.ceil(wait_s * 1000))
            return {"retry-after-ms": str(told_ms)}, told_ms / 1000
        case RetryAfter.DATE:
            then = math.ceil(now + wait_s)
            return {"retry-after": formatdate(then, usegmt=True)}, then - now
    return {}, 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls are let in at once, how many are left, and the seconds until all are back."""

    limit: int
    left: int
    reset_s: float


class Bucket:
    """A token bucket: `rate` a second, at most `burst` saved up. Times are monotonic seconds."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = -math.inf

    def take(self, now: float) -> float:
        """Take a token and give 0; where there is none, give the seconds until there is one."""
        saved = self._tokens + (now - self._at) * self._rate
        self._tokens, self._at = min(float(self._burst), saved), now
        if self._tokens < 1:
            return (1 - self._tokens) / self._rate
        self._tokens -= 1
        return 0.0

    def limits(self) -> Limits:
        """How things stand, for the headers of an answer."""
        reset_s = (self._burst - self._tokens) / self._rate
        return Limits(self._burst, int(self._tokens), reset_s)
