import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.providers.chunks import delta, event, finish
from tests.providers.wire import (
    IAM,
    KEY,
    REQUEST,
    TOKEN,
    Seen,
    Wire,
    asked,
    chunked,
    collect,
    error_of,
    failure,
    health_of,
    http,
    provider_at,
    saying,
    selling,
    serving,
)
from webapp.domain.endpoint import Deadlines, EndpointType
from webapp.providers.base import ErrorKind

WATSONX = EndpointType.WATSONX
HELLO = chunked(event(delta("Hel"), delta("lo"), finish()))
FULL = replace(REQUEST, temperature=0.0, seed=1, schema={"type": "object"})


def complaint(status: int, code: str) -> bytes:
    errors = [{"code": code, "message": f"{code} for {TOKEN} and {KEY}"}]
    return http(status, {"errors": errors, "trace": "t", "status_code": status})


EXPIRED = complaint(401, "authentication_token_expired")


def token(text: str = TOKEN, life_s: object = 3600) -> bytes:
    expiration = 1  # long past by the clock here, which may be wrong
    return http(200, {"access_token": text, "expires_in": life_s, "expiration": expiration})


def requests_for_tokens(wire: Wire) -> int:
    return sum(seen.path == IAM for seen in wire.seen)


def bearers(wire: Wire) -> list[str]:
    return [seen.headers["authorization"][7:] for seen in wire.seen if seen.path != IAM]


def test_the_path_asks_for_a_stream_and_the_body_names_a_project() -> None:
    (seen,), done = asked(WATSONX, [HELLO], FULL)
    assert seen.path == "/ml/v1/text/chat_stream?version=2026-10-14"
    assert seen.payload == {
        "model_id": "some-model",
        "project_id": "some-project",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Say hello."},
        ],
        "max_completion_tokens": 100,
        "temperature": 0.0,
        "seed": 1,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": {"type": "object"}},
        },
    }
    assert seen.headers["accept"] == "application/json, text/event-stream"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert KEY not in str(seen)
    assert done.warnings == ()


def test_a_space_goes_instead_of_a_project() -> None:
    (seen,), _ = asked(
        WATSONX,
        [HELLO],
        project_id=None,
        space_id="some-space",
        api_version="2024-01-01",
        limit_field="max_tokens",
    )
    assert seen.path == "/ml/v1/text/chat_stream?version=2024-01-01"
    assert (seen.payload["space_id"], seen.payload["max_tokens"]) == ("some-space", 100)
    assert "project_id" not in seen.payload


def test_the_key_buys_a_token_with_a_form() -> None:
    async def ask() -> None:
        talk = selling(saying(HELLO), saying(token()))
        async with serving(talk) as wire, provider_at(wire.url, WATSONX, key="a+b/c=") as provider:
            await collect(provider)
            seen = wire.seen[0]
            assert (seen.method, seen.path) == ("POST", IAM)
            assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
            assert "authorization" not in seen.headers
            assert seen.body == (
                b"grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey&apikey=a%2Bb%2Fc%3D"
            )

    asyncio.run(ask())


def test_extra_headers_go_to_the_endpoint_and_not_for_tokens() -> None:
    async def ask() -> None:
        talk = selling(saying(HELLO), saying(token()))
        headers = {"X-Gateway": "secret"}
        async with (
            serving(talk) as wire,
            provider_at(wire.url, WATSONX, headers=headers) as provider,
        ):
            await collect(provider)
            assert [seen.headers.get("x-gateway") for seen in wire.seen] == [None, "secret"]

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("life_s", "bought"),
    [(3600, 1), (1800, 1), (None, 1), ("x", 1), (4, 1), (0, 3)],
)
def test_a_token_is_kept_while_it_holds(life_s: object, bought: int) -> None:
    async def ask() -> None:
        async with (
            serving(selling(saying(HELLO), saying(token(life_s=life_s)))) as wire,
            provider_at(wire.url, WATSONX) as provider,
        ):
            for _ in range(3):
                await collect(provider)
            assert requests_for_tokens(wire) == bought

    asyncio.run(ask())


def test_a_hundred_calls_at_once_buy_one_token() -> None:
    async def ask() -> None:
        async with (
            serving(selling(saying(HELLO), saying(token()))) as wire,
            provider_at(wire.url, WATSONX) as provider,
        ):
            answers = await asyncio.gather(*(collect(provider) for _ in range(100)))
            assert {"".join(pieces) for pieces, _ in answers} == {"Hello"}
            assert requests_for_tokens(wire) == 1

    asyncio.run(ask())


