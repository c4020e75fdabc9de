"""What an endpoint says instead of an answer, in one shape and without secrets. No I/O."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from webapp.providers.transport.frames import Message

MAX_MESSAGE_CHARS = 1000
MAX_CODE_CHARS = 4096  # rules go over it more than once
MAX_TITLE_CHARS = 4096  # how far into a web page its title is looked for
MAX_DETAILS = 20


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an endpoint said instead of an answer, brought into one shape.

    `delay` is how long it asks to be left alone, where its words have that apart: "46s".
    """

    status: int
    message: str = ""
    code: str = ""
    type: str = ""
    param: str = ""
    delay: str = ""

    @property
    def summary(self) -> str:
        """All of it in one line, `STATUS CODE TYPE: MESSAGE`, each of which may be cut."""
        code, type = self.code[:MAX_CODE_CHARS], self.type[:MAX_CODE_CHARS]
        return f"{self.status} {code} {type}: {self.message[:MAX_MESSAGE_CHARS]}"

    def without(self, secrets: Collection[str]) -> "Complaint":
        """The same with the secrets masked, which some endpoints echo."""
        texts = (self.message, self.code, self.type, self.param, self.delay)
        return Complaint(self.status, *(_masked(text, secrets) for text in texts))


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

    Known shapes: OpenAI's object, a plain string, FastAPI's `detail`, vLLM's older one with the
    fields at the top, the `details` of Anthropic and Google, the `errors` of watsonx, and IBM's
    `errorCode`.
    """
    value = _first(value)
    error = value
    if isinstance(value, dict):
        error = value.get("error") or _first(value.get("errors")) or value
        status = status or _status(value.get("status_code"))
    if not isinstance(error, dict):
        return Complaint(status or 500, _text(error))
    code, details = error.get("code") or error.get("errorCode"), list(_details(error))
    codes = [code, *(detail[name] for detail in details for name in _CODES if name in detail)]
    return Complaint(
        status or _status(code) or 500,
        _message(error),
        " ".join(text for text in map(_text, codes) if text),
        _text(error.get("type") or error.get("status")),
        _text(error.get("param")),
        "".join(_text(detail.get("retryDelay")) for detail in details),
    )


def _message(error: Message) -> str:
    names = ("message", "errorMessage", "detail")
    said = _text(next((error[name] for name in names if error.get(name)), error))
    metadata = error.get("metadata")  # there OpenRouter quotes whom it asked
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    return f"{said}: {raw}" if raw and isinstance(raw, str) else said


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def _status(code: object) -> int | None:
    return code if isinstance(code, int) and 400 <= code <= 599 else None


_CODES = ("error_code", "reason", "quotaId")


def _details(error: Message) -> Iterator[Message]:
    """The objects in the details of an error, and those in their violations."""
    found = error.get("details")
    for detail in found[:MAX_DETAILS] if isinstance(found, list) else [found]:
        if not isinstance(detail, dict):
            continue
        yield detail
        violations = detail.get("violations")
        for violation in violations[:MAX_DETAILS] if isinstance(violations, list) else ():
            if isinstance(violation, dict):
                yield violation


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value)
    except RecursionError:  # it could just be read, but not written
        return ""


def quote(message: str, secrets: Collection[str]) -> str | None:
    """A provider's words as they may be shown: short, and without the secrets."""
    return _masked(message, secrets)[:MAX_MESSAGE_CHARS] or None


def _masked(text: str, secrets: Collection[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):  # one may be a part of another
        text = text.replace(secret, "•••")
    return text
