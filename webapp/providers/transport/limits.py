"""What an endpoint says of its rate limits in the headers of an answer. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from webapp.providers.base import Allowance, RateLimits
from webapp.providers.transport.times import clock, duration_s, number, rfc3339
from webapp.providers.transport.tolerant import as_count

LONGEST_RESET_S = 31 * 86_400.0  # what is later is no time but a mistake
MAX_DIGITS = 10


@dataclass(frozen=True, slots=True)
class LimitHeaders:
    """The headers that tell the limits of requests and of tokens, of which the scarcest counts.

    In each the `*` stands for `limit`, `remaining` and `reset`.
    """

    requests: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()


NO_LIMITS = LimitHeaders()


def rate_limits(
    headers: Mapping[str, str], names: LimitHeaders, now: datetime
) -> RateLimits | None:
    """The limits told by headers, whose names are in lower case; None where they tell none.

    An allowance that lacks a part, or whose parts make no sense together, does not count.
    """
    requests = _scarcest(headers, names.requests, now)
    tokens = _scarcest(headers, names.tokens, now)
    return RateLimits(requests, tokens) if requests or tokens else None


def _scarcest(
    headers: Mapping[str, str], names: tuple[str, ...], now: datetime
) -> Allowance | None:
    told = [_allowance(headers, name, now) for name in names]
    return min(filter(None, told), key=lambda each: each.remaining / each.limit, default=None)


def _allowance(headers: Mapping[str, str], name: str, now: datetime) -> Allowance | None:
    limit = _count(headers.get(name.replace("*", "limit")))
    if not limit:
        return None
    remaining = _count(headers.get(name.replace("*", "remaining")))
    reset_s, error_s = _seconds_until(headers.get(name.replace("*", "reset"), ""), headers, now)
    # Not a number is not in the range either.
    if remaining is None or remaining > limit or not 0 <= reset_s <= LONGEST_RESET_S:
        return None
    return Allowance(limit, remaining, reset_s, error_s)


def _count(text: str | None) -> int | None:
    if not text or len(text) > MAX_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    return as_count(int(text))


def _seconds_until(text: str, headers: Mapping[str, str], now: datetime) -> tuple[float, float]:
    """From "6m0s", "2.5" or a date, and how far off it may be.

    A date that has passed means now; all else is -1.
    """
    for seconds in (duration_s(text), number(text)):
        if seconds is not None:
            return seconds, 0.0
    when = rfc3339(text)
    if when is None:
        return -1.0, 0.0
    return max(0.0, (when - clock(headers, now)).total_seconds()), 0.0 if when.microsecond else 1.0
