"""When a batch will probably be through: a range, and only where it can be known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LEAST_ENDED = 5  # of each model that still has jobs to begin


@dataclass(frozen=True, slots=True)
class Pace:
    """How many jobs of a model wait, and when its latest ones ended, the earliest first."""

    queued: int
    ended: tuple[datetime, ...]

    def seconds_left(self, now: datetime, at_work: int) -> tuple[float, float]:
        """The shortest and the longest time until what waits is through, and what is at work.

        The latest n jobs ended within some time, up to now: a model that has come to a stop gets
        slower with each second. How many end in a time spreads by the square root of their number,
        those before as well as those to come.
        """
        number = len(self.ended)
        each_s = max(0.0, (now - self.ended[0]).total_seconds()) / number
        spread = math.sqrt(1 / number + 1 / self.queued)
        longest = (self.queued + at_work) * each_s * (1 + spread)
        return self.queued * each_s / (1 + spread), longest


def seconds_left(
    paces: Sequence[Pace], now: datetime, at_work: int = 0
) -> tuple[float, float] | None:
    """The shortest and the longest time a batch will probably take; None while nobody knows.

    It ends with its slowest model. `at_work` are the jobs that have begun and not yet ended: at
    worst all of them are that one's.
    """
    if not paces or any(len(pace.ended) < LEAST_ENDED for pace in paces):
        return None
    times = [pace.seconds_left(now, at_work) for pace in paces]
    return max(shortest for shortest, _ in times), max(longest for _, longest in times)
