"""Whole answers as the providers stream them, with the text they come to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.domain.endpoint import EndpointType

TEXT = ["", "Grü", "ße, 世界 😀 ", "and\n\nmore"]


@dataclass(frozen=True)
class Recorded:
    """A streamed body; `wire` are the options of the endpoint. From `end_at` bytes on it is whole;
    before, it is not.
    """

    kind: EndpointType
    media_type: bytes
    body: bytes
    end_at: int
    wire: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(TEXT)


def _event(message: dict[str, Any], end: bytes = b"\n", start: bytes = b"data: ") -> bytes:
    return start + json.dumps(message, ensure_ascii=False).encode() + end + end


def _recorded(
    kind: EndpointType, events: Sequence[bytes], *, after: bytes = b"", **wire: Any
) -> Recorded:
    """Events up to the one that ends the answer, and what comes after."""
    whole = b"".join(events)
    return Recorded(kind, b"text/event-stream", whole + after, len(whole), wire)


def _openai(end: bytes) -> Recorded:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m"}
    choice = {"index": 0, "delta": {}, "finish_reason": None}
    deltas = [{**base, "choices": [{**choice, "delta": {"content": text}}]} for text in TEXT]
    last = {**base, "choices": [{**choice, "finish_reason": "stop"}]}
    usage = _event({**base, "choices": [], "usage": {"prompt_tokens": 1}}, end)
    return _recorded(
        EndpointType.OPENAI,
        [b": keep-alive" + end + end, *(_event(message, end) for message in [*deltas, last])],
        after=usage + b"data: [DONE]" + end + end,
    )


def _responses() -> Recorded:
    response: dict[str, Any] = {"object": "response", "status": "in_progress", "error": None}
    end = {"status": "completed", "usage": {"input_tokens": 1, "output_tokens": 2}}
    messages: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {"type": "response.reasoning_text.delta", "delta": "hm"},
        *({"type": "response.output_text.delta", "delta": text} for text in TEXT),
        {"type": "response.completed", "response": response | end},
    ]
    events = [_event(m, start=f"event: {m['type']}\ndata: ".encode()) for m in messages]
    return _recorded(EndpointType.OPENAI, events, api="responses")


def _anthropic() -> Recorded:
    deltas = [{"type": "text_delta", "text": text} for text in TEXT]
    thought = {"type": "thinking_delta", "thinking": "hm"}
    messages: list[dict[str, Any]] = [
        {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 1}}},
        {"type": "ping"},
        *({"type": "content_block_delta", "delta": delta} for delta in [thought, *deltas]),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]
    events = [_event(m, start=f"event: {m['type']}\ndata: ".encode()) for m in messages]
    return _recorded(EndpointType.ANTHROPIC, events)


def _gemini() -> Recorded:
    parts = [{"text": "hm", "thought": True}, *({"text": text} for text in TEXT)]
    pieces: list[dict[str, Any]] = [
        {"candidates": [{"content": {"role": "model", "parts": [part]}}]} for part in parts
    ]
    pieces[-1]["candidates"][0]["finishReason"] = "STOP"
    pieces[-1]["usageMetadata"] = {"promptTokenCount": 1, "candidatesTokenCount": 2}
    return _recorded(EndpointType.GEMINI, [_event(piece, b"\r\n") for piece in pieces])


def _watsonx() -> Recorded:
    start = b"id: 1\nevent: message\ndata: "
    choices: list[dict[str, Any]] = [
        {"index": 0, "delta": {"content": text}, "finish_reason": None} for text in TEXT
    ]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    return _recorded(
        EndpointType.WATSONX,
        [_event({"choices": [choice]}, start=start) for choice in choices],
        after=_event(usage, start=start),
    )


def _ollama(end: bytes) -> Recorded:
    messages = [{"message": {"content": text}, "done": False} for text in TEXT]
    messages.append({"message": {"content": ""}, "done": True, "done_reason": "stop"})
    lines = (json.dumps(message, ensure_ascii=False).encode() + end for message in messages)
    body = b"".join(lines)
    return Recorded(EndpointType.OLLAMA, b"application/x-ndjson", body, len(body))


RECORDED = {
    "openai": _openai(b"\n"),
    "openai, CRLF": _openai(b"\r\n"),
    "responses": _responses(),
    "anthropic": _anthropic(),
    "gemini": _gemini(),
    "watsonx": _watsonx(),
    "ollama": _ollama(b"\n"),
    "ollama, CRLF": _ollama(b"\r\n"),
}
