"""An answer as it goes over the wire: whole, or spoiled to order."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from webapp.fake_provider.answers import repair_round, with_errors
from webapp.fake_provider.dialect import (
    TOKEN_CHARS,
    Answer,
    Dialect,
    Prompt,
    piece_chars,
    tokens_in,
)
from webapp.fake_provider.directives import Directive
from webapp.fake_provider.wire import LAST_CHUNK, Ending, Refusal, Reply, chunk, head

PROSE = "That is a good question. Let me think about what your team needs before I write anything."
HUGE_PIECE = "All work and no play makes Jack a dull boy.\n".ljust(2**20, "x")
COMMENT_S = 0.2  # between two signs of life
BOMB_MB = 256
# What an error in the middle of an answer says.
MID_STATUS = 529
MID_SENTENCE = "The model is overloaded."


@dataclass(frozen=True, slots=True)
class Plan:
    """How a call is to be answered; `pace` is in tokens a second."""

    text: str
    directive: Directive
    latency_s: float
    pace: float | None

    def reply(self, dialect: Dialect, prompt: Prompt, headers: Mapping[str, str]) -> Reply:
        """The reply to a prompt."""
        fault = self.directive.fault
        if fault in _MUTE:
            return Reply(None, b"", first_s=self.latency_s, ending=_MUTE[fault], fault=fault)
        answer = self._answer(prompt)
        if prompt.streams:
            reply = self._streamed(dialect, answer, headers)
        else:
            reply = self._at_once(dialect, answer, headers)
        return _spoiled(reply, dialect, self.directive)

    def _answer(self, prompt: Prompt) -> Answer:
        text, reason = _spoiled_text(self.directive.fault, self.text)
        if self.directive.fault == "faulty" and repair_round(prompt.text) < self.directive.rounds:
            text = with_errors(text)
        chars = piece_chars(text, self.pace)
        seconds = self.latency_s + (tokens_in(text) / self.pace if self.pace else 0.0)
        if self.directive.fault == "huge":
            chars = len(text)
        has_usage = prompt.wants_usage and self.directive.fault != "no-usage"
        prompt_tokens = tokens_in(prompt.text)
        return Answer(prompt.model, text, reason, prompt_tokens, chars, seconds, has_usage)

    def _streamed(self, dialect: Dialect, answer: Answer, headers: Mapping[str, str]) -> Reply:
        pieces = dialect.frames(answer)
        return Reply(
            200,
            head(200, dialect.stream_type, headers) + dialect.opening(answer),
            pieces * self.directive.huge_mb if self.directive.fault == "huge" else pieces,
            dialect.closing(answer) + LAST_CHUNK,
            first_s=self.latency_s,
            each_s=answer.piece_chars / TOKEN_CHARS / self.pace if self.pace else 0.0,
        )

    def _at_once(self, dialect: Dialect, answer: Answer, headers: Mapping[str, str]) -> Reply:
        if self.directive.fault == "huge":
            answer = replace(answer, text=answer.text * self.directive.huge_mb)
        content = dialect.whole(answer)
        middle = len(content) // 2
        return Reply(
            200,
            head(200, "application/json", headers),
            (chunk(content[:middle]), chunk(content[middle:])),
            LAST_CHUNK,
            first_s=answer.seconds,
        )


def _spoiled_text(fault: str, text: str) -> tuple[str, str]:
    """Text and finish reason, changed by those faults that show in them."""
    half = text[: len(text) // 2]
    match fault:
        case "empty":
            return "", "stop"
        case "prose":
            return PROSE, "stop"
        case "half-json":
            return half, "stop"
        case "length":
            return half, "length"
        case "filtered":
            return half, "content_filter"
        case "refusal":
            return "", "refusal"
        case "huge":
            return HUGE_PIECE, "stop"
    return text, "stop"


def _spoiled(reply: Reply, dialect: Dialect, directive: Directive) -> Reply:
    """The reply, changed by those faults that show on the wire."""
    reply.fault = directive.fault
    middle = (len(reply.pieces) + 1) // 2
    first, second = reply.pieces[:middle], reply.pieces[middle:]
    match directive.fault:
        case "stall":
            return replace(reply, pieces=first, closing=b"", ending=Ending.SILENT)
        case "reset-mid":
            return replace(reply, pieces=first, closing=b"", ending=Ending.RESET)
        case "truncated":
            return replace(reply, pieces=first, closing=LAST_CHUNK)
        case "malformed":
            return replace(reply, pieces=(*first, dialect.broken_frame, *second))
        case "error-mid":
            error = dialect.error_frame(Refusal(MID_STATUS, MID_SENTENCE, code=directive.code))
            return replace(reply, pieces=(*first, error), closing=LAST_CHUNK)
        case "bomb":
            headers = {"content-encoding": "gzip"}
            return replace(reply, opening=head(200, dialect.stream_type, headers), pieces=_bomb())
        case "comments":
            sign = b": here\n\n" if dialect.stream_type.startswith(SSE) else b"\n"
            return replace(reply, pieces=(chunk(sign),), ending=Ending.NEVER, each_s=COMMENT_S)
        case "endless":
            return replace(reply, ending=Ending.NEVER)
        case "drip":
            return replace(
                reply,
                pieces=_bytes_of((*reply.pieces, reply.closing)),
                closing=b"",
                each_s=directive.interval_s,
            )
    return reply


_MUTE = {"reset": Ending.RESET, "silent": Ending.SILENT}
SSE = "text/event-stream"


@lru_cache(maxsize=1)
def _bomb() -> tuple[bytes, ...]:
    """A file of gzip whose every piece unpacks to 1 MB, the head before the first."""
    packer = zlib.compressobj(9, wbits=31)
    first = packer.compress(b"x" * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush a piece does not refer to those before it.
    again = packer.compress(b"x" * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    return (chunk(first), *(chunk(again),) * (BOMB_MB - 1))


def _bytes_of(pieces: Sequence[bytes]) -> list[bytes]:
    joined = b"".join(pieces)
    return [joined[place : place + 1] for place in range(len(joined))]
