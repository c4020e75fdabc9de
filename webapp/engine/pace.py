"""When the next call to a model may start: learned from what its endpoint lets in and refuses.

Pure: no I/O and no clock. Times are monotonic seconds.
"""

import math
import random
from dataclasses import dataclass
from enum import StrEnum

from webapp.engine.rate import StartRate, Turn
from webapp.engine.room import Room
from webapp.providers.base import Allowance

FIRST_PAUSE_S = 0.25  # after a refusal that names no time; doubles while nothing is let in
LONGEST_PAUSE_S = 60.0
FAILURES = 5  # in a row, before an endpoint counts as down
FIRST_COOLING_S = 1.0
LONGEST_COOLING_S = 14.0  # so that a healed endpoint is found within 15 s
PROBED_PAUSE_S = 5.0  # after a pause as long as this, one call goes ahead of the others
LOOK_S = 0.1  # a rate may have been learned while a call waited for its turn
LEAD_S = 0.03  # a job is claimed this long before its call may start: a commit takes its time
NEVER = math.inf


class Halt(StrEnum):
    """Why no call may start for a while."""

    RATE_LIMIT = "rate_limit"  # the endpoint asked for a pause
    DOWN = "down"  # its last calls have all failed


@dataclass(frozen=True, slots=True)
class Pause:
    """No call starts before `until`."""

    halt: Halt
    until: float


class Pace:
    """One model at one endpoint, for all batches.

    Refusals that name a time teach how many calls may start in a second; those that name none,
    how many may be in flight. After a refusal everybody waits. After several failures in a row the
    endpoint cools down, and one call at a time finds out whether it is well again.
    """

    def __init__(self, cap: int | None) -> None:
        self.room = Room(cap)
        self.rate = StartRate()
        self.pause: Pause | None = None
        self.down_since: float | None = None
        self._is_probing = False
        self._probe: Turn | None = None  # the call that goes ahead
        self._refusals = 0
        self._failures = 0
        self._coolings = 0

    def wait_s(self, now: float) -> float:
        """Seconds until one more job may be claimed; infinite where a call has to end first."""
        if self.pause is not None and now < self.pause.until - LEAD_S:
            return self.pause.until - LEAD_S - now
        if not self.room.has_space or (self._is_probing and self._probe is not None):
            return NEVER
        return max(0.0, self.rate.wait_s(now) - LEAD_S)

    def claim(self) -> Turn:
        """Take the place of a call that has not started yet."""
        self.room.in_flight += 1
        turn = self.rate.stand_in_line()
        if self._is_probing:
            self._probe = turn
        return turn

    def give_back(self, turn: Turn) -> None:
        """Give back the place of a call that did not start."""
        self._count_out(turn)
        self.rate.leave(turn)

    def _count_out(self, turn: Turn) -> None:
        self.room.in_flight -= 1
        if turn is self._probe:
            self._probe = None

    def hold_s(self, turn: Turn, now: float) -> float:
        """Seconds until a call may start, or until it should ask again."""
        pause_s = self.pause.until - now if self.pause is not None else 0.0
        return pause_s if pause_s > 0 else min(LOOK_S, self.rate.hold_s(turn, now))

    def start(self, turn: Turn, now: float) -> None:
        """A call starts."""
        self.rate.start(turn, now)

    def let_in(self, turn: Turn, requests: Allowance | None, now: float) -> None:
        """An answer has begun, with what its headers say."""
        # A call from before a pause says nothing of what came after it.
        if self.pause is None or turn.at >= self.pause.until:
            self._is_over()
        self.rate.open_up()
        if requests is not None:
            self.rate.told(turn, requests, now)

    def hold_off(self, wait_s: float, now: float) -> None:
        """Let no call start for a while, which the endpoint would refuse."""
        self._stop(Halt.RATE_LIMIT, now + wait_s)

    def _is_over(self) -> None:
        self._refusals = self._failures = self._coolings = 0
        self.down_since = None
        self._is_probing = False

    def end(self, turn: Turn, *, was_let_in: bool) -> None:
        """A call has come to its end."""
        if was_let_in:
            self.room.prove()
        self._count_out(turn)

    def refuse(
        self,
        turn: Turn,
        retry_after_s: float | None,
        requests: Allowance | None,
        now: float,
    ) -> None:
        """The endpoint has refused a call for now: everybody waits."""
        self._count_out(turn)
        self.rate.forget(turn)
        is_same = self.pause is not None and turn.at < self.pause.until
        if retry_after_s is None:
            self.room.shrink(is_same)
        if not is_same:
            self._refusals += 1
        wait_s = retry_after_s if retry_after_s is not None else self._pause_s()
        if not is_same or retry_after_s is not None:
            self._stop(Halt.RATE_LIMIT, now + wait_s * random.uniform(1, 1.02))  # noqa: S311
        if requests is not None:
            self.rate.told(turn, requests, now)
        if not is_same and self.pause is not None:
            self.rate.refused(turn, self.pause.until, now)
        self._is_probing = self._is_probing or wait_s >= PROBED_PAUSE_S

    def _pause_s(self) -> float:
        return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self._refusals - 1, 10))

    def fail(self, turn: Turn, now: float, *, is_overloaded: bool = False) -> bool:
        """A call has failed for a fault of the endpoint; whether it was a probe."""
        self._count_out(turn)
        if is_overloaded:
            self.room.shrink(is_same=False)
        # One that was in flight before the pause says no more than those that led to it.
        was_probe = self._is_probing and self.pause is not None and turn.at >= self.pause.until
        self._failures += 1
        if self._failures >= FAILURES:
            self.down_since = self.down_since or now
            if was_probe or self._coolings == 0:
                wait_s = min(LONGEST_COOLING_S, FIRST_COOLING_S * 2.0 ** min(self._coolings, 10))
                self._coolings += 1
                self._stop(Halt.DOWN, now + wait_s)
            self._is_probing = True
        return was_probe

    def _stop(self, halt: Halt, until: float) -> None:
        if self.pause is None or until > self.pause.until:
            self.pause = Pause(halt, until)

    def cooling(self, now: float) -> Pause | None:
        """The pause that holds now."""
        return self.pause if self.pause is not None and now < self.pause.until else None
