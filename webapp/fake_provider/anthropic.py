"""Anthropic's Messages: server-sent events with names, and a text that comes in blocks."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from webapp.fake_provider.behaviour import Limits
from webapp.fake_provider.dialect import (
    Answer,
    Prompt,
    bearer,
    compact,
    cut,
    read_messages,
    text_of,
)
from webapp.fake_provider.wire import Refusal, Request, chunk

_ID = "msg_fake"
_CREATED = "2026-10-21T00:00:00Z"
_PAGE = 20
_SAMPLING = frozenset({"temperature", "top_p", "top_k"})
# Version -> the fields it knows.
_LATEST = frozenset(
    {
        "model", "max_tokens", "messages", "system", "stream", "stop_sequences", "metadata",
        "service_tier", "thinking", "output_config", "tools", "tool_choice",
    }
)  # fmt: skip
_FIELDS = {"2023-06-01": _LATEST | _SAMPLING, "2026-10-21": _LATEST}
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_STOP_REASONS = {"stop": "end_turn", "length": "max_tokens"}
_PING = {"type": "ping"}


class Anthropic:
    """`POST /v1/messages` and `GET /v1/models`."""

    stream_type = "text/event-stream; charset=utf-8"
    broken_frame = chunk(b'event: content_block_delta\ndata: {"type": "content_block_d\n\n')

    def check_key(self, request: Request, key: str | None) -> None:
        """A key must be there, in one of two headers; where both are, `x-api-key` counts."""
        shown = request.headers.get("x-api-key") or bearer(request)
        if not shown:
            raise Refusal(401, "x-api-key header is required")
        if key is not None and shown != key:
            raise Refusal(401, "invalid x-api-key")

    def headers(self, number: int, limits: Limits | None) -> dict[str, str]:
        """The number of a request; of limits, when they are back is a time."""
        headers = {"request-id": f"req_{number:016x}"}
        if limits is not None:
            reset = datetime.now(UTC) + timedelta(seconds=limits.reset_s)
            headers |= {
                "anthropic-ratelimit-requests-limit": str(limits.limit),
                "anthropic-ratelimit-requests-remaining": str(limits.left),
                "anthropic-ratelimit-requests-reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        return headers

    def error(self, refusal: Refusal) -> object:
        """A type by the status; a code is a detail."""
        error: dict[str, object] = {
            "type": _ERRORS.get(refusal.status, "api_error"),
            "message": str(refusal),
        }
        if refusal.code:
            error["details"] = {"error_code": refusal.code}
        return {"type": "error", "error": error, "request_id": None}

    def error_headers(self, refusal: Refusal) -> Mapping[str, str]:
        """Those of the refusal."""
        return refusal.headers

    def page(self, request: Request, models: Sequence[str]) -> object:
        """The list of models, a page at a time."""
        if (request.method, request.path) != ("GET", "/v1/models"):
            return None
        _check_version(request)
        size, after = request.query.get("limit", ""), request.query.get("after_id")
        start = models.index(after) + 1 if after in models else 0
        end = start + (int(size[:4]) if size.isdecimal() else _PAGE)
        listed = [
            {"type": "model", "id": name, "display_name": name, "created_at": _CREATED}
            for name in models[start:end]
        ]
        first, last = (listed[place]["id"] if listed else None for place in (0, -1))
        has_more = end < len(models)
        return {"data": listed, "has_more": has_more, "first_id": first, "last_id": last}

    def full_name(self, model: str) -> str:
        """The name as it is."""
        return model

    def unknown_model(self, model: str) -> Refusal:
        """A 404 with little to say."""
        return Refusal(404, f"model: {model}")

    def read(self, request: Request) -> Prompt:
        """The version decides which fields there are."""
        body = request.body
        known = _check_version(request)
        model, text = read_messages(body)
        _check_body(body, known)
        system = text_of(body["system"]) if "system" in body else ""
        return Prompt(model, f"{system}\n{text}", streams=body.get("stream") is True)

    def opening(self, answer: Answer) -> bytes:
        """The message begins, with the usage of the prompt, and then its only block."""
        usage = _usage(answer, 0)
        started = {"type": "message_start", "message": _message(answer.model, [], None, usage)}
        return _event(started) + _BLOCK_STARTS

    def frames(self, answer: Answer) -> tuple[bytes, ...]:
        """A delta a piece."""
        return _frames(answer.text, answer.piece_chars)

    def closing(self, answer: Answer) -> bytes:
        """The block ends, the stop reason comes with the usage, the message ends."""
        delta = {"stop_reason": _stop_reason(answer), "stop_sequence": None}
        usage = {"usage": {"output_tokens": answer.tokens}} if answer.has_usage else {}
        return _BLOCK_STOPS + _event({"type": "message_delta", "delta": delta, **usage}) + _STOPS

    def error_frame(self, refusal: Refusal) -> bytes:
        """An event named `error`."""
        return chunk(b"event: error\ndata: " + compact(self.error(refusal)) + b"\n\n")

    def whole(self, answer: Answer) -> bytes:
        """A `message`."""
        content = [{"type": "text", "text": answer.text}] if answer.text else []
        usage = _usage(answer, answer.tokens)
        return compact(_message(answer.model, content, _stop_reason(answer), usage))


def _check_version(request: Request) -> frozenset[str]:
    version = request.headers.get("anthropic-version")
    if version is None:
        raise Refusal(400, "anthropic-version: header is required")
    if version not in _FIELDS:
        raise Refusal(400, f'anthropic-version: "{version}" is not a valid version')
    return _FIELDS[version]


def _check_body(body: Mapping[str, Any], known: frozenset[str]) -> None:
    if "max_tokens" not in body:
        raise Refusal(400, "max_tokens: Field required")
    limit = body["max_tokens"]
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise Refusal(400, "max_tokens: Input should be greater than or equal to 1")
    if extra := sorted(body.keys() - known):
        raise Refusal(400, f"{extra[0]}: Extra inputs are not permitted")
    for place, message in enumerate(body["messages"]):
        if message.get("role") not in ("user", "assistant"):
            raise Refusal(400, f"messages.{place}.role: Input should be 'user' or 'assistant'")


def _stop_reason(answer: Answer) -> str:
    return _STOP_REASONS.get(answer.finish_reason, "refusal")


def _usage(answer: Answer, output_tokens: int) -> dict[str, int] | None:
    if not answer.has_usage:
        return None
    return {
        "input_tokens": answer.prompt_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output_tokens,
    }


def _message(
    model: str, content: list[dict[str, Any]], reason: str | None, usage: dict[str, int] | None
) -> dict[str, Any]:
    message = {
        "id": _ID,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
    }
    return message if usage is None else message | {"usage": usage}


def _event(message: dict[str, Any]) -> bytes:
    return chunk(b"event: " + message["type"].encode() + b"\ndata: " + compact(message) + b"\n\n")


_EMPTY = {"type": "text", "text": ""}
_BLOCK_STARTS = _event(
    {"type": "content_block_start", "index": 0, "content_block": _EMPTY}
) + _event(_PING)
_BLOCK_STOPS = _event({"type": "content_block_stop", "index": 0})
_STOPS = _event({"type": "message_stop"})


@lru_cache(maxsize=64)
def _frames(text: str, piece_chars: int) -> tuple[bytes, ...]:
    deltas = ({"type": "text_delta", "text": piece} for piece in cut(text, piece_chars))
    return tuple(
        _event({"type": "content_block_delta", "index": 0, "delta": delta}) for delta in deltas
    )
