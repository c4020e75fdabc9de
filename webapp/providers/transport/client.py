"""One endpoint on the wire."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import TypeVar

import httpx

from webapp.domain.endpoint import Deadlines, Endpoint, Health
from webapp.providers.base import ErrorKind, ProviderError
from webapp.providers.transport.call import Call
from webapp.providers.transport.failure import Dialect
from webapp.providers.transport.frames import Whole
from webapp.providers.transport.reply import Reply
from webapp.providers.transport.troubles import NO_BEGIN, NOT_JSON, before_answer

HEALTH_S = 5.0

T = TypeVar("T")
Findings = tuple[str, tuple[str, ...]]


class Client:
    """An endpoint's address, key, deadlines and dialect, over shared connections.

    Requests go straight to the transport: an `httpx.AsyncClient` between them costs 0.09 ms a call,
    keeps cookies, and closes the connections of every endpoint when it is closed.
    """

    def __init__(
        self, endpoint: Endpoint, dialect: Dialect, transport: httpx.AsyncBaseTransport
    ) -> None:
        self._endpoint = endpoint
        self._dialect = dialect
        self._transport = transport
        headers = {
            "User-Agent": "omni-architect",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
        }
        if endpoint.key:
            headers["Authorization"] = f"Bearer {endpoint.key}"
        # As bytes, for httpx would refuse a key that is not ASCII, and name it.
        self._headers = httpx.Headers([(n.encode(), v.encode()) for n, v in headers.items()])
        self._extensions = {"timeout": {"connect": endpoint.deadlines.connect_s}}

    def call(self, model: str) -> Call:
        """A call to a model; its deadlines run from now."""
        return Call(self._endpoint, self._dialect, model, self._endpoint.deadlines)

    def post(
        self, call: Call, path: str, payload: Mapping[str, object]
    ) -> AbstractAsyncContextManager[Reply]:
        """Send JSON and wait until the answer begins; leaving the block ends the call.

        Raises ProviderError, and AnsweredError where the endpoint answers with a bad status.
        """
        return self._reply(call, "POST", path, json.dumps(payload).encode())

    async def get(self, call: Call, path: str, name: str, kind: type[T]) -> T:
        """Ask for a JSON object and give the named part of it; raises as `post` does."""
        async with self._reply(call, "GET", path, None) as reply:
            async for message in reply.messages(Whole()):
                part = message.get(name)
                if isinstance(part, kind):
                    return part
        raise call.error(ErrorKind.BROKEN_REPLY, NOT_JSON)

    async def probe(self, ask: Callable[[Call], Awaitable[Findings]]) -> Health:
        """The health that `ask` finds within 5 s: a sentence, and the models. Never raises."""
        deadlines = Deadlines(HEALTH_S, HEALTH_S, HEALTH_S, HEALTH_S, HEALTH_S)
        now = asyncio.get_running_loop().time
        start = now()
        try:
            sentence, models = await ask(Call(self._endpoint, self._dialect, "", deadlines))
        except ProviderError as error:
            said = f" It says: “{error.provider_message}”" if error.provider_message else ""
            return Health(self._endpoint.name, False, error.sentence + said, (), None)
        return Health(self._endpoint.name, True, sentence, models, now() - start)

    @asynccontextmanager
    async def _reply(
        self, call: Call, method: str, path: str, content: bytes | None
    ) -> AsyncIterator[Reply]:
        sending = self._send(method, path, content)
        response = await call.step(sending, call.first_byte_s, NO_BEGIN, before_answer)
        reply = Reply(call, response)
        try:
            if not response.is_success:
                raise await reply.complaint()
            yield reply
        finally:
            await response.aclose()

    async def _send(self, method: str, path: str, content: bytes | None) -> httpx.Response:
        url = _url(self._endpoint.base_url + path)
        request = httpx.Request(
            method, url, headers=self._headers, content=content, extensions=self._extensions
        )
        return await self._transport.handle_async_request(request)


@cache  # parsing it takes 30 µs, and there are few
def _url(address: str) -> httpx.URL:
    return httpx.URL(address)
