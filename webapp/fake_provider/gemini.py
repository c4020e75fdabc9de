"""Google's Gemini: the model stands in the address, and every event is a whole answer."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from webapp.fake_provider.behaviour import Limits
from webapp.fake_provider.dialect import Answer, Prompt, compact, cut, text_of, tokens_in
from webapp.fake_provider.wire import Refusal, Request, chunk

GEMINI_CALL = re.compile(
    r"/v1(?:beta)?/models/([^/:?]{1,200}):(generateContent|streamGenerateContent)"
)
_MODELS = re.compile(r"/v1(?:beta)?/models")
_PAGE = 50
_FIELDS = frozenset(
    {
        "contents", "systemInstruction", "system_instruction", "generationConfig",
        "generation_config", "safetySettings", "safety_settings", "tools", "toolConfig",
        "cachedContent", "labels", "model",
    }
)  # fmt: skip
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_FINISH_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY"}
_RPC = "type.googleapis.com/google.rpc."


class Gemini:
    """`generateContent` and `streamGenerateContent`, and the list of models, in both versions."""

    stream_type = "text/event-stream"
    broken_frame = chunk(b'data: {"candidates": [{"content": {"par\r\n\r\n')

    def check_key(self, request: Request, key: str | None) -> None:
        """A key must be there; a wrong one is a bad argument."""
        shown = request.headers.get("x-goog-api-key")
        if not shown:
            raise Refusal(403, "Method doesn't allow unregistered callers. Please use API Key.")
        if key is not None and shown != key:
            sentence = "API key not valid. Please pass a valid API key."
            raise Refusal(400, sentence, code="API_KEY_INVALID")

    def headers(self, number: int, limits: Limits | None) -> dict[str, str]:
        """Nothing: Gemini tells neither."""
        return {}

    def error(self, refusal: Refusal) -> object:
        """Code, message, status; how long to wait, and why, stand in the details."""
        details = list(_details(refusal))
        error = {
            "code": refusal.status,
            "message": str(refusal),
            "status": _STATUSES.get(refusal.status, "UNKNOWN"),
        }
        return {"error": error | ({"details": details} if details else {})}

    def error_headers(self, refusal: Refusal) -> Mapping[str, str]:
        """None: how long to wait stands in the body."""
        return {}

    def page(self, request: Request, models: Sequence[str]) -> object:
        """The list of models, a page at a time."""
        if request.method != "GET" or not _MODELS.fullmatch(request.path):
            return None
        size, token = (request.query.get(name, "") for name in ("pageSize", "pageToken"))
        start = int(token[:9]) if token.isdecimal() else 0
        end = start + (int(size[:4]) if size.isdecimal() else _PAGE)
        listed = {"models": [_model(name) for name in models[start:end]]}
        return listed | ({"nextPageToken": str(end)} if end < len(models) else {})

    def full_name(self, model: str) -> str:
        """The name as it is in the address."""
        return model.removeprefix("models/")

    def unknown_model(self, model: str) -> Refusal:
        """A 404 that also thinks of other versions of the API."""
        return Refusal(404, f"models/{model} is not found for this API version.")

    def read(self, request: Request) -> Prompt:
        """The address says which model, and whether to stream."""
        asked = GEMINI_CALL.fullmatch(request.path)
        if asked is None:
            raise Refusal(404, "There is no such method.")
        streams = asked[2] == "streamGenerateContent"
        if streams and request.query.get("alt") != "sse":
            raise Refusal(400, "Ask with alt=sse: a stream as one array is not played here.")
        return Prompt(asked[1], _text(request.body), streams)

    def opening(self, answer: Answer) -> bytes:
        """Nothing: the first event has text already."""
        return b""

    def frames(self, answer: Answer) -> tuple[bytes, ...]:
        """A whole answer a piece, with the usage so far."""
        prompt_tokens = answer.prompt_tokens if answer.has_usage else None
        return _frames(answer.model, answer.text, answer.piece_chars, prompt_tokens)

    def closing(self, answer: Answer) -> bytes:
        """An answer without text, with the finish reason; there is no end mark."""
        return _event(_last(answer, ""))

    def error_frame(self, refusal: Refusal) -> bytes:
        """An event like any other."""
        return _event(self.error(refusal))

    def whole(self, answer: Answer) -> bytes:
        """The last answer, with all of the text."""
        return compact(_last(answer, answer.text))


def _details(refusal: Refusal) -> Sequence[Mapping[str, object]]:
    details: list[Mapping[str, object]] = []
    if refusal.code and refusal.status == 429:
        violation = {"quotaId": refusal.code}
        details.append({"@type": f"{_RPC}QuotaFailure", "violations": [violation]})
    elif refusal.code:
        domain = "googleapis.com"
        details.append({"@type": f"{_RPC}ErrorInfo", "reason": refusal.code, "domain": domain})
    if refusal.wait_s:
        delay = f"{refusal.wait_s:g}s"
        details.append({"@type": f"{_RPC}RetryInfo", "retryDelay": delay})
    return details


def _text(body: Mapping[str, Any]) -> str:
    if not body:
        raise Refusal(400, "Invalid JSON payload received.")
    if extra := sorted(body.keys() - _FIELDS):
        raise Refusal(400, f'Invalid JSON payload received. Unknown name "{extra[0]}".')
    contents = body.get("contents")
    if not isinstance(contents, list) or not contents:
        raise Refusal(400, "* GenerateContentRequest.contents: contents is not specified")
    system = body.get("systemInstruction") or body.get("system_instruction")
    return "\n".join(map(_content_text, [system, *contents] if system else contents))


def _content_text(content: object) -> str:
    if not isinstance(content, dict) or not isinstance(content.get("parts"), list):
        raise Refusal(400, "Every content must be an object with parts.")
    if content.get("role", "user") not in ("user", "model"):
        raise Refusal(400, "Please use a valid role: user, model.")
    return text_of(content["parts"])


def _model(name: str) -> dict[str, Any]:
    return {
        "name": f"models/{name}",
        "displayName": name,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    }


def _usage(prompt_tokens: int, tokens: int) -> dict[str, Any]:
    return {
        "promptTokenCount": prompt_tokens,
        "candidatesTokenCount": tokens,
        "totalTokenCount": prompt_tokens + tokens,
    }


def _candidate(text: str, reason: str | None) -> dict[str, Any]:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    return candidate | ({"finishReason": reason} if reason else {})


def _last(answer: Answer, text: str) -> dict[str, Any]:
    usage = {}
    if answer.has_usage:
        usage = {"usageMetadata": _usage(answer.prompt_tokens, answer.tokens)}
    if answer.finish_reason == "refusal":  # of a prompt that is blocked there are no candidates
        return {"promptFeedback": {"blockReason": "SAFETY"}, **usage, "modelVersion": answer.model}
    candidate = _candidate(text, _FINISH_REASONS[answer.finish_reason])
    return {"candidates": [candidate], **usage, "modelVersion": answer.model}


def _event(message: object) -> bytes:
    return chunk(b"data: " + compact(message) + b"\r\n\r\n")


@lru_cache(maxsize=64)
def _frames(
    model: str, text: str, piece_chars: int, prompt_tokens: int | None
) -> tuple[bytes, ...]:
    frames = []
    for place, piece in enumerate(cut(text, piece_chars)):
        message: dict[str, Any] = {"candidates": [_candidate(piece, None)]}
        if prompt_tokens is not None:
            so_far = tokens_in(text[: (place + 1) * piece_chars])
            message["usageMetadata"] = _usage(prompt_tokens, so_far)
        frames.append(_event(message | {"modelVersion": model}))
    return tuple(frames)
