"""How many calls a second an endpoint lets in: a mirror of the bucket it fills."""

import math
from collections import deque
from dataclasses import dataclass

from webapp.providers.base import Allowance

REMEMBERED = 64  # starts, to learn from
DOUBLING_S = 0.5  # how fast the first guess grows
TRUSTED = 8  # starts beyond a burst, before their rate is more than a guess
SAFE = 0.98
GROWTH = 0.03  # a second, of a rate that was measured
GUESS_GROWTH = 0.08  # and of one that was halved
CALMER = 0.4  # at each refusal
LEAST_GROWTH = 0.01
ON_WAY_S = 0.006  # what comes back from an endpoint is about this old
SPARED = 0.5  # of the burst that is told: the noise on the way must not use it up
CLOSE = 0.99  # to the rate that is told
TOLD_S = 60.0
TIGHT = 2
APART_S = 0.003  # calls overtake each other on their way by about as much, at first
MOST_APART_S = 0.006
# Until the first answer has begun, and may have told the limits: a few at once, then one by one.
OPENING_BURST = 5.0
OPENING_PER_S = 16.0


@dataclass(slots=True, eq=False)
class Turn:
    """The turn of a call: when it started, and the how manyth it was; 0 before."""

    number: int = 0
    at: float = math.inf


@dataclass(slots=True)
class Told:
    """The rate that headers tell: what they come to is never too low, so the least counts.

    It is forgotten after a minute or two, since limits are raised too.
    """

    _since: float = 0.0
    _now: float = math.inf
    _before: float = math.inf

    def add(self, per_s: float, now: float) -> None:
        """Take in what the headers of one answer come to."""
        if now - self._since > TOLD_S:
            self._since, self._before, self._now = now, self._now, math.inf
        self._now = min(self._now, per_s)

    @property
    def anything(self) -> bool:
        """Whether headers tell a rate at all."""
        return self._now < math.inf

    @property
    def per_s(self) -> float:
        """Calls a second."""
        return CLOSE * min(self._before, self._now)


