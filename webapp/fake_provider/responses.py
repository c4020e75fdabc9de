"""OpenAI's Responses: server-sent events with names, the text in items and parts."""

import time
from functools import lru_cache
from typing import Any

from webapp.fake_provider.dialect import DECLINED, Answer, Prompt, compact, cut, text_of
from webapp.fake_provider.openai import OpenAISite
from webapp.fake_provider.wire import Refusal, Request, chunk

_ID = "resp_fake"
_ITEM_ID = "msg_fake"
_PLACE = {"item_id": _ITEM_ID, "output_index": 0, "content_index": 0}
_STARTED = int(time.time())
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class Responses(OpenAISite):
    """`POST /v1/responses`."""

    broken_frame = chunk(b'event: response.output_text.delta\ndata: {"type": "response.outp\n\n')

    def read(self, request: Request) -> Prompt:
        """The text is that of the instructions and of the input: a string, or items."""
        body = request.body
        if not body:
            raise Refusal(400, "The body is not a JSON object.")
        if "messages" in body:
            raise Refusal(400, "Unsupported parameter: 'messages'. It is 'input' here.")
        model, instructions = body.get("model"), body.get("instructions") or ""
        if not isinstance(model, str) or not model:
            raise Refusal(400, "You must provide a model parameter.")
        if not isinstance(instructions, str):
            raise Refusal(400, "The instructions must be a string.")
        text = f"{instructions}\n{_input_text(body.get('input'))}"
        return Prompt(model, text, streams=body.get("stream") is True)

    def opening(self, answer: Answer) -> bytes:
        """The answer, its item and its part begin."""
        return _opening(answer.model, answer.finish_reason)

    def frames(self, answer: Answer) -> tuple[bytes, ...]:
        """A delta a piece."""
        return _frames(answer.text, answer.piece_chars)

    def closing(self, answer: Answer) -> bytes:
        """Part, item and answer end; the last event has it all once more."""
        part, whole = _part(answer), _whole(answer)
        if answer.finish_reason == "refusal":
            last = _said("response.refusal.done", refusal=DECLINED)
        else:
            last = _said("response.output_text.done", text=answer.text)
        return b"".join(
            (
                _event(last),
                _event(_said("response.content_part.done", part=part)),
                _event(_item("done", whole["status"], [part])),
                _event({"type": f"response.{whole['status']}", "response": whole}),
            )
        )

    def error_frame(self, refusal: Refusal) -> bytes:
        """An event `error`, which is the error itself."""
        error = self.error(refusal)["error"]
        code = error["code"] or "server_error"
        return _event({**error, "type": "error", "code": code})

    def whole(self, answer: Answer) -> bytes:
        """A `response`."""
        return compact(_whole(answer))


def _input_text(asked: object) -> str:
    if isinstance(asked, str) and asked:
        return asked
    if not isinstance(asked, list) or not asked:
        raise Refusal(400, "You must provide an input: a string, or a list of items.")
    return "\n".join(
        text_of(item.get("content") if isinstance(item, dict) else None) for item in asked
    )


def _part(answer: Answer) -> dict[str, Any]:
    if answer.finish_reason == "refusal":
        return {"type": "refusal", "refusal": DECLINED}
    return {"type": "output_text", "annotations": [], "text": answer.text}


def _whole(answer: Answer) -> dict[str, Any]:
    reason = _INCOMPLETE.get(answer.finish_reason)
    status = "incomplete" if reason else "completed"
    item = _item("done", status, [_part(answer)])["item"]
    whole = _head(answer.model, status) | {"output": [item]}
    if reason:
        whole["incomplete_details"] = {"reason": reason}
    if answer.has_usage:
        whole["usage"] = {
            "input_tokens": answer.prompt_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": answer.tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": answer.prompt_tokens + answer.tokens,
        }
    return whole


def _head(model: str, status: str) -> dict[str, Any]:
    return {
        "id": _ID,
        "object": "response",
        "created_at": _STARTED,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "usage": None,
    }


def _item(event: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    item = {
        "id": _ITEM_ID,
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content,
    }
    return {"type": f"response.output_item.{event}", "output_index": 0, "item": item}


def _said(event: str, **what: object) -> dict[str, Any]:
    return {"type": event, **_PLACE, **what}


def _event(message: dict[str, Any]) -> bytes:
    return chunk(b"event: " + message["type"].encode() + b"\ndata: " + compact(message) + b"\n\n")


@lru_cache(maxsize=64)
def _opening(model: str, finish_reason: str) -> bytes:
    begun = [
        {"type": f"response.{event}", "response": _head(model, "in_progress")}
        for event in ("created", "in_progress")
    ]
    kind = "refusal" if finish_reason == "refusal" else "output_text"
    empty = {"type": kind, "refusal" if kind == "refusal" else "text": ""}
    started = [
        _item("added", "in_progress", []),
        _said("response.content_part.added", part=empty),
    ]
    if kind == "refusal":
        started.append(_said("response.refusal.delta", delta=DECLINED))
    return b"".join(map(_event, [*begun, *started]))


@lru_cache(maxsize=64)
def _frames(text: str, piece_chars: int) -> tuple[bytes, ...]:
    return tuple(
        _event(_said("response.output_text.delta", delta=piece)) for piece in cut(text, piece_chars)
    )
