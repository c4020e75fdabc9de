"""A server that speaks raw bytes, and short ways to call a provider."""

import asyncio
import json
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webapp.domain.endpoint import Deadlines, Endpoint, EndpointType, Health
from webapp.domain.endpoint import Wire as WireContract
from webapp.providers import build_providers
from webapp.providers.base import Done, GenerationRequest, Provider, ProviderError, Text
from webapp.providers.transport import open_transports

KEY = "sk-canary-0123456789"
TOKEN = "token-canary-0123456789"
IAM = "/iam"
RELAXED = Deadlines(connect_s=5, first_byte_s=10, idle_s=10, total_s=20, reasoning_total_s=20)
REQUEST = GenerationRequest("some-model", "Be brief.", "Say hello.", 100)


@dataclass(frozen=True)
class Seen:
    """A request as it came over the wire; `connection` counts from 1."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def payload(self) -> dict[str, Any]:
        """The body as JSON."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload


Talk = Callable[[Seen, asyncio.Transport], Awaitable[None]]


@dataclass
class Wire:
    """Where a raw server listens, and what it has seen so far."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what was seen fulfils a condition; TimeoutError after 5 s."""
        async with asyncio.timeout(5):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class _Connection(asyncio.Protocol):
    def __init__(self, wire: Wire, talk: Talk) -> None:
        self._wire = wire
        self._talk = talk
        self._bytes = b""
        self._talking: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._wire.opened += 1
        self._wire.changed.set()
        self._number = self._wire.opened

    def data_received(self, data: bytes) -> None:
        self._bytes += data
        head, found, rest = self._bytes.partition(b"\r\n\r\n")
        if not found:
            return
        first, *fields = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (f.split(": ", 1) for f in fields)}
        size = int(headers.get("content-length", 0))
        if len(rest) < size:
            return
        self._bytes = rest[size:]
        method, path, _ = first.split(" ")
        seen = Seen(method, path, headers, rest[:size], self._number)
        self._wire.seen.append(seen)
        self._wire.changed.set()
        self._talking = asyncio.ensure_future(self._talk(seen, self._transport))

    def connection_lost(self, exc: Exception | None) -> None:
        self._wire.closed += 1
        self._wire.changed.set()
        if self._talking is not None:
            self._talking.cancel()


@asynccontextmanager
async def serving(talk: Talk, certificate: Path | None = None) -> AsyncIterator[Wire]:
    """A server on a free port that answers each request by `talk` and keeps connections open.

    `certificate` is a PEM file with its key; the server speaks TLS then.
    """
    wire = Wire()
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(wire, talk), "127.0.0.1", 0, ssl=context)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()


def saying(*replies: bytes) -> Talk:
    """Answer the first request with the first reply, and so on; the last one repeats."""
    left = list(replies)

    async def talk(_: Seen, transport: asyncio.Transport) -> None:
        transport.write(left.pop(0) if len(left) > 1 else left[0])

    return talk


def selling(talk: Talk, tokens: Talk | None = None) -> Talk:
    """Answer requests for a token of watsonx apart, if nothing else is said with `TOKEN`."""
    tokens = tokens or saying(http(200, {"access_token": TOKEN, "expires_in": 3600}))

    async def either(seen: Seen, transport: asyncio.Transport) -> None:
        await (tokens if seen.path == IAM else talk)(seen, transport)

    return either


def http(status: int, body: bytes | dict[str, Any] = b"", **headers: str) -> bytes:
    """A whole HTTP answer; underscores in header names become dashes."""
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        headers.setdefault("content_type", "application/json")
    headers["content_length"] = str(len(body))
    fields = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Whatever\r\n{fields}\r\n".encode() + body


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nX-Request-Id: req_7\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def chunked(body: bytes, media_type: bytes = b"text/event-stream", size: int = 0) -> bytes:
    """A whole streamed answer in HTTP chunks of at most `size` bytes, or one chunk."""
    size = size or max(len(body), 1)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return STREAM_HEAD % media_type + b"".join(map(chunk, pieces)) + b"0\r\n\r\n"


