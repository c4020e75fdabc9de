"""The connections that endpoints share, kept alive between calls."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from webapp.domain.endpoint import Endpoint

# Below the 5 s after which llama.cpp and many others drop an idle connection.
KEEPALIVE_S = 4.0
# A dead connection shows within a round trip; a server that takes longer has begun to work.
STALE_S = 1.0

NEVER_TWICE = "never_twice"  # the extension of a request that must not be resent

_is_reused: ContextVar[bool] = ContextVar("_is_reused")


Way = tuple[str | None, Path | None]


class Transports:
    """What carries the calls to each endpoint; those with the same proxy and CA file share it."""

    def __init__(self, by_way: Mapping[Way, httpx.AsyncBaseTransport]) -> None:
        self._by_way = by_way

    def of(self, endpoint: Endpoint) -> httpx.AsyncBaseTransport:
        """The connections to an endpoint, one of those these were opened for."""
        return self._by_way[endpoint.proxy, endpoint.ca_file]


@asynccontextmanager
async def open_transports(endpoints: Iterable[Endpoint]) -> AsyncIterator[Transports]:
    """Connections to these endpoints, until the end of the block; any number at a time.

    A proxy is an `http://` address, perhaps with user and password. A CA file holds certificates
    to trust besides the public ones, as PEM. The environment is never asked. Needs a running loop
    and is bound to it. Raises OSError where a CA file cannot be read.
    """
    async with AsyncExitStack() as stack:
        ways = {(endpoint.proxy, endpoint.ca_file) for endpoint in endpoints}
        yield Transports({way: await stack.enter_async_context(_open(*way)) for way in ways})


@asynccontextmanager
async def _open(proxy: str | None, ca_file: Path | None) -> AsyncIterator[httpx.AsyncBaseTransport]:
    context = _ssl_context(ca_file)
    kept = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEPALIVE_S, ssl=context)
    fresh = aiohttp.TCPConnector(limit=0, force_close=True, ssl=context)
    async with _session(kept, proxy) as kept_session, _session(fresh, proxy) as fresh_session:
        yield _Connections(
            AiohttpTransport(verify=context, client=kept_session),
            AiohttpTransport(verify=context, client=fresh_session),
        )


class _Connections(httpx.AsyncBaseTransport):
    """Sends over a kept connection, and once more over a fresh one if that had been closed.

    httpx's own pool is not used: it needs many times the CPU once 100 connections are idle.
    """

    def __init__(self, kept: AiohttpTransport, fresh: AiohttpTransport) -> None:
        self._kept = kept
        self._fresh = fresh

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.extensions.get(NEVER_TWICE):  # it would not be known whether it had arrived
            return await self._fresh.handle_async_request(request)
        now = asyncio.get_running_loop().time
        _is_reused.set(False)
        sent_at = now()
        try:
            return await self._kept.handle_async_request(request)
        except httpx.TransportError as error:
            if not (_is_reused.get() and _is_closed(error) and now() - sent_at < STALE_S):
                raise
        return await self._fresh.handle_async_request(request)


def _is_closed(error: httpx.TransportError) -> bool:
    """Whether the other side had hung up before it said anything."""
    # httpx-aiohttp calls both a ConnectTimeout: only the cause tells.
    cause = error.__cause__
    if isinstance(cause, aiohttp.ServerDisconnectedError):
        return isinstance(cause.message, str)  # else it is the beginning of an answer
    return isinstance(cause, aiohttp.ClientOSError | aiohttp.ClientConnectionResetError)


def _session(connector: aiohttp.TCPConnector, proxy: str | None) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_reuse)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        proxy=proxy,
        trace_configs=[trace],
    )


async def _note_reuse(
    session: aiohttp.ClientSession,
    context: SimpleNamespace,
    params: aiohttp.TraceConnectionReuseconnParams,
) -> None:
    _is_reused.set(True)


@cache  # it costs 20 ms, and health checks open a transport each
def _ssl_context(ca_file: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context
