"""One connection of a client."""

import asyncio
import socket
import struct
from typing import cast

from webapp.fake_provider.provider import Provider
from webapp.fake_provider.wire import Ending, Reader, Refusal, Reply

# Closing with nothing to linger for sends a reset.
_NO_LINGER = struct.pack("ii", 1, 0)


class Connection(asyncio.Protocol):
    """Reads requests and sends their replies, one after the other."""

    def __init__(self, provider: Provider, open_connections: set["Connection"]) -> None:
        self._provider = provider
        self._open = open_connections
        self._reader = Reader()
        self._reply: Reply | None = None
        self._playing: asyncio.Task[None] | None = None
        self._is_last = False
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; a reply that was not through is cancelled."""
        self._open.discard(self)
        self.closed.set_result(None)
        if self._playing is not None:
            self._playing.cancel()
        if self._reply is not None:
            self._provider.counters.end(self._reply, is_cancelled=True)

    def data_received(self, data: bytes) -> None:
        """Take in what came."""
        self._reader.feed(data)
        self._go_on()

    def pause_writing(self) -> None:
        """The client reads slower than it is sent to."""
        self._has_room.clear()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._has_room.set()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def _go_on(self) -> None:
        """Answer what is there, up to a reply that takes time."""
        while self._reply is None and not self._transport.is_closing():
            try:
                request = self._reader.next()
            except Refusal as refusal:
                self._is_last = True
                self._send(self._provider.complain(refusal))
                return
            if request is None:
                return
            self._is_last = request.headers.get("connection", "").lower() == "close"
            self._send(self._provider.reply(request))

    def _send(self, reply: Reply) -> None:
        self._reply = reply
        if reply.is_instant:
            self._transport.writelines(reply.parts())
            self._end(reply)
        else:
            self._playing = asyncio.ensure_future(self._play(reply))

    async def _play(self, reply: Reply) -> None:
        now = asyncio.get_running_loop().time
        due = now() + reply.first_s
        for part in reply.parts():
            await asyncio.sleep(due - now())
            await self._has_room.wait()
            self._transport.write(part)
            due += reply.each_s
        if reply.ending is Ending.SILENT:
            await asyncio.get_running_loop().create_future()
        self._playing = None
        self._end(reply)
        self._go_on()

    def _end(self, reply: Reply) -> None:
        self._provider.counters.end(reply)
        self._reply = None
        if reply.ending is Ending.RESET:
            peer: socket.socket = self._transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self._transport.abort()
        elif self._is_last:
            self._transport.close()
