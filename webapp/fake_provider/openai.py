"""OpenAI's Chat Completions: server-sent events."""

import math
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from webapp.fake_provider.behaviour import Limits
from webapp.fake_provider.dialect import (
    DECLINED,
    Answer,
    Prompt,
    bearer,
    compact,
    cut,
    read_messages,
)
from webapp.fake_provider.wire import Refusal, Request, chunk

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


def openai_headers(number: int, limits: Limits | None) -> dict[str, str]:
    """The number of a request, and where there are limits, those of OpenAI."""
    headers = {"x-request-id": f"req_{number:016x}"}
    if limits is not None:
        reset_ms = math.ceil(limits.reset_s * 1000)
        headers |= {
            "x-ratelimit-limit-requests": str(limits.limit),
            "x-ratelimit-remaining-requests": str(limits.left),
            "x-ratelimit-reset-requests": f"{reset_ms / 1000:g}s"
            if reset_ms > 999
            else f"{reset_ms}ms",
        }
    return headers


class OpenAISite:
    """What Chat Completions and Responses share: keys, errors, `GET /v1/models`."""

    stream_type = "text/event-stream; charset=utf-8"

    def check_key(self, request: Request, key: str | None) -> None:
        """A key is only asked for where one counts."""
        if key is not None and bearer(request) != key:
            raise Refusal(401, "Incorrect API key provided.")

    def headers(self, number: int, limits: Limits | None) -> dict[str, str]:
        """Those of OpenAI."""
        return openai_headers(number, limits)

    def error(self, refusal: Refusal) -> dict[str, Any]:
        """An object with message, type, param and code."""
        kind, usual_code = _ERRORS.get(refusal.status, ("server_error", None))
        code = refusal.code or usual_code
        return {"error": {"message": str(refusal), "type": kind, "param": None, "code": code}}

    def error_headers(self, refusal: Refusal) -> Mapping[str, str]:
        """Those of the refusal."""
        return refusal.headers

    def page(self, request: Request, models: Sequence[str]) -> object:
        """The list of models."""
        if (request.method, request.path) != ("GET", "/v1/models"):
            return None
        listed = [
            {"id": name, "object": "model", "created": _STARTED, "owned_by": "fake-provider"}
            for name in models
        ]
        return {"object": "list", "data": listed}

    def full_name(self, model: str) -> str:
        """The name as it is."""
        return model

    def unknown_model(self, model: str) -> Refusal:
        """A 404 with a code of its own."""
        return Refusal(404, f"model '{model}' not found", code="model_not_found")


class ChatCompletions(OpenAISite):
    """`POST /v1/chat/completions`."""

    broken_frame = chunk(b'data: {"choices": [{"index": 0, "delta": {"con\n\n')

    def read(self, request: Request) -> Prompt:
        """Usage is only streamed where it is asked for."""
        model, text = read_messages(request.body)
        streams = request.body.get("stream") is True
        options = request.body.get("stream_options")
        is_asked = isinstance(options, dict) and options.get("include_usage") is True
        return Prompt(model, text, streams, is_asked or not streams)

    def opening(self, answer: Answer) -> bytes:
        """The chunk that carries the role."""
        return _role(answer.model)

    def frames(self, answer: Answer) -> tuple[bytes, ...]:
        """A chunk a piece."""
        return _frames(answer.model, answer.text, answer.piece_chars)

    def closing(self, answer: Answer) -> bytes:
        """The finish reason; where it was asked for the usage, without choices; the end mark."""
        return _closing(answer)

    def error_frame(self, refusal: Refusal) -> bytes:
        """An event like any other."""
        return chunk(b"data: " + compact(self.error(refusal)) + b"\n\n")

    def whole(self, answer: Answer) -> bytes:
        """A `chat.completion`."""
        refusal, reason = _refusal(answer.finish_reason)
        message = {"role": "assistant", "content": answer.text, "refusal": refusal}
        completion = {
            "id": _ID,
            "object": "chat.completion",
            "created": _STARTED,
            "model": answer.model,
            "choices": [_choice("message", message, reason)],
        }
        return compact(completion | ({"usage": _usage(answer)} if answer.has_usage else {}))


def _refusal(reason: str) -> tuple[str | None, str]:
    """What the model says when it will not answer, and the finish reason."""
    return (DECLINED, "stop") if reason == "refusal" else (None, reason)


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
def _closing(answer: Answer) -> bytes:
    refusal, reason = _refusal(answer.finish_reason)
    said = usage = b""
    if refusal is not None:
        said = _event(answer.model, [_choice("delta", {"refusal": refusal}, None)], {})
    finish = _event(answer.model, [_choice("delta", {}, reason)], {})
    if answer.has_usage:
        usage = _event(answer.model, [], {"usage": _usage(answer)})
    return said + finish + usage + _DONE
