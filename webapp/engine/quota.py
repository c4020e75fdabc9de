"""What the user allows an endpoint: requests and tokens in any minute."""

from collections import deque
from dataclasses import dataclass

MINUTE_S = 60.25  # calls overtake each other on their way


@dataclass(slots=True, eq=False)
class Use:
    """Tokens that a call takes, or took, since its start."""

    at: float
    tokens: int
    is_over: bool = False  # more than a minute ago


class Quota:
    """Never more requests or tokens in any 60 s than allowed, from the first call on.

    A call takes what it may use at most, until it has ended and its tokens are known. One that
    alone would take more than the whole allowance goes when nothing else did within a minute.
    """

    def __init__(self, requests_per_minute: int | None, tokens_per_minute: int | None) -> None:
        self._requests = requests_per_minute
        self._tokens = tokens_per_minute
        self._uses: deque[Use] = deque()
        self._sum = 0
        self._lacking = 0  # tokens that a call has waited for

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """Requests and tokens in a minute; None is no bound."""
        return self._requests, self._tokens

    @property
    def is_set(self) -> bool:
        """Whether anything is bounded."""
        return self._requests is not None or self._tokens is not None

    def wait_s(self, now: float, *, claimed: int = 0) -> float:
        """Seconds until a call after those that are claimed may start, as far as is known."""
        if not self.is_set:
            return 0.0
        self._forget(now)
        return self._due_s(claimed, self._lacking, now)

    def hold_s(self, tokens: int, now: float) -> float:
        """Seconds until a call that may use so many tokens may start."""
        if not self.is_set:
            return 0.0
        self._forget(now)
        wait_s = self._due_s(0, tokens, now)
        self._lacking = tokens if wait_s else 0
        return wait_s

    def start(self, tokens: int, now: float) -> Use:
        """A call starts."""
        use = Use(now, tokens)
        if self.is_set:
            self._uses.append(use)
            self._sum += tokens
        return use

    def settle(self, use: Use, tokens: int | None) -> None:
        """A call has used so many tokens; None where nobody knows."""
        if tokens is not None and self.is_set and not use.is_over:
            self._sum += tokens - use.tokens
            use.tokens = tokens

    def _forget(self, now: float) -> None:
        while self._uses and self._uses[0].at <= now - MINUTE_S:
            use = self._uses.popleft()
            self._sum -= use.tokens
            use.is_over = True

    def _due_s(self, claimed: int, tokens: int, now: float) -> float:
        count, total, until = len(self._uses) + claimed + 1, self._sum + tokens, now
        for use in self._uses:
            if self._fits(count, total):
                break
            count, total, until = count - 1, total - use.tokens, use.at + MINUTE_S
        else:
            if claimed and not self._fits(count, total):
                return MINUTE_S  # those that are claimed use all of it up
        return until - now

    def _fits(self, count: int, total: int) -> bool:
        requests, tokens = self._requests, self._tokens
        return (requests is None or count <= requests) and (tokens is None or total <= tokens)
