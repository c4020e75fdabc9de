"""Times and durations as endpoints write them. No I/O."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

MAX_SKEW_S = 2.0  # a Date header is a second old at most, and takes a while to arrive

_PART = r"\d+(?:\.\d+)?(?:ms|s|m|h)"
DURATION = rf"{_PART}(?: ?{_PART})*"
_DURATION = re.compile(DURATION)
_STEP = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def duration_s(text: str) -> float | None:
    """The seconds of a duration like "1h2m3.5s" or "17ms"; None where it is none."""
    if not _DURATION.fullmatch(text):
        return None
    return sum(float(number) * _UNITS_S[unit] for number, unit in _STEP.findall(text))


def number(text: str) -> float | None:
    """The number, which may be negative or not finite; None where it is none."""
    try:
        return float(text)
    except ValueError:
        return None


@lru_cache(maxsize=8)  # reading one takes 5 µs, and a Date is the same for a second
def http_date(text: str) -> datetime | None:
    """The time of an HTTP date; None where it is none."""
    try:
        return _zoned(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def rfc3339(text: str) -> datetime | None:
    """The time of an RFC 3339 date; None where it is none."""
    try:
        return _zoned(datetime.fromisoformat(text))
    except ValueError:
        return None


def clock(headers: Mapping[str, str], now: datetime) -> datetime:
    """The time there: `now`, unless the Date header says that the clock here is off."""
    there = http_date(headers.get("date", ""))
    is_off = there is not None and abs((there - now).total_seconds()) > MAX_SKEW_S
    return there if there is not None and is_off else now


def _zoned(when: datetime) -> datetime:
    # A date that gives no zone is UTC by RFC 9110.
    return when if when.tzinfo else when.replace(tzinfo=UTC)
