"""IBM's watsonx.ai: chat with OpenAI's chunks, with tokens instead of keys."""

import re
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
from webapp.fake_provider.iam import Tokens
from webapp.fake_provider.wire import Refusal, Request, chunk

WATSONX_CALLS = ("/ml/v1/text/chat", "/ml/v1/text/chat_stream")
_MODELS = "/ml/v1/foundation_model_specs"
_ID = "chatcmpl-fake"
_STARTED = int(time.time())
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ERRORS = {
    400: "invalid_request_entity",
    401: "authentication_token_not_valid",
    403: "authorization_rejected",
    404: "model_not_supported",
    429: "rate_limit_reached_requests",
}


class Watsonx:
    """`POST /ml/v1/text/chat` and `…/chat_stream`, and the list of models."""

    stream_type = "text/event-stream"
    broken_frame = chunk(
        b'id: 1\nevent: message\ndata: {"choices": [{"index": 0, "delta": {"con\n\n'
    )

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def check_key(self, request: Request, key: str | None) -> None:
        """A token that is good must be there; anybody may see the models."""
        if request.path != _MODELS:
            self._tokens.check(bearer(request), request.time)

    def headers(self, number: int, limits: Limits | None) -> dict[str, str]:
        """The number of a request, and where there are limits, those of the instance."""
        headers = {"x-global-transaction-id": f"req_{number:016x}"}
        if limits is not None:
            headers |= {
                "x-requests-limit-limit": str(limits.limit),
                "x-requests-limit-remaining": str(limits.left),
                "x-requests-limit-reset": f"{limits.reset_s:.3f}",
            }
        return headers

    def error(self, refusal: Refusal) -> object:
        """A list of errors, a trace, the status."""
        code = refusal.code or _ERRORS.get(refusal.status, "downstream_request_failed")
        errors = [{"code": code, "message": str(refusal), "more_info": ""}]
        return {"errors": errors, "trace": "fake", "status_code": refusal.status}

    def error_headers(self, refusal: Refusal) -> Mapping[str, str]:
        """Those of the refusal."""
        return refusal.headers

    def page(self, request: Request, models: Sequence[str]) -> object:
        """The list of models."""
        if (request.method, request.path) != ("GET", _MODELS):
            return None
        _check_version(request)
        resources = [_model(name) for name in models]
        return {"total_count": len(resources), "limit": 200, "resources": resources}

    def full_name(self, model: str) -> str:
        """The name as it is."""
        return model

    def unknown_model(self, model: str) -> Refusal:
        """A 404 with the usual code."""
        return Refusal(404, f"Model '{model}' is not supported for this environment.")

    def read(self, request: Request) -> Prompt:
        """The address says whether to stream, and the body must not."""
        _check_version(request)
        model, text = read_messages(request.body, "model_id")
        _check_body(request.body)
        return Prompt(model, text, streams=request.path.endswith("_stream"))

    def opening(self, answer: Answer) -> bytes:
        """The chunk that carries the role."""
        return _opening(answer.model)

    def frames(self, answer: Answer) -> tuple[bytes, ...]:
        """A chunk a piece."""
        return _frames(answer.model, answer.text, answer.piece_chars)

    def closing(self, answer: Answer) -> bytes:
        """The finish reason, and the usage without choices; there is no end mark."""
        number = len(cut(answer.text, answer.piece_chars)) + 2
        delta, reason = {}, answer.finish_reason
        if reason == "refusal":
            delta, reason = {"refusal": DECLINED}, "stop"
        finish = _event(number, _chunk(answer.model, [_choice("delta", delta, reason)]))
        if not answer.has_usage:
            return finish
        usage = {"usage": _usage(answer)}
        return finish + _event(number + 1, _chunk(answer.model, []) | usage)

    def error_frame(self, refusal: Refusal) -> bytes:
        """An event named `error`."""
        return chunk(b"id: 1\nevent: error\ndata: " + compact(self.error(refusal)) + b"\n\n")

    def whole(self, answer: Answer) -> bytes:
        """A completion."""
        message, reason = {"role": "assistant", "content": answer.text}, answer.finish_reason
        if reason == "refusal":
            message, reason = message | {"refusal": DECLINED}, "stop"
        choices = [_choice("message", message, reason)]
        usage = {"usage": _usage(answer)} if answer.has_usage else {}
        return compact(_chunk(answer.model, choices) | usage)


def _check_version(request: Request) -> None:
    version = request.query.get("version", "")
    if not _DATE.fullmatch(version):
        raise Refusal(400, "The query parameter version must be a date, YYYY-MM-DD.")


def _check_body(body: Mapping[str, Any]) -> None:
    if "stream" in body:
        raise Refusal(400, "Json document validation error: unknown field stream")
    if bool(body.get("project_id")) is bool(body.get("space_id")):
        sentence = "Either space_id or project_id has to be given, and not both."
        raise Refusal(400, sentence, code="invalid_input_argument")


def _model(name: str) -> dict[str, Any]:
    return {
        "model_id": name,
        "label": name.rpartition("/")[2],
        "provider": "fake-provider",
        "functions": [{"id": "text_chat"}, {"id": "text_generation"}],
        "model_limits": {"max_sequence_length": 131_072, "max_output_tokens": 16_384},
        "lifecycle": [{"id": "available", "start_date": "2026-01-01"}],
    }


def _usage(answer: Answer) -> dict[str, int]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.tokens,
        "total_tokens": answer.prompt_tokens + answer.tokens,
    }


def _choice(name: str, said: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, name: said, "finish_reason": finish_reason}


def _chunk(model: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": _ID,
        "model_id": model,
        "model": model,
        "choices": choices,
        "created": _STARTED,
    }


def _event(number: int, message: dict[str, Any]) -> bytes:
    message = {"object": "chat.completion.chunk", **message}
    return chunk(b"id: %d\nevent: message\ndata: %s\n\n" % (number, compact(message)))


@lru_cache(maxsize=64)
def _opening(model: str) -> bytes:
    role = {"role": "assistant", "content": ""}
    return _event(1, _chunk(model, [_choice("delta", role, None)]))


@lru_cache(maxsize=64)
def _frames(model: str, text: str, piece_chars: int) -> tuple[bytes, ...]:
    return tuple(
        _event(number, _chunk(model, [_choice("delta", {"content": piece}, None)]))
        for number, piece in enumerate(cut(text, piece_chars), 2)
    )
