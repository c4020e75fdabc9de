"""Ollama's own API: JSON lines."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from webapp.fake_provider.dialect import Answer, compact, cut
from webapp.fake_provider.wire import chunk

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

    chat_path = "/api/chat"
    stream_type = "application/x-ndjson"
    streams_by_default = True
    broken_frame = chunk(b'{"model": "fake", "message": {"role": "assis\n')

    def opening(self, model: str) -> bytes:
        """Nothing: the first line has text already."""
        return b""

    def frames(self, model: str, text: str, piece_chars: int) -> tuple[bytes, ...]:
        """A line a piece."""
        return _frames(model, text, piece_chars)

    def closing(self, answer: Answer, body: Mapping[str, Any]) -> bytes:
        """The line that says `done`, with counts of tokens, and durations in nanoseconds."""
        return chunk(compact(_done(answer, "")) + b"\n")

    def whole(self, answer: Answer) -> bytes:
        """The last line, with all of the text."""
        return compact(_done(answer, answer.text))

    def error(self, status: int, sentence: str, code: str | None) -> object:
        """An object with only a sentence."""
        return {"error": f"{code}: {sentence}" if code else sentence}

    def full_name(self, model: str) -> str:
        """The name with its tag."""
        return _full_name(model)

    def page(self, method: str, path: str, models: Sequence[str]) -> object:
        """Version, list of models, and what a model can do."""
        match method, path:
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
    return {
        **_line(answer.model, text, True),
        "done_reason": answer.finish_reason,
        "total_duration": duration_ns,
        "load_duration": 0,
        "prompt_eval_count": answer.prompt_tokens,
        "prompt_eval_duration": 0,
        "eval_count": answer.tokens,
        "eval_duration": duration_ns,
    }


@lru_cache(maxsize=64)
def _frames(model: str, text: str, piece_chars: int) -> tuple[bytes, ...]:
    return tuple(
        chunk(compact(_line(model, piece, False)) + b"\n") for piece in cut(text, piece_chars)
    )
