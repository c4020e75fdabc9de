"""A fake provider at an address."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

from webapp.fake_provider.behaviour import Behaviour
from webapp.fake_provider.connection import Connection
from webapp.fake_provider.directives import NOTHING, parse_directive
from webapp.fake_provider.provider import Exact, Ordered, Provider
from webapp.fake_provider.wire import Request

BACKLOG = 2048
PATIENCE_S = 30.0

T = TypeVar("T")


@asynccontextmanager
async def serving(provider: Provider, listener: socket.socket) -> AsyncIterator[None]:
    """Answer at a socket that listens; at the end of the block every connection is cut."""
    # asyncio leaves this to sockets that it has made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(provider, connections), sock=listener, backlog=BACKLOG
    )
    try:
        yield
    finally:
        server.close()
        for connection in list(connections):
            connection.abort()
        await asyncio.gather(*(connection.closed for connection in connections))


class FakeProvider:
    """A provider on a free port of this machine, from a thread of its own, for tests.

    `url` is its address without a path, `requests` are all it got, but those for `/fake/…`.
    """

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        self.requests: list[Request] = []
        self._provider = Provider(behaviour or Behaviour(), self.requests.append)

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._is_over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listener,), name="fake provider")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._is_over.set)
        self._thread.join()

    def will_reply(
        self,
        status: int = 200,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        *,
        fault: str | None = None,
        text: str | None = None,
        times: int = 1,
    ) -> None:
        """Order what the next requests get, in line behind what is ordered already.

        A body of str or bytes is sent as it is, any other as JSON; an error without one has its
        usual form. `fault` are the words of a directive, `text` is the text of an answer: with
        either, or with nothing, the reply is an answer, and only a call takes it. Raises
        BadDirective.
        """
        order: Exact | Ordered = Exact(status, body, headers or {})
        if body is None and status < 400:
            order = Ordered(parse_directive(fault) if fault else NOTHING, text)
        self._inside(lambda: self._provider.orders.extend([order] * times))

    def counters(self) -> dict[str, Any]:
        """What `/fake/counters` says."""
        return self._inside(self._provider.counted)

    def expire_tokens(self) -> None:
        """Let no token of IAM be good any longer."""
        self._inside(self._provider.tokens.expire)

    def reset(self) -> None:
        """Forget all requests, counts and orders."""
        self.requests.clear()
        self._inside(self._provider.reset)

    def set(self, behaviour: Behaviour) -> None:
        """Go by other options from now on."""
        self._inside(lambda: self._provider.behave(behaviour))

    def _run(self, listener: socket.socket) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve(listener))

    async def _serve(self, listener: socket.socket) -> None:
        async with serving(self._provider, listener):
            await self._is_over.wait()

    def _inside(self, act: Callable[[], T]) -> T:
        """Do something between two requests."""
        done: Future[T] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(act()))
        return done.result(PATIENCE_S)
