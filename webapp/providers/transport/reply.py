"""An answer as it comes over the wire."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import httpx

from webapp.providers.base import ErrorKind, ProviderError
from webapp.providers.transport.call import Call
from webapp.providers.transport.complaint import Complaint, complaint_in, read_complaint
from webapp.providers.transport.failure import AnsweredError, answered_error, request_id
from webapp.providers.transport.frames import (
    Frames,
    Malformed,
    Message,
    ServerSentEvents,
    Whole,
)
from webapp.providers.transport.limits import rate_limits
from webapp.providers.transport.troubles import (
    BROKE_OFF,
    NOT_JSON,
    ODD_ENCODING,
    SILENCE,
    TOO_LARGE,
    WEB_PAGE,
    Trouble,
)

MAX_REPLY_BYTES = 16 * 2**20
MAX_COMPLAINT_BYTES = 65_536
COMPLAINT_S = 5.0  # for the words after a bad status: without them the status must do
REST_S = 0.05  # after a small piece: tokens that come one by one cost twice the CPU
SMALL_BYTES = 4096
GRACE_S = 0.25  # for the end of a stream after its last message, so that the connection is kept


class Reply:
    """An answer that has begun; its headers may have told of `limits`."""

    def __init__(self, call: Call, response: httpx.Response) -> None:
        # One pass: looking a name up in httpx.Headers goes through all of them.
        raw = response.headers.raw
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
        call.request_id = request_id(headers)
        self.limits = rate_limits(headers, call.dialect.limits, datetime.now(UTC))
        self._headers = headers
        self._media_type = headers.get("content-type", "").partition(";")[0].lower()
        self._encoding = headers.get("content-encoding", "identity").lower()
        self._call = call
        self._response = response
        self._pieces = response.aiter_raw()
        self._room = MAX_REPLY_BYTES
        # 32 + 15: gzip or zlib, whichever its header says.
        self._inflater = zlib.decompressobj(wbits=47) if self._encoding in _DEFLATED else None
        self._is_readable = self._encoding == "identity" or self._inflater is not None

    async def messages(self, frames: Frames | None = None) -> AsyncIterator[Message]:
        """Yield each JSON object of the answer, at most 16 MB decoded.

        Raises ProviderError, and AnsweredError where a message is a complaint. Whether the answer
        is whole is not judged here. After the last message of the dialect nothing counts any more.
        """
        frames = frames or self._frames()
        is_done = False
        piece: bytes | None = b""
        while piece is not None:
            try:
                piece = await self._next(GRACE_S if is_done else self._call.idle_s)
            except ProviderError:
                if is_done:
                    return
                raise
            if is_done:
                continue
            cut = frames.end() if piece is None else frames.feed(piece)
            for message in self._checked(cut):
                yield message
                if is_done := self._call.dialect.is_last(message):
                    break
            if piece and len(piece) < SMALL_BYTES and not is_done:
                await asyncio.sleep(REST_S)

    async def complaint(self) -> AnsweredError:
        """The error that an answer with a bad status comes to; its words may be cut."""
        words = bytearray()
        if self._is_readable:
            with suppress(ProviderError):
                await self._call.step(self._gather(words), COMPLAINT_S, SILENCE, _in_answer)
        error = self._answered(read_complaint(self._response.status_code, bytes(words)))
        error.limits = self.limits
        return error

    async def _gather(self, words: bytearray) -> None:
        while (piece := await self._next(COMPLAINT_S)) is not None:
            words += piece
            if len(words) > MAX_COMPLAINT_BYTES:
                return

    async def _next(self, silence_s: float) -> bytes | None:
        """The next piece of the body, decoded; None at its end."""
        self._call.check_time()
        step = anext(self._pieces, None)
        piece = await self._call.step(step, silence_s, SILENCE, _in_answer)
        if piece is not None and self._inflater is not None:
            try:
                piece = self._inflater.decompress(piece, self._room + 1)
            except zlib.error:
                raise self._call.error(ErrorKind.BROKEN_REPLY, NOT_JSON) from None
        self._room -= len(piece or b"")
        if self._room < 0:
            raise self._call.error(ErrorKind.TOO_LARGE, TOO_LARGE)
        return piece

    def _frames(self) -> Frames:
        if self._media_type == "text/html":
            raise self._call.error(ErrorKind.BROKEN_REPLY, WEB_PAGE)
        if not self._is_readable:
            raise self._call.error(ErrorKind.BROKEN_REPLY, ODD_ENCODING)
        frames = self._call.dialect.frames()
        # Asked for events: what comes as JSON is one object, an error or an answer at once.
        is_whole = self._media_type == "application/json" and isinstance(frames, ServerSentEvents)
        return Whole() if is_whole else frames

    def _checked(self, messages: Iterator[Message]) -> Iterator[Message]:
        try:
            for message in messages:
                if error := _error_in(message):
                    raise self._answered(complaint_in(error))
                yield message
        except Malformed:
            raise self._call.error(ErrorKind.BROKEN_REPLY, NOT_JSON) from None

    def _answered(self, complaint: Complaint) -> AnsweredError:
        call = self._call
        return answered_error(
            call.endpoint,
            call.dialect,
            complaint,
            self._headers,
            model=call.model,
            http_status=self._response.status_code,
            secrets=call.secrets,
        )


_DEFLATED = frozenset({"gzip", "x-gzip", "deflate"})


def _error_in(message: Message) -> Message | None:
    """The part of a message that is a complaint."""
    for part in (message, message.get("response")):  # OpenAI's Responses wraps some
        # `errors` are watsonx's, an `object` "error" is vLLM's, a `type` Anthropic's and OpenAI's.
        if isinstance(part, dict) and (
            part.get("error")
            or part.get("errors")
            or "error" in (part.get("object"), part.get("type"))
        ):
            return part
    return None


def _in_answer(_: Exception) -> Trouble:
    return Trouble(ErrorKind.BROKEN_REPLY, BROKE_OFF)
