"""A provider with a bucket, and a pace that learns it; no clock but a counter of milliseconds."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from webapp.engine.pace import Pace
from webapp.engine.rate import Turn
from webapp.fake_provider.behaviour import Bucket
from webapp.providers.base import Allowance

WAY_S = 0.002


@dataclass
class Simulation:
    """Jobs that are called for at a pace until each has been let in once.

    A refusal tells whole seconds, as most providers do; with `tells` answers tell the bucket too.
    """

    pace: Pace
    bucket: Bucket
    jobs: int
    latency_s: float = 0.2
    tells: bool = False
    calls: int = 0
    early: int = 0
    now: float = 0.0
    _until: float = 0.0
    _line: list[Turn] = field(default_factory=list)
    _replies: list[tuple[float, Turn, int, Allowance | None]] = field(default_factory=list)

    def run(self) -> "Simulation":
        """Go on until all are done."""
        open_jobs = waiting = self.jobs
        while open_jobs:
            self.now += 0.001
            for refused in list(self._due()):
                open_jobs -= not refused
                waiting += refused
            while waiting and self.pace.wait_s(self.now) <= 0:
                self._line.append(self.pace.claim())
                waiting -= 1
            for turn in [*self._line]:
                if self.pace.hold_s(turn, self.now) <= 0:
                    self._start(turn)
        return self

    def _start(self, turn: Turn) -> None:
        self._line.remove(turn)
        self.pace.start(turn, self.now)
        self.calls += 1
        self.early += self.now < self._until
        wait_s = math.ceil(self.bucket.take(self.now + WAY_S))
        back_s = 2 * WAY_S if wait_s else self.latency_s
        self._replies.append((self.now + back_s, turn, wait_s, self._allowance()))

    def _allowance(self) -> Allowance | None:
        said = self.bucket.limits()
        return Allowance(said.limit, said.left, said.reset_s) if self.tells else None

    def _due(self) -> Iterator[bool]:
        """The replies that arrive now; whether each is a refusal."""
        for reply in [each for each in self._replies if each[0] <= self.now]:
            self._replies.remove(reply)
            _, turn, wait_s, allowance = reply
            if wait_s:
                self.pace.refuse(turn, wait_s, allowance, self.now)
                self._until = max(self._until, self.now + wait_s)
            else:
                self.pace.let_in(turn, allowance, self.now)
                self.pace.end(turn, was_let_in=True)
            yield wait_s > 0
