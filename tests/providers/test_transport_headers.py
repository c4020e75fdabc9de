"""What goes in headers, and that no secret among it is ever shown."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from tests.providers.recorded import RECORDED
from tests.providers.wire import (
    KEY,
    TOKEN,
    Seen,
    asked,
    chunked,
    endpoint_at,
    everything_of,
    failure,
    http,
    provider_at,
    saying,
    selling,
    serving,
)
from webapp.domain.endpoint import EndpointType
from webapp.providers.transport import open_transports

NAMES = ["openai", "responses", "anthropic", "gemini", "watsonx", "ollama"]
KEY_HEADERS = {
    "openai": ("authorization", f"Bearer {KEY}"),
    "responses": ("authorization", f"Bearer {KEY}"),
    "anthropic": ("x-api-key", KEY),
    "gemini": ("x-goog-api-key", KEY),
    "watsonx": ("authorization", f"Bearer {TOKEN}"),
    "ollama": ("authorization", f"Bearer {KEY}"),
}


def seen_by(name: str, **wire: Any) -> Seen:
    recorded = RECORDED[name]
    reply = chunked(recorded.body, recorded.media_type)
    seen, _ = asked(recorded.kind, [reply], **recorded.wire, **wire)
    return seen[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_key_is_in_the_header_of_the_dialect_and_nowhere_else(name: str) -> None:
    seen = seen_by(name)
    header, value = KEY_HEADERS[name]
    assert seen.headers[header] == value
    assert [each for each in seen.headers.values() if KEY in each or TOKEN in each] == [value]
    assert KEY not in seen.path + seen.body.decode()


@pytest.mark.parametrize("name", NAMES)
def test_another_header_takes_the_key_alone(name: str) -> None:
    seen = seen_by(name, key_header="X-Key")
    assert seen.headers["x-key"] == (TOKEN if name == "watsonx" else KEY)
    assert KEY_HEADERS[name][0] not in seen.headers


@pytest.mark.parametrize("name", NAMES)
def test_extra_headers_go_along_and_win(name: str) -> None:
    extra = {"X-Title": "Omni", "user-agent": "other", KEY_HEADERS[name][0].title(): "own"}
    seen = seen_by(name, headers=extra)
    assert (seen.headers["x-title"], seen.headers["user-agent"]) == ("Omni", "other")
    assert seen.headers[KEY_HEADERS[name][0]] == "own"


SECRET, WORD = "header-canary-0123456789", "word-canary-0123456789"
SECRETS = (KEY, TOKEN, SECRET, WORD)
ECHO = f"{KEY} {SECRET} {WORD}, and a longer one: {SECRET}-2"
ECHOES = {
    "in an error": http(401, {"error": {"message": ECHO, "code": ECHO, "type": ECHO}}),
    "in a text": http(500, ECHO.encode()),
    "in an error of 200": http(200, {"error": {"message": ECHO, "code": ECHO}}),
    "in a refused parameter": http(400, {"error": {"message": f"unknown {ECHO}", "param": ECHO}}),
}


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("name", NAMES)
def test_no_secret_is_in_an_error_or_a_log(
    name: str, echo: str, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = RECORDED[name]
    headers = {"X-Secret": SECRET, "X-Other": f"Basic {WORD}", "X-More": f"{SECRET}-2"}

    async def ask() -> None:
        async with (
            serving(selling(saying(ECHOES[echo]))) as server,
            provider_at(server.url, recorded.kind, **recorded.wire, headers=headers) as provider,
        ):
            error = await failure(provider)
            shown = everything_of(error) + repr(provider)
            health = await provider.health()
        assert (error.provider_message or "").endswith("••• ••• •••, and a longer one: •••")
        assert not [secret for secret in SECRETS if secret in shown + health.sentence]

    caplog.set_level(logging.DEBUG)
    asyncio.run(ask())
    assert not [secret for secret in SECRETS if secret in caplog.text]


def test_a_word_too_short_for_a_secret_is_not_masked() -> None:
    async def ask() -> None:
        reply = http(500, {"error": "1 of 10 servers is up"})
        async with (
            serving(saying(reply)) as server,
            provider_at(server.url, headers={"X-Feature": "1"}) as provider,
        ):
            assert (await failure(provider)).provider_message == "1 of 10 servers is up"

    asyncio.run(ask())


def test_endpoints_with_the_same_proxy_share_their_connections() -> None:
    async def ask() -> None:
        openai, ollama = (
            endpoint_at("http://x", kind) for kind in (EndpointType.OPENAI, EndpointType.OLLAMA)
        )
        apart = replace(openai, proxy="http://proxy.example:1")
        async with open_transports([openai, ollama, apart]) as transports:
            assert transports.of(openai) is transports.of(ollama)
            assert transports.of(openai) is not transports.of(apart)

    asyncio.run(ask())