def test_a_hundred_calls_whose_token_expired_buy_one_more() -> None:
    async def chat(seen: Seen, transport: asyncio.Transport) -> None:
        is_new = seen.headers["authorization"] == "Bearer second"
        transport.write(HELLO if is_new else EXPIRED)

    async def ask() -> None:
        talk = selling(chat, saying(token("first"), token("second")))
        async with serving(talk) as wire, provider_at(wire.url, WATSONX) as provider:
            answers = await asyncio.gather(*(collect(provider) for _ in range(100)))
            assert len(answers) == 100
            assert requests_for_tokens(wire) == 2

    asyncio.run(ask())


def test_a_token_refused_late_does_not_cost_the_newer_one() -> None:
    async def ask() -> None:
        renewed = asyncio.Event()

        async def chat(seen: Seen, transport: asyncio.Transport) -> None:
            if seen.headers["authorization"] == "Bearer second":
                transport.write(HELLO)
                renewed.set()
                return
            if bearers(wire).count("first") == 2:
                await renewed.wait()
            transport.write(EXPIRED)

        talk = selling(chat, saying(token("first"), token("second"), token("third")))
        async with serving(talk) as wire, provider_at(wire.url, WATSONX) as provider:
            await asyncio.gather(*(collect(provider) for _ in range(2)))
            assert bearers(wire) == ["first", "first", "second", "second"]

    asyncio.run(ask())


def test_a_token_refused_twice_is_a_bad_key() -> None:
    async def ask() -> None:
        talk = selling(saying(EXPIRED), saying(token("first"), token("second")))
        async with serving(talk) as wire, provider_at(wire.url, WATSONX) as provider:
            assert (await failure(provider)).kind is ErrorKind.BAD_KEY
            assert [seen.path == IAM for seen in wire.seen] == [True, False, True, False]

    asyncio.run(ask())


