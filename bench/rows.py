"""The rows: what is asked of whom, and how fast it could be at best."""

import heapq
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bench.workloads import answer_text
from webapp.fake_provider.dialect import tokens_in

# More at a time, and the contenders would take the cores away from each other.
CALLS_PER_S = 160
MOST_AT_A_TIME = 4


class Told(StrEnum):
    """What a provider tells about its limits."""

    ALL = "everything"  # Retry-After in a refusal, and the headers x-ratelimit-… in every answer
    RETRY_AFTER = "Retry-After"
    NOTHING = "nothing"


TOLD_OPTIONS = {
    Told.ALL: (),
    Told.RETRY_AFTER: ("--no-rate-headers",),
    Told.NOTHING: ("--no-rate-headers", "--retry-after", "none"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """N jobs, C at once, at a provider that takes L seconds for each.

    With `sigma` L is the median of a lognormal distribution; the prompts ask for what was drawn, so
    that everybody gets the same latencies. `rate` calls a second are let in, up to `burst` at once.
    `pace` is in tokens a second, for the long answer.
    """

    name: str
    number: int
    at_once: int
    latency_s: float = 0.0
    sigma: float = 0.0
    rate: float | None = None
    burst: int = 1
    told: Told = Told.ALL
    pace: float | None = None

    @property
    def answer(self) -> str:
        """The name of the answer that the provider gives."""
        return "long" if self.pace else "prometheus-rules"

    @property
    def options(self) -> tuple[str, ...]:
        """What `omni fake-provider` is told."""
        options = {
            "--latency": self.latency_s,
            "--rate": self.rate,
            "--burst": self.burst if self.rate else None,
            "--pace": self.pace,
        }
        words = [word for name, value in options.items() if value for word in (name, str(value))]
        return (*words, *TOLD_OPTIONS[self.told])

    @property
    def contenders_at_a_time(self) -> int:
        """How many may run side by side and not feel each other."""
        return min(MOST_AT_A_TIME, int(CALLS_PER_S / self.rate)) if self.rate else 1

    @property
    def words(self) -> str:
        """N, C, L, and what else there is to say of it."""
        words = f"N {self.number:,}, C {self.at_once}, L {self.latency_s:g} s"
        if self.sigma:
            words += f" in the middle, σ {self.sigma:g}"
        if self.rate:
            words += f", {self.rate:g}/s, burst {self.burst}, told {self.told}"
        if self.pace:
            words += f", {self.pace:g} tokens/s"
        return words

    def prompts(self, name: str) -> list[str]:
        """A prompt for each job, different under another name."""
        prompts = [f"{name}: the alerts of shop {place}." for place in range(self.number)]
        if not self.sigma:
            return prompts
        drawn = zip(prompts, self._latencies_s, strict=True)
        return [f"{prompt} [[fake: latency={latency_s}]]" for prompt, latency_s in drawn]

    @property
    def ideal_s(self) -> float:
        """What nobody can go below."""
        streamed_s = tokens_in(answer_text(self.answer)) / self.pace if self.pace else 0.0
        in_places_s = _greedy_s((each + streamed_s for each in self._latencies_s), self.at_once)
        admitted_s = (self.number - self.burst) / self.rate if self.rate else 0.0
        return max(in_places_s, admitted_s + self.latency_s)

    @property
    def _latencies_s(self) -> list[float]:
        dice = random.Random(0)
        factors = (math.exp(dice.gauss(0, self.sigma)) for _ in range(self.number))
        return [round(self.latency_s * factor, 3) for factor in factors]


def _greedy_s(calls_s: Iterable[float], at_once: int) -> float:
    """When the last call ends if each begins in the first free place."""
    places = [0.0] * at_once
    for call_s in calls_s:
        heapq.heapreplace(places, places[0] + call_s)
    return max(places)


ROWS = {
    "fixed": [Row("fixed latency", 1000, 100, latency_s=0.2)],
    "storm": [Row("429 storm", 200, 20, latency_s=0.2, rate=20, burst=5)],
    "lognormal": [Row("lognormal latency", 200, 20, latency_s=0.5, sigma=0.8)],
    "zero": [Row("no latency", 1000, 100)],
    "streaming": [Row("streaming", 20, 20, pace=100)],
    "grid": [
        Row("grid", 10 * rate, 20, latency_s=0.2, rate=rate, burst=burst, told=told)
        for rate in (5, 20, 80)
        for burst in (1, 5)
        for told in Told
    ],
}