def chunk(piece: bytes) -> bytes:
    """One HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(piece), piece)


def endpoint_at(
    url: str,
    kind: EndpointType = EndpointType.OPENAI,
    *,
    key: str | None = KEY,
    deadlines: Deadlines = RELAXED,
    **wire: Any,
) -> Endpoint:
    """An endpoint of a raw server; `wire` are the fields of its `Wire`."""
    if kind is EndpointType.WATSONX:
        wire = {"iam_url": url + IAM, "project_id": "some-project", **wire}
    return Endpoint(
        name=kind.value,
        type=kind,
        base_url=url,
        key=key,
        cap=None,
        cap_setting="",
        deadlines=deadlines,
        is_local=True,
        key_setting=f"{kind.name}_API_KEY",
        url_setting="OLLAMA_HOST" if kind is EndpointType.OLLAMA else f"{kind.name}_BASE_URL",
        wire=WireContract(**wire),
    )


@asynccontextmanager
async def provider_at(
    url: str,
    kind: EndpointType = EndpointType.OPENAI,
    *,
    key: str | None = KEY,
    deadlines: Deadlines = RELAXED,
    **wire: Any,
) -> AsyncIterator[Provider]:
    """A provider over connections of its own; `wire` are the fields of a `Wire`."""
    endpoint = endpoint_at(url, kind, key=key, deadlines=deadlines, **wire)
    async with open_transports([endpoint]) as transports:
        yield build_providers([endpoint], transports, str)[endpoint.name]


async def collect(
    provider: Provider, request: GenerationRequest = REQUEST
) -> tuple[list[str], Done]:
    """All pieces of text of an answer, and its end."""
    events = [event async for event in provider.stream(request)]
    done = events.pop()
    assert isinstance(done, Done)
    return [event.text for event in events if isinstance(event, Text)], done


async def failure(provider: Provider, request: GenerationRequest = REQUEST) -> ProviderError:
    """The error a call ends with; AssertionError where it ends well."""
    try:
        answer = await collect(provider, request)
    except ProviderError as error:
        return error
    raise AssertionError(f"no error, but {answer}")


def answer_to(
    reply: bytes | Sequence[bytes],
    request: GenerationRequest = REQUEST,
    kind: EndpointType = EndpointType.OPENAI,
    **wire: Any,
) -> tuple[str, Done]:
    """What one call comes to whose server gives these replies, one a request."""

    async def ask() -> tuple[str, Done]:
        replies = [reply] if isinstance(reply, bytes) else reply
        async with (
            serving(selling(saying(*replies))) as server,
            provider_at(server.url, kind, **wire) as provider,
        ):
            pieces, done = await collect(provider, request)
            return "".join(pieces), done

    return asyncio.run(ask())


def error_of(
    reply: bytes | Sequence[bytes],
    request: GenerationRequest = REQUEST,
    kind: EndpointType = EndpointType.OPENAI,
    **wire: Any,
) -> ProviderError:
    """The error of one call whose server gives these replies, one a request."""

    async def ask() -> ProviderError:
        replies = [reply] if isinstance(reply, bytes) else reply
        async with (
            serving(selling(saying(*replies))) as server,
            provider_at(server.url, kind, **wire) as provider,
        ):
            return await failure(provider, request)

    return asyncio.run(ask())


def asked(
    kind: EndpointType,
    replies: Sequence[bytes],
    request: GenerationRequest = REQUEST,
    **wire: Any,
) -> tuple[list[Seen], Done]:
    """What came over the wire for one call that ends well, without those for tokens; its end."""

    async def ask() -> tuple[list[Seen], Done]:
        async with (
            serving(selling(saying(*replies))) as server,
            provider_at(server.url, kind, **wire) as provider,
        ):
            _, done = await collect(provider, request)
        return [seen for seen in server.seen if seen.path != IAM], done

    return asyncio.run(ask())


async def health_of(kind: EndpointType, *replies: bytes, **wire: Any) -> tuple[Health, list[Seen]]:
    """What a probe finds, and what came over the wire for it."""
    async with (
        serving(selling(saying(*replies))) as server,
        provider_at(server.url, kind, **wire) as provider,
    ):
        return await provider.health(), server.seen


def everything_of(error: BaseException) -> str:
    """All that a log could ever show of an error."""
    parts = traceback.format_exception(error)
    link: BaseException | None = error
    while link is not None:
        parts += [str(link), repr(link), repr(link.args), repr(vars(link))]
        link = link.__cause__ or link.__context__
    return "\n".join(parts)