class Clock(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    forward_s = 0.0

    def time(self) -> float:
        return super().time() + self.forward_s


def put_forward(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Clock)
    loop.forward_s += seconds


def with_clock(main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=Clock) as runner:
        runner.run(main)


def test_a_token_near_its_end_serves_while_the_next_is_bought() -> None:
    async def ask() -> None:
        due = asyncio.Event()
        due.set()
        left = [token("first"), token("second")]

        async def sell(seen: Seen, transport: asyncio.Transport) -> None:
            await due.wait()
            transport.write(left.pop(0))

        talk = selling(saying(HELLO), sell)
        async with serving(talk) as wire, provider_at(wire.url, WATSONX) as provider:
            await collect(provider)
            put_forward(2_400)
            await collect(provider)
            assert requests_for_tokens(wire) == 1
            due.clear()
            put_forward(400)  # at the earliest 18 minutes before its end, at the latest 15
            await collect(provider)
            await wire.until(lambda: requests_for_tokens(wire) == 2)
            await collect(provider)
            due.set()
            while bearers(wire)[-1] == "first":
                await collect(provider)
            assert bearers(wire)[:4] == ["first"] * 4
            assert requests_for_tokens(wire) == 2

    with_clock(ask())


def test_a_renewal_that_fails_harms_nobody_while_the_token_holds() -> None:
    async def ask() -> None:
        tokens = saying(token("first"), http(503, b""), token("second"))
        talk = selling(saying(HELLO), tokens)
        async with serving(talk) as wire, provider_at(wire.url, WATSONX) as provider:
            await collect(provider)
            put_forward(2_800)
            for _ in range(5):  # and it is not tried again with every call
                await collect(provider)
            assert requests_for_tokens(wire) == 2
            put_forward(790)
            await collect(provider)
            put_forward(10)
            await collect(provider)
            assert bearers(wire) == ["first"] * 7 + ["second"]
            assert requests_for_tokens(wire) == 3

    with_clock(ask())


def test_an_expired_token_is_not_sent() -> None:
    async def ask() -> None:
        tokens = saying(token("first"), http(503, b""), token("second"))
        talk = selling(saying(HELLO), tokens)
        async with serving(talk) as wire, provider_at(wire.url, WATSONX) as provider:
            await collect(provider)
            put_forward(3_600)
            assert (await failure(provider)).kind is ErrorKind.UNAVAILABLE
            await collect(provider)
            assert bearers(wire) == ["first", "second"]

    with_clock(ask())


IAM_TROUBLE: list[tuple[bytes, ErrorKind, str]] = [
    (
        http(400, {"errorCode": "BXNIM0415E", "errorMessage": f"No {KEY}."}),
        ErrorKind.BAD_KEY,
        "watsonx IAM does not know the key (400): set WATSONX_API_KEY to a valid key, then retry.",
    ),
    (
        http(400, {"errorCode": "BXNIM0109E", "errorMessage": "Property missing."}),
        ErrorKind.REJECTED,
        "watsonx IAM rejected the request (400)",
    ),
    (http(429, b"", retry_after="7"), ErrorKind.RATE_LIMITED, "watsonx IAM asks for a pause"),
    (http(503, b""), ErrorKind.UNAVAILABLE, "watsonx IAM cannot answer now (503)"),
    (http(200, {"token": "x"}), ErrorKind.BROKEN_REPLY, "check the IAM URL"),
    (http(200, b"<html>", content_type="text/html"), ErrorKind.BROKEN_REPLY, "check the IAM URL"),
]


@pytest.mark.parametrize(("reply", "kind", "words"), IAM_TROUBLE)
def test_all_who_wait_for_a_token_are_told_why_none_comes(
    reply: bytes, kind: ErrorKind, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def ask() -> None:
        async with (
            serving(selling(saying(HELLO), saying(reply))) as wire,
            provider_at(wire.url, WATSONX) as provider,
        ):
            errors = await asyncio.gather(*(failure(provider) for _ in range(20)))
            assert {error.kind for error in errors} == {kind}
            assert words in errors[0].sentence
            assert KEY not in (errors[0].provider_message or "")
            assert not errors[0].may_be_charged
            assert [seen.path for seen in wire.seen] == [IAM]
            assert (await failure(provider)).kind is kind  # and the next call asks again
            assert len(wire.seen) == 2

    caplog.set_level(logging.DEBUG)
    asyncio.run(ask())
    assert KEY not in caplog.text


def test_a_key_is_masked_as_it_was_sent_too() -> None:
    async def ask() -> None:
        key = "a+b/c=" + KEY
        reply = http(400, {"errorMessage": f"Not known: {key}, {quote_plus(key)}"})
        async with (
            serving(selling(saying(HELLO), saying(reply))) as wire,
            provider_at(wire.url, WATSONX, key=key) as provider,
        ):
            assert (await failure(provider)).provider_message == "Not known: •••, •••"

    asyncio.run(ask())


def test_a_token_that_does_not_come_ends_the_call_in_time() -> None:
    async def hang(seen: Seen, transport: asyncio.Transport) -> None:
        """Say nothing."""

    async def ask() -> None:
        deadlines = Deadlines(5, 0.2, 0.2, 5, 5)
        async with (
            serving(selling(saying(HELLO), hang)) as wire,
            provider_at(wire.url, WATSONX, deadlines=deadlines) as provider,
        ):
            error = await failure(provider)
            assert error.kind is ErrorKind.TIMEOUT
            assert not error.may_be_charged

    asyncio.run(ask())


def test_who_is_cancelled_takes_no_token_from_the_others() -> None:
    async def ask() -> None:
        sold = asyncio.Event()

        async def sell(seen: Seen, transport: asyncio.Transport) -> None:
            await sold.wait()
            transport.write(token())

        async with (
            serving(selling(saying(HELLO), sell)) as wire,
            provider_at(wire.url, WATSONX) as provider,
        ):
            first, second = (asyncio.create_task(collect(provider)) for _ in range(2))
            await wire.until(lambda: len(wire.seen) == 1)
            first.cancel()
            sold.set()
            pieces, _ = await second
            assert pieces == ["Hel", "lo"]
            assert first.cancelled()
            assert requests_for_tokens(wire) == 1

    asyncio.run(ask())


def test_neither_key_nor_token_is_in_the_words_of_an_error() -> None:
    error = error_of(complaint(400, "invalid_request_entity"), kind=WATSONX)
    assert error.provider_message == "invalid_request_entity for ••• and •••"


def test_the_name_of_the_call_comes_with_the_error() -> None:
    reply = http(500, b"", x_global_transaction_id="t-9")
    assert error_of(reply, kind=WATSONX).request_id == "t-9"


def test_health_tests_the_key_and_tells_the_models_that_chat() -> None:
    resources = [
        {"model_id": "a", "functions": [{"id": "text_generation"}, {"id": "text_chat"}]},
        {"model_id": "e", "functions": [{"id": "embedding"}]},
        {"model_id": "n"},
    ]
    health, seen = asyncio.run(health_of(WATSONX, http(200, {"resources": resources})))
    assert (health.is_ok, health.models) == (True, ("a",))
    assert [each.path for each in seen] == [
        IAM,
        "/ml/v1/foundation_model_specs?version=2026-10-14&limit=200&filters=!lifecycle_withdrawn",
    ]
    assert seen[1].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_bad_key_is_ill_health_though_the_models_are_public() -> None:
    async def ask() -> str:
        bad = http(400, {"errorCode": "BXNIM0415E", "errorMessage": "No such key."})
        talk = selling(saying(http(200, {"resources": []})), saying(bad))
        async with serving(talk) as wire, provider_at(wire.url, WATSONX) as provider:
            health = await provider.health()
            assert not health.is_ok
            return health.sentence

    assert "set WATSONX_API_KEY" in asyncio.run(ask())
