"""OpenAI's Chat Completions: server-sent events."""

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from webapp.fake_provider.dialect import Answer, compact, cut
from webapp.fake_provider.wire import chunk

_ID = "chatcmpl-fake"
_STARTED = int(time.time())
_DONE = chunk(b"data: [DONE]\n\n")
# Error status -> type and code, as OpenAI has them.
_ERRORS = {
    400: ("invalid_request_error", None),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "unknown_url"),
    429: ("requests", "rate_limit_exceeded"),
    503: ("server_error", "server_is_overloaded"),
}


class OpenAI:
    """`POST /v1/chat/completions` and `GET /v1/models`."""

    chat_path = "/v1/chat/completions"
    stream_type = "text/event-stream; charset=utf-8"
    streams_by_default = False
    broken_frame = chunk(b'data: {"choices": [{"index": 0, "delta": {"con\n\n')

    def opening(self, model: str) -> bytes:
        """The chunk that carries the role."""
        return _role(model)

    def frames(self, model: str, text: str, piece_chars: int) -> tuple[bytes, ...]:
        """A chunk a piece."""
        return _frames(model, text, piece_chars)

    def closing(self, answer: Answer, body: Mapping[str, Any]) -> bytes:
        """The finish reason; where it was asked for the usage, without choices; the end mark."""
        options = body.get("stream_options")
        usage = b""
        if isinstance(options, dict) and options.get("include_usage") is True:
            usage = _event(answer.model, [], {"usage": _usage(answer)})
        return _finish(answer.model, answer.finish_reason) + usage + _DONE

    def whole(self, answer: Answer) -> bytes:
        """A `chat.completion`."""
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        choice = _choice("message", message, answer.finish_reason)
        return compact(
            {
                "id": _ID,
                "object": "chat.completion",
                "created": _STARTED,
                "model": answer.model,
                "choices": [choice],
                "usage": _usage(answer),
            }
        )

    def error(self, status: int, sentence: str, code: str | None) -> object:
        """An object with message, type, param and code."""
        kind, usual_code = _ERRORS.get(status, ("server_error", None))
        error = {"message": sentence, "type": kind, "param": None, "code": code or usual_code}
        return {"error": error}

    def full_name(self, model: str) -> str:
        """The name as it is."""
        return model

    def page(self, method: str, path: str, models: Sequence[str]) -> object:
        """The list of models."""
        if (method, path) != ("GET", "/v1/models"):
            return None
        listed = [
            {"id": name, "object": "model", "created": _STARTED, "owned_by": "fake-provider"}
            for name in models
        ]
        return {"object": "list", "data": listed}


def _usage(answer: Answer) -> dict[str, int]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.tokens,
        "total_tokens": answer.prompt_tokens + answer.tokens,
    }


def _choice(name: str, said: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, name: said, "logprobs": None, "finish_reason": finish_reason}


def _event(model: str, choices: list[dict[str, Any]], more: Mapping[str, Any]) -> bytes:
    message = {
        "id": _ID,
        "object": "chat.completion.chunk",
        "created": _STARTED,
        "model": model,
        "choices": choices,
        **more,
    }
    return chunk(b"data: " + compact(message) + b"\n\n")


# These are the same for every answer: writing them down anew takes longer than all the rest.
@lru_cache(maxsize=64)
def _role(model: str) -> bytes:
    return _event(model, [_choice("delta", {"role": "assistant", "content": ""}, None)], {})


@lru_cache(maxsize=64)
def _frames(model: str, text: str, piece_chars: int) -> tuple[bytes, ...]:
    return tuple(
        _event(model, [_choice("delta", {"content": piece}, None)], {})
        for piece in cut(text, piece_chars)
    )


@lru_cache(maxsize=64)
def _finish(model: str, reason: str) -> bytes:
    return _event(model, [_choice("delta", {}, reason)], {})
