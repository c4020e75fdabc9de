"""What the wire forms have in common: a prompt is read, an answer is written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from webapp.fake_provider.behaviour import Limits
from webapp.fake_provider.wire import Refusal, Request

TOKEN_CHARS = 4
PIECE_TOKENS = 16
PIECES_A_SECOND = 50  # at most, where the pace is bounded
HALVES = 2
DECLINED = "I cannot help with that."


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a call asks for; `text` is the text of all messages, of the user and of others."""

    model: str
    text: str
    streams: bool
    wants_usage: bool = True


def read_messages(body: Mapping[str, Any], model_field: str = "model") -> tuple[str, str]:
    """The model, and the text of all messages, in the body of a call. Raises Refusal."""
    model, messages = body.get(model_field), body.get("messages")
    if not body:
        raise Refusal(400, "The body is not a JSON object.")
    if not isinstance(model, str) or not model:
        raise Refusal(400, f"You must provide a {model_field} parameter.")
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, "You must provide a list of messages.")
    return model, "\n".join(map(_message_text, messages))


def _message_text(message: object) -> str:
    return text_of(message.get("content") if isinstance(message, dict) else None)


def text_of(content: object) -> str:
    """The text of a content, which may come in parts. Raises Refusal."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    raise Refusal(400, "Every message must be an object with a content.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to be written down. `piece_chars` is how many characters come at a time.

    `finish_reason` is `stop`, `length`, `content_filter`, or `refusal`: no text then, but the words
    in which the provider has it that it will not answer.
    """

    model: str
    text: str
    finish_reason: str
    prompt_tokens: int
    piece_chars: int
    seconds: float  # what it takes in all
    has_usage: bool = True

    @property
    def tokens(self) -> int:
        """About as many as the text has."""
        return tokens_in(self.text)


def tokens_in(text: str) -> int:
    """About as many tokens as a text has."""
    return -(-len(text) // TOKEN_CHARS)


def piece_chars(text: str, pace: float | None) -> int:
    """How many characters come at a time: at most half of the text, so that a half has some."""
    tokens = PIECE_TOKENS if pace is None else max(1, int(pace / PIECES_A_SECOND))
    return max(1, min(tokens * TOKEN_CHARS, -(-len(text) // HALVES)))


def cut(text: str, chars: int) -> list[str]:
    """The pieces of a text."""
    return [text[start : start + chars] for start in range(0, len(text), chars)]


def compact(value: object) -> bytes:
    """JSON as servers send it: short, and in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def bearer(request: Request) -> str | None:
    """The key in the header `Authorization`; None where there is none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key if scheme.lower() == "bearer" else None


class Site(Protocol):
    """The addresses of one provider: what they ask of a request, and how they say no."""

    def check_key(self, request: Request, key: str | None) -> None:
        """Raise Refusal unless the request shows the key that counts; None takes any."""
        ...

    def headers(self, number: int, limits: Limits | None) -> dict[str, str]:
        """What the `number`-th answer says in its headers."""
        ...

    def error(self, refusal: Refusal) -> object:
        """The JSON of an error."""
        ...

    def error_headers(self, refusal: Refusal) -> Mapping[str, str]:
        """The headers of an error."""
        ...

    def page(self, request: Request, models: Sequence[str]) -> object:
        """What an address answers that takes no calls; None where there is no such address."""
        ...


class Dialect(Site, Protocol):
    """One wire form. A stream is an opening frame, the frames of the text, and the last ones.

    Frames come as HTTP chunks.
    """

    stream_type: str
    broken_frame: bytes

    def read(self, request: Request) -> Prompt:
        """What a call asks for. Raises Refusal for what this provider would not take."""
        ...

    def full_name(self, model: str) -> str:
        """The name by which a model is known."""
        ...

    def unknown_model(self, model: str) -> Refusal:
        """How it says that there is no such model."""
        ...

    def opening(self, answer: Answer) -> bytes:
        """What comes before the text."""
        ...

    def frames(self, answer: Answer) -> tuple[bytes, ...]:
        """The text, cut into pieces."""
        ...

    def closing(self, answer: Answer) -> bytes:
        """What comes after the text."""
        ...

    def error_frame(self, refusal: Refusal) -> bytes:
        """An error in the middle of a stream."""
        ...

    def whole(self, answer: Answer) -> bytes:
        """The body of an answer that is not streamed."""
        ...