class StartRate:
    """Calls a second and calls at once, as far as they are known; none is no bound.

    Headers tell both. Without them they follow from the calls that were let in before one was
    refused: no stretch of time had more than a burst, and the rate times its length.
    """

    def __init__(self) -> None:
        self._per_s: float | None = OPENING_PER_S
        self._is_opening = True
        self._line: list[Turn] = []  # claimed, but not started yet
        self._burst = self._level = OPENING_BURST
        self._largest_burst = 0.0
        self._at = 0.0
        self._growth: float | None = None  # a second; None while a first guess doubles
        self._apart_s = APART_S
        self._told = Told()
        self._started = 0
        self._resumed_at = 0.0
        self._last_at = -math.inf
        self._recent: deque[Turn] = deque(maxlen=REMEMBERED)

    @property
    def per_s(self) -> float | None:
        """Calls that may start in a second; None while nothing is known."""
        return None if self._is_opening else self._per_s

    def wait_s(self, now: float) -> float:
        """Seconds until one more call than stand in line could start."""
        return self._due_s(len(self._line), now)

    def stand_in_line(self) -> Turn:
        """Claim a turn."""
        turn = Turn()
        self._line.append(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """Give a turn up that has not come."""
        self._line.remove(turn)

    def hold_s(self, turn: Turn, now: float) -> float:
        """Seconds until a turn comes."""
        return self._due_s(self._line.index(turn), now)

    def start(self, turn: Turn, now: float) -> None:
        """A call starts."""
        self._fill(now)
        self._grow(now)
        self._line.remove(turn)
        self._level -= 1
        self._started += 1
        turn.number, turn.at = self._started, now
        self._last_at = now
        self._recent.append(turn)

    def _due_s(self, ahead: int, now: float) -> float:
        if self._per_s is None:
            return 0.0
        self._fill(now)
        due_s = (1 + ahead - self._level) / self._per_s
        if self._burst < TIGHT:  # nothing is saved up that would make good for noise
            due_s = max(due_s, self._last_at + (1 + ahead) / self._per_s + self._apart_s - now)
        return max(0.0, due_s)

    def _fill(self, now: float) -> None:
        span_s = now - self._at
        if self._per_s is None or span_s <= 0:
            return
        self._at = now
        self._level = min(self._burst, self._level + span_s * self._per_s)

    def _grow(self, now: float) -> None:
        # Only what is used may grow, else a quiet hour would make a rate that nobody has tried.
        if self._per_s is None or self._told.anything or self._is_opening:
            return
        span_s = min(now - self._last_at, 2 / self._per_s)
        if self._growth is None:
            self._per_s *= 2 ** (span_s / DOUBLING_S)
        else:
            self._per_s *= 1 + self._growth * span_s

    def forget(self, turn: Turn) -> None:
        """A call was not let in."""
        if turn in self._recent:
            self._recent.remove(turn)

    def open_up(self) -> None:
        """An answer has begun: what nobody has bounded yet is not bounded."""
        if self._is_opening:
            self._is_opening = False
            self._per_s, self._burst, self._level = None, math.inf, math.inf

    def told(self, turn: Turn, allowance: Allowance, now: float) -> None:
        """The endpoint says how much is left, as of when it let a call in or refused it."""
        used = allowance.limit - allowance.remaining
        least_s = allowance.reset_s - allowance.error_s
        if used <= 0 or least_s <= 0:
            return
        if not self._told.anything:  # what was sent before says nothing of how close is too close
            self._resumed_at = now
        # What is left is rounded down: the true rate is at most this.
        self._told.add(used / least_s, now)
        self._fill(now)
        self._per_s, self._is_opening = self._told.per_s, False
        self._burst = max(1.0, allowance.limit - SPARED)
        since_s = max(0.0, now - turn.at - ON_WAY_S)
        later = self._started - turn.number
        level = min(self._burst, allowance.remaining + self._per_s * since_s - later)
        # A little more than expected may be noise, and a call too early costs a pause.
        if level < self._level or level > self._level + 1:
            self._level = level
        self._at = now

    def refused(self, turn: Turn, until: float, now: float) -> None:
        """A call came too early, and everybody waits until a time: learn from it."""
        pause_s = until - now
        if not self._told.anything:
            self._per_s = self._learned(turn, pause_s)
        elif turn.at > self._resumed_at:
            self._apart_s = min(MOST_APART_S, 2 * self._apart_s)
        self._level = min(self._burst, (self._per_s or 0.0) * pause_s)
        self._at = self._resumed_at = until

    def _learned(self, turn: Turn, pause_s: float) -> float:
        """The rate that a refusal leaves to be believed; the burst may be found smaller too."""
        let_in = [each.at for each in self._recent if each.number < turn.number]
        since = sum(at >= self._resumed_at for at in let_in)
        if self._per_s is None or self._is_opening:
            self._is_opening = False
            span_s = let_in[-1] - let_in[0] if let_in else 0.0
            burst = len(let_in) - OPENING_PER_S * span_s
            self._burst = self._largest_burst = max(1.0, burst)
            return self._burst / max(pause_s, 1.0)
        if since < self._burst:  # the burst was too large, which says nothing of the rate
            self._burst = float(max(1, since))
            return self._per_s
        is_measured = since >= TRUSTED + self._burst
        if self._growth is None:
            self._growth = GROWTH if is_measured else GUESS_GROWTH
        else:
            self._growth = max(LEAST_GROWTH, self._growth * CALMER)
        surely = self._most_let_in(let_in)
        return SAFE * min(self._per_s, surely if is_measured else max(surely, self._per_s / 2))

    def _most_let_in(self, at: list[float]) -> float:
        """Calls a second that were surely let in: the most of any stretch up to the last."""
        return max(
            (
                (len(at) - place - self._largest_burst) / (at[-1] - start + 0.001)
                for place, start in enumerate(at[:-1])
            ),
            default=0.0,
        )
