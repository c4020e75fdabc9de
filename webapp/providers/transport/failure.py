"""From an answer that is no answer to a `ProviderError` with a sentence. No I/O."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from webapp.domain.endpoint import Endpoint
from webapp.providers.base import ErrorKind, ProviderError
from webapp.providers.transport.frames import Frames

MAX_MESSAGE_CHARS = 1000
MAX_TITLE_CHARS = 4096  # how far into a web page its title is looked for
LONGEST_WAIT_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What a complaint means whose `summary` the pattern finds something in; see `Dialect`."""

    pattern: re.Pattern[str]
    kind: ErrorKind
    sentence: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a provider frames its streams and complains.

    Rules come before the general meaning of a status, the first that fits counts. Their sentences
    may use {name}, {model}, {status}, {key_setting} and {url_setting}.
    """

    frames: Callable[[], Frames]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an endpoint said instead of an answer, brought into one shape."""

    status: int
    message: str = ""
    code: str = ""
    type: str = ""
    param: str = ""

    @property
    def summary(self) -> str:
        """All of it in one line, `STATUS CODE TYPE: MESSAGE`, where the message may be cut."""
        return f"{self.status} {self.code} {self.type}: {self.message[:MAX_MESSAGE_CHARS]}"

    def without(self, key: str | None) -> "Complaint":
        """The same with the key masked, which some endpoints echo."""
        texts = (_masked(text, key) for text in (self.message, self.code, self.type, self.param))
        return Complaint(self.status, *texts)


class AnsweredError(ProviderError):
    """A call that the endpoint answered with a complaint."""

    complaint: Complaint


def read_complaint(status: int, body: bytes) -> Complaint:
    """Understand the body of an error answer: JSON of any shape, a web page, text, or nothing."""
    text = body.decode(errors="replace").strip()
    try:
        return complaint_in(json.loads(text), status)
    except (ValueError, RecursionError):
        title = re.search(r"<title[^>]*>([^<]*)</title", text[:MAX_TITLE_CHARS], re.IGNORECASE)
        return Complaint(status, title[1].strip() if title else text)


def complaint_in(value: object, status: int | None = None) -> Complaint:
    """Understand an error as JSON; without a status its code tells it, where it is one.

    Known shapes: OpenAI's object, a plain string, FastAPI's `detail`, and vLLM's older one with
    the fields at the top.
    """
    if isinstance(value, list) and value:
        value = value[0]
    error = (value.get("error") or value) if isinstance(value, dict) else value
    if not isinstance(error, dict):
        return Complaint(status or 500, _text(error))
    code = error.get("code")
    if status is None:
        status = code if isinstance(code, int) and 400 <= code <= 599 else 500
    message = error.get("message") or error.get("detail") or error
    return Complaint(
        status, _text(message), _text(code), _text(error.get("type")), _text(error.get("param"))
    )


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value)
    except RecursionError:  # it could just be read, but not written
        return ""


def answered_error(
    endpoint: Endpoint,
    dialect: Dialect,
    complaint: Complaint,
    headers: Mapping[str, str],
    *,
    model: str,
    http_status: int,
) -> AnsweredError:
    """The error that a complaint comes to: kind by code, then status, and the provider's words."""
    complaint = complaint.without(endpoint.key)
    retry_after = retry_after_s(headers, complaint.message, datetime.now(UTC))
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
        provider_message=quote(complaint.message, endpoint.key),
        retry_after_s=retry_after,
        http_status=http_status,
        request_id=headers.get("x-request-id"),
    )
    error.complaint = complaint
    return error


def quote(message: str, key: str | None) -> str | None:
    """A provider's words as they may be shown: short, and without the key."""
    return _masked(message, key)[:MAX_MESSAGE_CHARS] or None


def _masked(text: str, key: str | None) -> str:
    return text.replace(key, "•••") if key else text


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


_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_IN_WORDS = re.compile(r"try again in ((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)")
_STEP = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def retry_after_s(headers: Mapping[str, str], message: str, now: datetime) -> float | None:
    """How long to wait, in seconds, at most a day; None if nothing says so in a way that counts.

    Looks at `retry-after-ms`, then `retry-after` as seconds or as a date, then at the words
    "try again in 1m2.5s". What is negative, past or not finite does not count.
    """
    for wait_s in (
        _number(headers.get("retry-after-ms"), 0.001),
        _number(headers.get("retry-after"), 1.0),
        _until(headers.get("retry-after"), now),
        _in_words(message),
    ):
        if wait_s is not None and 0 <= wait_s < math.inf:
            return min(wait_s, LONGEST_WAIT_S)
    return None


def _number(text: str | None, unit_s: float) -> float | None:
    try:
        return float(text or "") * unit_s
    except ValueError:
        return None


def _until(text: str | None, now: datetime) -> float | None:
    try:
        when = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    # A date that gives no zone is UTC by RFC 9110.
    return (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()


def _in_words(message: str) -> float | None:
    found = _IN_WORDS.search(message.lower())
    if found is None:
        return None
    return sum(float(number) * _UNITS_S[unit] for number, unit in _STEP.findall(found[1]))
