"""Clients that ask at a steady rate and count every request that was not answered.

Strict ones: what a browser would quietly send once more on a fresh connection counts as failed.
"""

import asyncio
import contextlib
import itertools
import select
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PATHS = ("/healthz", "/", "/batches", "/static/app.css")
PATIENCE_S = 30.0
CLIENTS = 48
OFTEN_S = 0.1
RARE_S = 2.3
RARE = 8  # every so many-th client asks rarely


@dataclass
class Counted:
    """What came of the requests; `failed` says of each failed one how it failed."""

    answered: int = 0
    failed: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    last_words: int = 0  # answers after which the server closed a connection that we would keep

    def has(self, answered: int) -> bool:
        """Whether at least so many requests were answered."""
        return self.answered >= answered

    def took(self, seconds: float) -> None:
        """Count an answer."""
        self.answered += 1
        self.slowest_s = max(self.slowest_s, seconds)


class Client:
    """One request after another to a server, over a kept connection or a fresh one each."""

    def __init__(self, url: str, counted: Counted, more: str, *, keeps: bool) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)
        self._counted = counted
        self._more = more
        self._keeps = keeps
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str) -> None:
        """Send one request, and count what came of it."""
        started = time.monotonic()
        if self._is_closed():
            await self.close()  # while nothing was asked: any client sees that first
        is_kept = self._streams is not None
        try:
            async with asyncio.timeout(PATIENCE_S):
                status = await self._exchange(path)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            await self.close()
            kind = "kept" if is_kept else "fresh"
            self._counted.failed.append(f"{path} on a {kind} connection: {error!r}")
            return
        if status >= 500:
            self._counted.failed.append(f"{path}: {status}")
        self._counted.took(time.monotonic() - started)

    def _is_closed(self) -> bool:
        """Whether the server has closed the connection: the socket knows, the loop may not yet."""
        if self._streams is None:
            return False
        readable, _, _ = select.select([self._streams[1].get_extra_info("socket")], [], [], 0)
        return bool(readable)

    async def _exchange(self, path: str) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        wish = "keep-alive" if self._keeps else "close"
        head = f"GET {path} HTTP/1.1\r\nConnection: {wish}\r\n{self._more}\r\n"
        writer.write(head.encode())
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines[1:])
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self._counted.last_words += self._keeps
            await self.close()
        return int(lines[0].split()[1])

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._streams is None:
            return
        writer, self._streams = self._streams[1], None
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class SteadyLoad:
    """Clients in a thread of their own, every other one over a kept connection.

    Each asks ten times a second, but for a few that pause longer than a worker that stops keeps
    an idle connection.
    """

    def __init__(self, url: str, more: str) -> None:
        self.counted = counted = Counted()
        self._clients = [Client(url, counted, more, keeps=n % 2 == 0) for n in range(CLIENTS)]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> Counted:
        """Let every client have its answer; gives what was counted."""
        self._stop.set()
        self._thread.join()
        return self.counted

    async def _work(self) -> None:
        await asyncio.gather(*map(self._ask_on, range(CLIENTS)))
        for client in self._clients:
            await client.close()

    async def _ask_on(self, number: int) -> None:
        client = self._clients[number]
        each_s = RARE_S if number % RARE == 0 else OFTEN_S
        await asyncio.sleep(OFTEN_S * number / CLIENTS)
        for turn in itertools.count(number):
            if self._stop.is_set():
                return
            began = time.monotonic()
            await client.ask(PATHS[turn % len(PATHS)])
            await asyncio.sleep(max(0.0, began + each_s - time.monotonic()))


@contextlib.contextmanager
def steady_load(url: str, more: str = "Host: 127.0.0.1\r\n") -> Iterator[Counted]:
    """What is counted while the block runs; after it, every request has had its answer.

    `more` are further lines of each request's head.
    """
    load = SteadyLoad(url, more)
    load.start()
    try:
        yield load.counted
    finally:
        load.stop()
