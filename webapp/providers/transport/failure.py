"""From an answer that is no answer to a `ProviderError` with a sentence. No I/O."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.domain.endpoint import Endpoint
from webapp.providers.base import ErrorKind, ProviderError
from webapp.providers.transport.complaint import Complaint, quote
from webapp.providers.transport.frames import Frames, Message
from webapp.providers.transport.limits import NO_LIMITS, LimitHeaders
from webapp.providers.transport.times import DURATION, clock, duration_s, http_date, number

LONGEST_WAIT_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What a complaint means whose `summary` the pattern finds something in; see `Dialect`."""

    pattern: re.Pattern[str]
    kind: ErrorKind
    sentence: str


def _is_done(message: Message) -> bool:
    return message.get("done") is True


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a provider frames its streams, ends them and complains, and what its headers hold.

    Rules come before the general meaning of a status, the first that fits counts. Their sentences
    may use {name}, {model}, {status}, {key_setting} and {url_setting}. `Authorization` carries
    `Bearer KEY`, any other header the key alone; with None the key is not sent. `limits` names the
    headers of its rate limits, where it tells them.
    """

    frames: Callable[[], Frames]
    rules: tuple[Rule, ...]
    key_header: str | None = "Authorization"
    is_last: Callable[[Message], bool] = _is_done  # nothing counts after such a message
    limits: LimitHeaders = NO_LIMITS


class AnsweredError(ProviderError):
    """A call that the endpoint answered with a complaint."""

    complaint: Complaint


def answered_error(
    endpoint: Endpoint,
    dialect: Dialect,
    complaint: Complaint,
    headers: Mapping[str, str],
    *,
    model: str,
    http_status: int,
    secrets: Collection[str],
) -> AnsweredError:
    """The error that a complaint comes to: kind by code, then status, and the provider's words."""
    retry_after = retry_after_s(headers, complaint.delay, complaint.message, datetime.now(UTC))
    kind, sentence = _judge(dialect, complaint, headers, retry_after)
    error = AnsweredError(
        kind,
        sentence.format(
            name=endpoint.name,
            model=model,
            status=complaint.status,
            key_setting=endpoint.key_setting,
            url_setting=endpoint.url_setting,
        ),
        provider_message=quote(complaint.message, secrets),
        retry_after_s=retry_after,
        http_status=http_status,
        request_id=request_id(headers),
        is_overloaded=(
            kind is ErrorKind.UNAVAILABLE and _OVERLOADED.search(complaint.summary) is not None
        ),
    )
    error.complaint = complaint.without(secrets)
    return error


_REQUEST_IDS = ("x-request-id", "request-id", "x-global-transaction-id")


def request_id(headers: Mapping[str, str]) -> str | None:
    """The endpoint's name for a call."""
    return next((headers[name] for name in _REQUEST_IDS if name in headers), None)


PROMPT_TOO_LONG = (
    "The prompt is too long for {model} at {name}: send fewer files, or choose a model with a "
    "larger context."
)
_AGAIN = "{name} cannot answer now ({status}): it is overloaded or down. Retry later."
_LESS = "{name} asks for a pause ({status}): its rate limit is reached."
_LOCKED = "{name} refuses this call for good ({status}): see its message."

_BY_STATUS: Mapping[int, tuple[ErrorKind, str]] = {
    401: (
        ErrorKind.BAD_KEY,
        "{name} refused the key ({status}): set {key_setting} to a valid key, then retry.",
    ),
    402: (
        ErrorKind.NO_MONEY,
        "{name} has no credit left for this key ({status}): add credit there, then retry.",
    ),
    403: (
        ErrorKind.BAD_KEY,
        "{name} does not allow this key to do that ({status}): check its rights or set "
        "{key_setting} to another, then retry.",
    ),
    404: (
        ErrorKind.REJECTED,
        "{name} knows no such model or address ({status}): choose another model, or check "
        "{url_setting}.",
    ),
    413: (
        ErrorKind.REJECTED,
        "The prompt is too large for {name} ({status}): send fewer files.",
    ),
    429: (ErrorKind.RATE_LIMITED, _LESS),
}
# In the middle of a stream no status tells it.
_OVERLOADED = re.compile(r"^(?:503|529) |^[^:]*(?:overloaded|slow_down)")
_UNAVAILABLE = frozenset({408, 409, 498})
_FOR_GOOD = frozenset({501, 505})


def _by_status(status: int) -> tuple[ErrorKind, str]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status in _UNAVAILABLE or (status >= 500 and status not in _FOR_GOOD):
        return ErrorKind.UNAVAILABLE, _AGAIN
    if status < 400:
        return (
            ErrorKind.REJECTED,
            "{name} points to another address ({status}), which is not followed: set {url_setting} "
            "to the final one.",
        )
    return (
        ErrorKind.REJECTED,
        "{name} rejected the request ({status}): see its message, then change the model or its "
        "parameters.",
    )


def _judge(
    dialect: Dialect,
    complaint: Complaint,
    headers: Mapping[str, str],
    retry_after: float | None,
) -> tuple[ErrorKind, str]:
    for rule in dialect.rules:
        if rule.pattern.search(complaint.summary):
            return rule.kind, rule.sentence
    kind, sentence = _by_status(complaint.status)
    should_retry = headers.get("x-should-retry")
    if should_retry == "false" and kind.is_retryable:
        return ErrorKind.REJECTED, _LOCKED
    if should_retry == "true" and not kind.is_retryable:
        return ErrorKind.UNAVAILABLE, _AGAIN
    if complaint.status == 402 and retry_after is not None:
        return ErrorKind.RATE_LIMITED, _LESS
    return kind, sentence


# After "retry" comes a duration, or as at Azure "26 seconds".
_IN_WORDS = re.compile(
    rf"(?:try again|retry) (?:in|after) (?:({DURATION})|(\d+(?:\.\d+)?) seconds?\b)"
)


def retry_after_s(
    headers: Mapping[str, str], delay: str, message: str, now: datetime
) -> float | None:
    """How long to wait, in seconds, at most a day; None if nothing says so in a way that counts.

    Looks at `retry-after-ms`, then `retry-after` as seconds or as a date, then at a delay like
    "1m2.5s", then at the words "try again in 1m2.5s". What is negative, past or not finite does
    not count.
    """
    header = headers.get("retry-after", "")
    in_ms = number(headers.get("retry-after-ms", ""))
    for wait_s in (
        None if in_ms is None else in_ms / 1000,
        number(header),
        _until(header, headers, now),
        duration_s(delay),
        _in_words(message),
    ):
        if wait_s is not None and 0 <= wait_s < math.inf:
            return min(wait_s, LONGEST_WAIT_S)
    return None


def _until(text: str, headers: Mapping[str, str], now: datetime) -> float | None:
    when = http_date(text)
    return None if when is None else (when - clock(headers, now)).total_seconds()


def _in_words(message: str) -> float | None:
    found = _IN_WORDS.search(message.lower())
    if found is None:
        return None
    return duration_s(found[1] or f"{found[2]}s")
