"""Whole answers as two providers stream them, with the text they come to."""

import json
from dataclasses import dataclass
from typing import Any

from webapp.domain.endpoint import EndpointType

TEXT = ["", "Grü", "ße, 世界 😀 ", "and\n\nmore"]


@dataclass(frozen=True)
class Recorded:
    """A streamed body. From `end_at` bytes on it is whole; before, it is not."""

    kind: EndpointType
    media_type: bytes
    body: bytes
    end_at: int

    @property
    def text(self) -> str:
        return "".join(TEXT)


def _event(message: dict[str, Any], end: bytes) -> bytes:
    return b"data: " + json.dumps(message, ensure_ascii=False).encode() + end + end


def _openai(end: bytes) -> Recorded:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m"}
    choice = {"index": 0, "delta": {}, "finish_reason": None}
    body = b": keep-alive" + end + end
    for text in TEXT:
        body += _event({**base, "choices": [{**choice, "delta": {"content": text}}]}, end)
    body += _event({**base, "choices": [{**choice, "finish_reason": "stop"}]}, end)
    end_at = len(body)
    body += _event({**base, "choices": [], "usage": {"prompt_tokens": 1}}, end)
    body += b"data: [DONE]" + end + end
    return Recorded(EndpointType.OPENAI, b"text/event-stream", body, end_at)


def _ollama(end: bytes) -> Recorded:
    messages = [{"message": {"content": text}, "done": False} for text in TEXT]
    messages.append({"message": {"content": ""}, "done": True, "done_reason": "stop"})
    lines = (json.dumps(message, ensure_ascii=False).encode() + end for message in messages)
    body = b"".join(lines)
    return Recorded(EndpointType.OLLAMA, b"application/x-ndjson", body, len(body))


RECORDED = {
    "openai": _openai(b"\n"),
    "openai, CRLF": _openai(b"\r\n"),
    "ollama": _ollama(b"\n"),
    "ollama, CRLF": _ollama(b"\r\n"),
}
