"""Ways to ask a fake provider through the real adapters."""

import asyncio
import json
import socket
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from tests.providers.wire import RELAXED, REQUEST, collect, failure, provider_at
from webapp.domain.endpoint import Deadlines, EndpointType
from webapp.fake_provider import FakeProvider
from webapp.providers.base import Done, Provider, ProviderError

# Short where a silence is to be noticed; a connection is given time.
HASTY = Deadlines(connect_s=5, first_byte_s=2, idle_s=0.3, total_s=3, reasoning_total_s=3)
KINDS = [kind for kind in EndpointType if kind is not EndpointType.BLUEPRINT]


def opened(
    fake: FakeProvider,
    kind: EndpointType = EndpointType.OPENAI,
    *,
    key: str | None = "a-key",
    deadlines: Deadlines = RELAXED,
    **wire: Any,
) -> AbstractAsyncContextManager[Provider]:
    """An adapter of this kind over it; `wire` are the fields of its `Wire`."""
    base = fake.url + ("/v1" if kind is EndpointType.OPENAI else "")
    if kind is EndpointType.WATSONX:
        wire["iam_url"] = f"{fake.url}/identity/token"
    return provider_at(base, kind, key=key, deadlines=deadlines, **wire)


def answer(
    fake: FakeProvider,
    prompt: str = "Say hello.",
    kind: EndpointType = EndpointType.OPENAI,
    model: str = "some-model",
    key: str | None = "a-key",
    **wire: Any,
) -> tuple[str, Done]:
    """Text and end of the answer to a prompt."""

    async def ask() -> tuple[str, Done]:
        async with opened(fake, kind, key=key, **wire) as provider:
            pieces, done = await collect(provider, replace(REQUEST, user=prompt, model=model))
            return "".join(pieces), done

    return asyncio.run(ask())


def error(
    fake: FakeProvider,
    prompt: str = "Say hello.",
    kind: EndpointType = EndpointType.OPENAI,
    key: str | None = "a-key",
    **wire: Any,
) -> ProviderError:
    """The error that a prompt comes to."""

    async def ask() -> ProviderError:
        async with opened(fake, kind, key=key, deadlines=HASTY, **wire) as provider:
            return await failure(provider, replace(REQUEST, user=prompt))

    return asyncio.run(ask())


def connect(fake: FakeProvider) -> socket.socket:
    """A raw connection to it."""
    host, port = fake.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def raw_post(content: bytes | str, *headers: bytes, stream: bool = False) -> bytes:
    """A request as bytes; a str is a prompt, and gets its length for a header."""
    if isinstance(content, str):
        content = json.dumps(body(content, stream=stream)).encode()
        headers = (b"Content-Length: %d" % len(content), *headers)
    lines = [b"POST /v1/chat/completions HTTP/1.1", b"Host: x", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + content


def body(prompt: object = "Say hello.", **more: Any) -> dict[str, Any]:
    """The body of a call, not streamed unless it says so."""
    messages = [{"role": "user", "content": prompt}]
    return {"model": "m", "messages": messages, "stream": False, **more}
