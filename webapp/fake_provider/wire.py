"""HTTP/1.1 as far as clients of models speak it: bytes to requests, replies to bytes. No I/O."""

import itertools
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from webapp.fake_provider.counters import Call

MAX_HEAD_BYTES = 65_536
MAX_BODY_BYTES = 64 * 2**20
BULKY_BYTES = 2**20
LAST_CHUNK = b"0\r\n\r\n"
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class Refusal(Exception):
    """What gets an error for an answer; the message is a sentence for the client.

    `wait_s` is how long the headers tell it to wait.
    """

    def __init__(
        self,
        status: int,
        sentence: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.wait_s = wait_s


@dataclass(slots=True)
class Request:
    """A request as it came; names of headers are in lower case, `time` is seconds since 1970.

    `body` is the JSON object in `content`, or empty where there is none; `asked` is what stands
    behind the question mark of the address.
    """

    method: str
    path: str
    headers: dict[str, str]
    content: bytes
    time: float
    body: dict[str, Any]
    asked: str = ""

    @property
    def query(self) -> dict[str, str]:
        """What was asked for behind the address; of a name that comes twice, the last counts."""
        return dict(parse_qsl(self.asked, keep_blank_values=True))


class Reader:
    """Cuts what comes over one connection into requests."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._head: tuple[str, str, str, dict[str, str]] | None = None
        self._chunks = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take in what the network gave."""
        self._bytes += piece

    def next(self) -> Request | None:
        """The next request that is whole; None while there is none. Raises Refusal."""
        if self._head is None:
            self._head = self._read_head()
        if self._head is None:
            return None
        method, path, asked, headers = self._head
        content = self._read_body(headers)
        if content is None:
            return None
        self._head = None
        return Request(method, path, headers, content, time.time(), _json_object(content), asked)

    def _read_head(self) -> tuple[str, str, str, dict[str, str]] | None:
        end = self._bytes.find(b"\r\n\r\n")
        if max(end, len(self._bytes) if end < 0 else 0) > MAX_HEAD_BYTES:
            raise Refusal(431, "The headers are over 64 KB.")
        if end < 0:
            return None
        first, *lines = self._bytes[:end].decode("latin-1").split("\r\n")
        del self._bytes[: end + 4]
        words = first.split(" ")
        if len(words) != 3 or words[2] != "HTTP/1.1":
            raise Refusal(400, "This is not a request in HTTP/1.1.")
        fields = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in fields}
        path, _, asked = words[1].partition("?")
        return words[0], path, asked, headers

    def _read_body(self, headers: Mapping[str, str]) -> bytes | None:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise Refusal(400, "The Content-Length is not a number.")
        size = int(length[:20])
        _check_size(size)
        return self._take(size) if len(self._bytes) >= size else None

    def _read_chunks(self) -> bytes | None:
        while (end := self._bytes.find(b"\r\n")) >= 0:
            size = _chunk_size(self._bytes[:end])
            _check_size(len(self._chunks) + size)
            if size == 0:  # trailers may follow
                return self._end_of_chunks()
            if len(self._bytes) < end + 2 + size + 2:
                return None
            self._chunks += self._bytes[end + 2 : end + 2 + size]
            del self._bytes[: end + 2 + size + 2]
        return None

    def _end_of_chunks(self) -> bytes | None:
        end = self._bytes.find(b"\r\n\r\n")
        if end < 0:
            return None
        del self._bytes[: end + 4]
        content, self._chunks = bytes(self._chunks), bytearray()
        return content

    def _take(self, size: int) -> bytes:
        content = bytes(self._bytes[:size])
        del self._bytes[:size]
        return content


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise Refusal(413, "The body is over 64 MB.")


def _chunk_size(line: bytearray) -> int:
    digits = line.partition(b";")[0].strip()
    try:
        if digits.isalnum():
            return int(digits, 16)
    except ValueError:
        pass
    raise Refusal(400, "A chunk of the body does not begin with its size.")


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content) if content else None
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


class Ending(Enum):
    """What becomes of a connection after a reply."""

    KEEP = auto()
    RESET = auto()
    SILENT = auto()  # open, until the client leaves
    NEVER = auto()  # the pieces come again and again, until the client leaves


@dataclass(slots=True)
class Reply:
    """Bytes to send: the opening after `first_s` seconds, a piece every `each_s`, the closing.

    `status` is None where nothing is sent. `retry_after_s` is what the client was told to wait.
    """

    status: int | None
    opening: bytes
    pieces: Sequence[bytes] = ()
    closing: bytes = b""
    first_s: float = 0.0
    each_s: float = 0.0
    ending: Ending = Ending.KEEP
    retry_after_s: float = 0.0
    fault: str = ""
    call: "Call | None" = field(default=None, repr=False)

    @property
    def is_instant(self) -> bool:
        """Whether one write does it all, now."""
        return self.ending is Ending.KEEP and not self.first_s and self._is_joined

    def parts(self) -> Iterable[bytes]:
        """What to write, one after the other."""
        if self.ending is Ending.NEVER:
            return itertools.chain((self.opening,), itertools.cycle(self.pieces))
        if self._is_joined:
            return [b"".join((self.opening, *self.pieces, self.closing))]
        parts = [self.opening, *self.pieces]
        parts[-1] += self.closing
        return parts

    @property
    def _is_joined(self) -> bool:
        return not self.each_s and sum(map(len, self.pieces)) < BULKY_BYTES


def chunk(piece: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def head(status: int, media_type: str, headers: Mapping[str, str]) -> bytes:
    """The head of an answer that comes in chunks."""
    return _head(status, {"Content-Type": media_type, "Transfer-Encoding": "chunked", **headers})


def whole(status: int, body: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A whole answer: text and bytes as they are, anything else as JSON."""
    media_type = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    content = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    fields = {"content-type": media_type, "content-length": str(len(content))}
    fields |= {name.lower(): value for name, value in (headers or {}).items()}
    return Reply(status, _head(status, fields) + content)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"HTTP/1.1 {status} {_REASONS.get(status, 'Whatever')}\r\n{fields}\r\n".encode(
        "latin-1", "replace"
    )
