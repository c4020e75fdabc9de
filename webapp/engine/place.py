"""An endpoint: what bounds all its models together, and how calls to it end."""

from dataclasses import dataclass, field

from webapp.domain.batch import ModelChoice
from webapp.engine.quota import Quota, Use
from webapp.engine.rate import Turn
from webapp.engine.retries import RetryBudget
from webapp.providers.base import Allowance, ErrorKind, ProviderError


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ended: with an answer, or an error; a cancelled one with neither."""

    was_let_in: bool
    error: ProviderError | None = None


# What may come of an endpoint that is down. A garbled answer, or a slow one, is no sign of it.
FAULTS = frozenset({ErrorKind.UNAVAILABLE, ErrorKind.TIMEOUT})


def is_refusal(error: ProviderError) -> bool:
    """Whether an endpoint asks for a pause: by a rate limit, or by naming a time."""
    if error.kind is ErrorKind.RATE_LIMITED:
        return True
    return error.is_overloaded and error.retry_after_s is not None


def until_enough(left: Allowance, tokens: int) -> float:
    """Seconds until the tokens that are left suffice for another call like the last."""
    lacking = min(tokens, left.limit) - left.remaining
    used = left.limit - left.remaining
    return left.reset_s * lacking / used if lacking > 0 else 0.0


@dataclass(slots=True, eq=False)
class Slot:
    """The place of one call at a model; `use` is what it takes of a quota once it has started."""

    model: ModelChoice
    turn: Turn
    use: Use | None = None
    is_held: bool = True


@dataclass(slots=True)
class Place:
    """One endpoint: what bounds all its models together."""

    cap: int | None
    quota: Quota
    share: int | None = None  # how many of the slots are this runner's now; None: all
    retries: RetryBudget = field(default_factory=RetryBudget)
    in_flight: int = 0
    unsent: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it has as many calls in flight as it may."""
        bound = self.cap if self.share is None else self.share
        return bound is not None and self.in_flight >= bound

    def let_go(self, slot: Slot) -> None:
        """Count a call out, once."""
        self.in_flight -= slot.is_held
        slot.is_held = False
