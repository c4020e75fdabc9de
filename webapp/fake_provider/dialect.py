"""What the wire forms have in common: a prompt is read, an answer is written."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from webapp.fake_provider.wire import Refusal

TOKEN_CHARS = 4
PIECE_TOKENS = 16
PIECES_A_SECOND = 50  # at most, where the pace is bounded
HALVES = 2


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a call asks for; `text` is the text of all messages, of the user and of others."""

    model: str
    text: str


def read_prompt(body: Mapping[str, Any]) -> Prompt:
    """The prompt in the body of a call. Raises Refusal."""
    model, messages = body.get("model"), body.get("messages")
    if not body:
        raise Refusal(400, "The body is not a JSON object.")
    if not isinstance(model, str) or not model:
        raise Refusal(400, "You must provide a model parameter.")
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, "You must provide a list of messages.")
    return Prompt(model, "\n".join(map(_message_text, messages)))


def _message_text(message: object) -> str:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    raise Refusal(400, "Every message must be an object with a content.")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to be written down. `piece_chars` is how many characters come at a time."""

    model: str
    text: str
    finish_reason: str
    prompt_tokens: int
    piece_chars: int
    seconds: float  # what it takes in all

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


class Dialect(Protocol):
    """One wire form. A stream is an opening frame, the frames of the text, and the last ones.

    Frames come as HTTP chunks.
    """

    chat_path: str
    stream_type: str
    streams_by_default: bool
    broken_frame: bytes

    def opening(self, model: str) -> bytes:
        """What comes before the text."""
        ...

    def frames(self, model: str, text: str, piece_chars: int) -> tuple[bytes, ...]:
        """The text, cut into pieces."""
        ...

    def closing(self, answer: Answer, body: Mapping[str, Any]) -> bytes:
        """What comes after the text."""
        ...

    def whole(self, answer: Answer) -> bytes:
        """The body of an answer that is not streamed."""
        ...

    def error(self, status: int, sentence: str, code: str | None) -> object:
        """The JSON of an error."""
        ...

    def full_name(self, model: str) -> str:
        """The name by which a model is known."""
        ...

    def page(self, method: str, path: str, models: Sequence[str]) -> object:
        """What another address of this wire form answers; None where there is no such address."""
        ...
