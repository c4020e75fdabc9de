"""Where one JSON message of a stream ends and the next begins. No I/O.

`feed` takes bytes as the network cuts them, in the middle of a character too; `end` gives what was
left open when the stream ended.
"""

import json
from collections.abc import Iterator
from typing import Any, Protocol

Message = dict[str, Any]


class Malformed(Exception):
    """The bytes are not what the contract says."""


class Frames(Protocol):
    """Cuts a stream into messages; raises `Malformed`."""

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Give the messages that this piece completes."""
        ...

    def end(self) -> Iterator[Message]:
        """Give the message that only lacks its end of line; half a message is dropped."""
        ...


class ServerSentEvents:
    """Server-sent events, each with JSON as its data.

    As in the WHATWG HTML standard, 9.2.6, without event names, ids and lone carriage returns;
    `[DONE]` is OpenAI's end mark.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._lines: list[bytearray] = []

    def feed(self, piece: bytes) -> Iterator[Message]:
        self._rest += piece
        if b"\n" not in piece:
            return
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                self._lines.append(line[5:])
            elif self._lines and not line.rstrip(b"\r"):
                yield self._message()

    def end(self) -> Iterator[Message]:
        try:
            yield from self.feed(b"\n\n")
        except Malformed:
            return

    def _message(self) -> Message:
        text = b"\n".join(self._lines).strip()
        self._lines.clear()
        return {"done": True} if text == b"[DONE]" else _load(text)


class Lines:
    """One JSON object a line (NDJSON)."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[Message]:
        self._rest += piece
        if b"\n" not in piece:
            return
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            if line.strip():
                yield _load(line)

    def end(self) -> Iterator[Message]:
        try:
            yield from self.feed(b"\n")
        except Malformed:
            return


class Whole:
    """One JSON object that is the whole body."""

    def __init__(self) -> None:
        self._body = bytearray()

    def feed(self, piece: bytes) -> Iterator[Message]:
        self._body += piece
        yield from ()

    def end(self) -> Iterator[Message]:
        yield _load(self._body)


def _load(text: bytes | bytearray) -> Message:
    try:
        message = json.loads(text.decode())
    except (ValueError, RecursionError):
        # Raised anew outside: a decoding error holds the whole text.
        message = None
    if isinstance(message, list) and len(message) == 1:  # Gemini may send its errors so
        message = message[0]
    if not isinstance(message, dict):
        raise Malformed
    return message
