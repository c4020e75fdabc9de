"""Ollama's own API: JSON lines."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
from webapp.fake_provider.openai import openai_headers
from webapp.fake_provider.wire import Refusal, Request, chunk

_STARTED = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
_VERSION = "0.12.6"
_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "fake",
    "families": ["fake"],
    "parameter_size": "1B",
    "quantization_level": "Q4_0",
}


class Ollama:
    """`POST /api/chat`, and the addresses that health checks ask."""

    stream_type = "application/x-ndjson"
    broken_frame = chunk(b'{"model": "fake", "message": {"role": "assis\n')

    def check_key(self, request: Request, key: str | None) -> None:
        """A key is only asked for where one counts, as a proxy in front of it would."""
        if key is not None and bearer(request) != key:
            raise Refusal(401, "unauthorized")

    def headers(self, number: int, limits: Limits | None) -> dict[str, str]:
        """Those of OpenAI, which a proxy may add."""
        return openai_headers(number, limits)

    def read(self, request: Request) -> Prompt:
        """It streams unless told otherwise."""
        model, text = read_messages(request.body)
        return Prompt(model, text, streams=request.body.get("stream") in (None, True))

    def opening(self, answer: Answer) -> bytes:
        """Nothing: the first line has text already."""
        return b""

    def frames(self, answer: Answer) -> tuple[bytes, ...]:
        """A line a piece."""
        return _frames(answer.model, answer.text, answer.piece_chars)

    def closing(self, answer: Answer) -> bytes:
        """The line that says `done`, with counts of tokens, and durations in nanoseconds."""
        return _closing(answer)

    def error_frame(self, refusal: Refusal) -> bytes:
        """A line like any other."""
        return chunk(compact(self.error(refusal)) + b"\n")

    def whole(self, answer: Answer) -> bytes:
        """The last line, with all of the text."""
        return compact(_done(answer, answer.text))

    def error(self, refusal: Refusal) -> object:
        """An object with only a sentence."""
        return {"error": f"{refusal.code}: {refusal}" if refusal.code else str(refusal)}

    def error_headers(self, refusal: Refusal) -> Mapping[str, str]:
        """Those of the refusal."""
        return refusal.headers

    def full_name(self, model: str) -> str:
        """The name with its tag."""
        return _full_name(model)

    def unknown_model(self, model: str) -> Refusal:
        """A 404 without a code."""
        return Refusal(404, f"model '{model}' not found")

    def page(self, request: Request, models: Sequence[str]) -> object:
        """Version, list of models, and what a model can do."""
        match request.method, request.path:
            case "GET", "/":
                return "Ollama is running"
            case "GET", "/api/version":
                return {"version": _VERSION}
            case "GET", "/api/tags":
                return {"models": [_model(name) for name in models]}
            case "POST", "/api/show":
                return {
                    "details": _DETAILS,
                    "model_info": {"general.architecture": "fake", "fake.context_length": 131_072},
                    "capabilities": ["completion"],
                }
        return None


def _full_name(model: str) -> str:
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def _model(name: str) -> dict[str, Any]:
    return {
        "name": _full_name(name),
        "model": _full_name(name),
        "modified_at": _STARTED,
        "size": 1_000_000_000,
        "digest": "0" * 64,
        "details": _DETAILS,
    }


def _line(model: str, text: str, is_done: bool) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"model": model, "created_at": _STARTED, "message": message, "done": is_done}


def _done(answer: Answer, text: str) -> dict[str, Any]:
    duration_ns = int(answer.seconds * 1e9)
    # There is no form for a refusal, it is a text, and nothing filters.
    is_refusal = answer.finish_reason == "refusal"
    done = {
        **_line(answer.model, DECLINED if is_refusal else text, True),
        "done_reason": "length" if answer.finish_reason == "length" else "stop",
        "total_duration": duration_ns,
        "load_duration": 0,
        "prompt_eval_duration": 0,
        "eval_duration": duration_ns,
    }
    counts = {"prompt_eval_count": answer.prompt_tokens, "eval_count": answer.tokens}
    return done | counts if answer.has_usage else done


@lru_cache(maxsize=64)
def _frames(model: str, text: str, piece_chars: int) -> tuple[bytes, ...]:
    return tuple(
        chunk(compact(_line(model, piece, False)) + b"\n") for piece in cut(text, piece_chars)
    )


@lru_cache(maxsize=64)
def _closing(answer: Answer) -> bytes:
    return chunk(compact(_done(answer, "")) + b"\n")
