"""One endpoint on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlencode

import httpx

from webapp.domain.endpoint import Deadlines, Endpoint, Health
from webapp.providers.base import ErrorKind, GenerationRequest, ProviderError
from webapp.providers.transport.call import Call
from webapp.providers.transport.connections import NEVER_TWICE
from webapp.providers.transport.failure import Dialect
from webapp.providers.transport.frames import Message, Whole
from webapp.providers.transport.reply import Reply
from webapp.providers.transport.troubles import NO_BEGIN, NOT_JSON, before_answer

HEALTH_S = 5.0

_HEADERS = {
    "user-agent": "omni-architect",
    "accept": "application/json",
    "accept-encoding": "identity",
    "content-type": "application/json",
}
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
MAX_PAGES = 20

T = TypeVar("T")
Findings = tuple[str, tuple[str, ...]]


class Client:
    """An endpoint's address, key, deadlines and dialect, over shared connections.

    Requests go straight to the transport: an `httpx.AsyncClient` between them costs 0.09 ms a call,
    keeps cookies, and closes the connections of every endpoint when it is closed.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        transport: httpx.AsyncBaseTransport,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> None:
        self._endpoint = endpoint
        self._dialect = dialect
        self._transport = transport
        self._headers = dict(_HEADERS)
        key = endpoint.key if dialect.key_header else None
        for each in (headers, self._credential(key), endpoint.wire.headers):  # the last one wins
            self._headers.update((name.lower(), value) for name, value in each.items())
        self._keyed = _as_bytes(self._headers)
        self._timeout = {"connect": endpoint.deadlines.connect_s}

    def _credential(self, secret: str | None) -> Mapping[str, str]:
        if not secret:
            return _NO_HEADERS
        name = self._endpoint.wire.key_header or self._dialect.key_header or "Authorization"
        return {name: f"Bearer {secret}" if name.lower() == "authorization" else secret}

    def call(self, request: GenerationRequest) -> Call:
        """A call to a model; its deadlines run from now."""
        return Call(
            self._endpoint,
            self._dialect,
            request.model,
            self._endpoint.deadlines,
            never_twice=request.never_twice,
        )

    def errand(self, deadlines: Deadlines) -> Call:
        """A call to no model, with deadlines of its own, which run from now."""
        return Call(self._endpoint, self._dialect, "", deadlines)

    def post(
        self, call: Call, path: str, payload: Mapping[str, object]
    ) -> AbstractAsyncContextManager[Reply]:
        """Send JSON and wait until the answer begins; leaving the block ends the call.

        Raises ProviderError, and AnsweredError where the endpoint answers with a bad status.
        """
        return self._reply(call, "POST", path, json.dumps(payload).encode())

    async def post_form(self, call: Call, fields: Mapping[str, str]) -> Message:
        """Send a form to the base URL itself and give the JSON object; raises as `post` does."""
        async with self._reply(call, "POST", "", urlencode(fields).encode()) as reply:
            return await _whole(call, reply)

    async def get(self, call: Call, path: str, name: str, kind: type[T]) -> T:
        """Ask for a JSON object and give the named part of it; raises as `post` does."""
        return _part(call, await self._get(call, path), name, kind)

    async def get_all(
        self, call: Call, path: str, name: str, next_page: Callable[[Message], str]
    ) -> list[object]:
        """All of a list that comes in pages, at most 20 of them; raises as `post` does.

        `next_page` reads from a page what to add to the path for the next, "" after the last.
        """
        found: list[object] = []
        more = ""
        for _ in range(MAX_PAGES):
            page = await self._get(call, path + more)
            found += _part(call, page, name, list)
            if not (more := next_page(page)):
                break
        return found

    async def _get(self, call: Call, path: str) -> Message:
        async with self._reply(call, "GET", path, None) as reply:
            return await _whole(call, reply)

    async def probe(self, ask: Callable[[Call], Awaitable[Findings]]) -> Health:
        """The health that `ask` finds within 5 s: a sentence, and the models. Never raises."""
        deadlines = Deadlines(HEALTH_S, HEALTH_S, HEALTH_S, HEALTH_S, HEALTH_S)
        now = asyncio.get_running_loop().time
        start = now()
        try:
            sentence, models = await ask(self.errand(deadlines))
        except ProviderError as error:
            said = f" It says: “{error.provider_message}”" if error.provider_message else ""
            return Health(self._endpoint.name, False, error.sentence + said, (), None)
        return Health(self._endpoint.name, True, sentence, models, now() - start)

    @asynccontextmanager
    async def _reply(
        self, call: Call, method: str, path: str, content: bytes | None
    ) -> AsyncIterator[Reply]:
        sending = self._send(call, method, path, content)
        response = await call.step(sending, call.first_byte_s, NO_BEGIN, before_answer)
        reply = Reply(call, response)
        try:
            if not response.is_success:
                raise await reply.complaint()
            yield reply
        finally:
            await response.aclose()

    async def _send(
        self, call: Call, method: str, path: str, content: bytes | None
    ) -> httpx.Response:
        url, headers = _url(self._endpoint.base_url + path), self._keyed
        if call.token is not None:
            call.secrets.add(call.token)
            credential = {n.lower(): v for n, v in self._credential(call.token).items()}
            headers = _as_bytes(credential | self._headers)
        extensions = {"timeout": self._timeout, NEVER_TWICE: call.never_twice}
        request = httpx.Request(
            method, url, headers=headers, content=content, extensions=extensions
        )
        return await self._transport.handle_async_request(request)


async def _whole(call: Call, reply: Reply) -> Message:
    async for message in reply.messages(Whole()):
        return message
    raise call.error(ErrorKind.BROKEN_REPLY, NOT_JSON)


def _part(call: Call, message: Message, name: str, kind: type[T]) -> T:
    part = message.get(name)
    if not isinstance(part, kind):
        raise call.error(ErrorKind.BROKEN_REPLY, NOT_JSON)
    return part


def _as_bytes(headers: Mapping[str, str]) -> httpx.Headers:
    # httpx would refuse a key that is not ASCII, and name it.
    return httpx.Headers([(name.encode(), value.encode()) for name, value in headers.items()])


@lru_cache(maxsize=256)  # parsing it takes 30 µs, and there are few
def _url(address: str) -> httpx.URL:
    return httpx.URL(address)
