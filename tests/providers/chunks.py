"""Streams and complaints in the manner of OpenAI."""

import json
from typing import Any

from tests.providers.wire import http


def event(*objects: dict[str, Any] | str) -> bytes:
    return b"".join(
        b"data: " + (o if isinstance(o, str) else json.dumps(o)).encode() + b"\n\n" for o in objects
    )


def delta(content: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content, **more}, "finish_reason": None}]}


def finish(reason: str | None = "stop") -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}


USAGE = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3}}
HELLO = event(delta("", role="assistant"), delta("Hel"), delta("lo"), finish(), USAGE, "[DONE]")


def complaint(status: int, code: object = None, type: object = None, **more: Any) -> bytes:
    error = {"message": "Their words.", "type": type, "param": None, "code": code, **more}
    return http(status, {"error": error})
