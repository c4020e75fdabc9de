"""What goes over which connection, and what does not go at all."""

import asyncio
import gzip
import logging
import socket
import struct
import subprocess
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.providers.chunks import HELLO, complaint, delta, event, finish
from tests.providers.wire import (
    KEY,
    RELAXED,
    REQUEST,
    STREAM_HEAD,
    Seen,
    Talk,
    answer_to,
    chunk,
    chunked,
    collect,
    endpoint_at,
    error_of,
    everything_of,
    failure,
    http,
    provider_at,
    saying,
    serving,
)
from webapp.domain.endpoint import Deadlines
from webapp.providers import build_providers
from webapp.providers.base import ErrorKind, Provider, ProviderError
from webapp.providers.openai import DIALECT
from webapp.providers.transport import Call, open_transports
from webapp.providers.transport.connections import KEEPALIVE_S, STALE_S
from webapp.providers.transport.reply import Reply


def test_a_connection_serves_many_calls() -> None:
    async def ask() -> None:
        async with serving(saying(chunked(HELLO))) as wire, provider_at(wire.url) as provider:
            for _ in range(3):
                await collect(provider)
            assert (wire.opened, wire.closed) == (1, 0)
        await wire.until(lambda: wire.closed == 1)

    asyncio.run(ask())


def test_any_number_of_calls_run_at_once() -> None:
    async def ask() -> None:
        everyone = asyncio.Event()

        async def talk(seen: Seen, transport: asyncio.Transport) -> None:
            if len(wire.seen) == 150:
                everyone.set()
            await everyone.wait()
            transport.write(chunked(HELLO))

        async with serving(talk) as wire, provider_at(wire.url) as provider:
            await asyncio.gather(*(collect(provider) for _ in range(150)))
            assert wire.opened == 150

    asyncio.run(ask())


def reset(transport: asyncio.Transport) -> None:
    """Hang up with a TCP reset."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def close(transport: asyncio.Transport) -> None:
    transport.close()


def begin_and_close(transport: asyncio.Transport) -> None:
    transport.write(b"HTTP/1.1 2")
    transport.close()


def dropping(drop: Callable[[asyncio.Transport], None], replies: int) -> Talk:
    """Give whole answers to the first requests and drop the connection of all others."""
    left = [chunked(HELLO)] * replies

    async def talk(_: Seen, transport: asyncio.Transport) -> None:
        if left:
            transport.write(left.pop())
        else:
            drop(transport)

    return talk


@pytest.mark.parametrize("drop", [close, reset])
def test_a_kept_connection_that_was_closed_costs_one_resend(
    drop: Callable[[asyncio.Transport], None],
) -> None:
    async def ask() -> None:
        async def talk(seen: Seen, transport: asyncio.Transport) -> None:
            if len(wire.seen) > 3 and seen.connection <= 3:
                drop(transport)
            else:
                transport.write(chunked(HELLO))

        async with serving(talk) as wire, provider_at(wire.url) as provider:
            await asyncio.gather(*(collect(provider) for _ in range(3)))
            pieces, _ = await collect(provider)
            assert pieces == ["Hel", "lo"]
            # Two more are kept that may be dead too: only a new one is sure.
            assert [seen.connection for seen in wire.seen[3:]] in ([1, 4], [2, 4], [3, 4])
            assert wire.seen[3].body == wire.seen[4].body

    asyncio.run(ask())


@pytest.mark.parametrize("drop", [close, reset])
def test_what_must_never_go_twice_goes_over_a_new_connection(
    drop: Callable[[asyncio.Transport], None],
) -> None:
    async def ask() -> None:
        request = replace(REQUEST, never_twice=True)
        async with serving(dropping(drop, replies=2)) as wire, provider_at(wire.url) as provider:
            await collect(provider)
            assert (await collect(provider, request))[0] == ["Hel", "lo"]
            error = await failure(provider, request)
            assert error.kind is ErrorKind.UNAVAILABLE
            assert error.may_be_charged
            assert [seen.connection for seen in wire.seen] == [1, 2, 3]

    asyncio.run(ask())


@pytest.mark.parametrize("drop", [close, reset])
def test_the_resend_is_never_repeated(drop: Callable[[asyncio.Transport], None]) -> None:
    async def ask() -> None:
        async with (
            serving(dropping(drop, replies=3)) as wire,
            provider_at(wire.url) as provider,
        ):
            await asyncio.gather(*(collect(provider) for _ in range(3)))  # three are kept open
            assert wire.opened == 3
            error = await failure(provider)
            assert error.kind is ErrorKind.UNAVAILABLE
            assert error.sentence == "openai closed the connection without an answer: retry later."
            assert len(wire.seen) == 5

    asyncio.run(ask())


@pytest.mark.parametrize("drop", [close, reset])
def test_a_new_connection_that_is_closed_is_no_reason_to_resend(
    drop: Callable[[asyncio.Transport], None],
) -> None:
    async def ask() -> None:
        async with (
            serving(dropping(drop, replies=0)) as wire,
            provider_at(wire.url) as provider,
        ):
            assert (await failure(provider)).kind is ErrorKind.UNAVAILABLE
            assert len(wire.seen) == 1

    asyncio.run(ask())


def test_a_call_is_not_resent_after_a_while_for_it_may_have_been_worked_on() -> None:
    async def ask() -> None:
        async def talk(seen: Seen, transport: asyncio.Transport) -> None:
            if len(wire.seen) == 1:
                transport.write(chunked(HELLO))
                return
            await asyncio.sleep(STALE_S + 0.1)
            transport.close()

        async with serving(talk) as wire, provider_at(wire.url) as provider:
            await collect(provider)
            assert (await failure(provider)).kind is ErrorKind.UNAVAILABLE
            assert len(wire.seen) == 2

    asyncio.run(ask())


def test_a_call_is_not_resent_once_a_byte_has_come() -> None:
    async def ask() -> None:
        async with (
            serving(dropping(begin_and_close, replies=1)) as wire,
            provider_at(wire.url) as provider,
        ):
            await collect(provider)
            assert (await failure(provider)).kind is ErrorKind.UNAVAILABLE
            assert len(wire.seen) == 2

    asyncio.run(ask())


@pytest.mark.parametrize("start", [STREAM_HEAD % b"text/event-stream", b""], ids=["mid", "head"])
def test_a_reset_in_the_middle_is_told_from_one_before_the_answer(start: bytes) -> None:
    async def talk(_: Seen, transport: asyncio.Transport) -> None:
        if start:
            transport.write(start + chunk(event(delta("x"))))
            await asyncio.sleep(0.05)  # a reset overtakes what was not read yet
        reset(transport)

    async def ask() -> ErrorKind:
        async with serving(talk) as wire, provider_at(wire.url) as provider:
            return (await failure(provider)).kind

    expected = ErrorKind.BROKEN_REPLY if start else ErrorKind.UNAVAILABLE
    assert asyncio.run(ask()) is expected


def test_no_redirect_is_followed() -> None:
    async def ask() -> None:
        async with serving(saying(chunked(HELLO))) as other:
            for status in (301, 302, 303, 307, 308):
                reply = http(status, b"", location=other.url + "/chat/completions")
                async with serving(saying(reply)) as wire, provider_at(wire.url) as provider:
                    error = await failure(provider)
                    assert error.kind is ErrorKind.REJECTED
                    assert "set OPENAI_BASE_URL to the final one" in error.sentence
            assert other.opened == 0

    asyncio.run(ask())


def test_cookies_are_not_kept() -> None:
    async def ask() -> None:
        head = (STREAM_HEAD % b"text/event-stream")[:-2] + b"Set-Cookie: a=b\r\n\r\n"
        reply = head + chunk(HELLO) + b"0\r\n\r\n"
        async with serving(saying(reply)) as wire:
            # For an address that is a number no jar keeps any.
            url = wire.url.replace("127.0.0.1", "localhost")
            async with provider_at(url) as provider:
                await collect(provider)
                await collect(provider)
            assert "cookie" not in wire.seen[1].headers

    asyncio.run(ask())


ONE_MB = event(delta("x" * 2**20))


def test_an_answer_of_more_than_16_mb_is_not_read_to_its_end() -> None:
    async def talk(_: Seen, transport: asyncio.Transport) -> None:
        transport.write(STREAM_HEAD % b"text/event-stream" + chunk(ONE_MB) * 20)

    async def ask() -> None:
        async with serving(talk) as wire, provider_at(wire.url) as provider:
            error = await failure(provider)
            assert error.kind is ErrorKind.TOO_LARGE
            assert error.sentence == "The answer of openai is over 16 MB: ask for less."
            await wire.until(lambda: wire.closed == 1)

    asyncio.run(ask())


def encoded(body: bytes, encoding: bytes) -> bytes:
    head = STREAM_HEAD % b"text/event-stream"
    return head[:-2] + b"Content-Encoding: %s\r\n\r\n" % encoding + chunk(body) + b"0\r\n\r\n"


def test_a_gzip_bomb_counts_as_what_it_becomes() -> None:
    bomb = gzip.compress(ONE_MB * 20)
    assert len(bomb) < 100_000
    assert error_of(encoded(bomb, b"gzip")).kind is ErrorKind.TOO_LARGE


def test_a_bomb_in_one_piece_is_not_blown_up() -> None:
    async def ask() -> None:
        bomb = gzip.compress(bytes(200 * 2**20), 1)
        headers = {"content-encoding": "gzip"}
        response = httpx.Response(200, headers=headers, stream=httpx.ByteStream(bomb))
        call = Call(endpoint_at(""), DIALECT, "", RELAXED)
        tracemalloc.start()
        with pytest.raises(ProviderError) as caught:
            async for _ in Reply(call, response).messages():
                pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert caught.value.kind is ErrorKind.TOO_LARGE
        assert peak < 100 * 2**20

    asyncio.run(ask())


def test_a_long_complaint_is_not_read_to_its_end() -> None:
    async def ask() -> None:
        reply = http(500, b"x" * 5_000_000)
        async with serving(saying(reply)) as wire, provider_at(wire.url) as provider:
            assert (await failure(provider)).provider_message == "x" * 1000
            async with asyncio.timeout(KEEPALIVE_S / 2):  # read to its end it would be kept
                await wire.until(lambda: wire.closed == 1)

    asyncio.run(ask())


def test_an_answer_may_be_packed_though_nobody_asked() -> None:
    assert answer_to(encoded(gzip.compress(HELLO), b"gzip"))[0] == "Hello"


@pytest.mark.parametrize(
    "reply",
    [
        encoded(b"no gzip", b"gzip"),
        encoded(gzip.compress(event(delta("x"), finish()))[:30], b"gzip"),
        encoded(HELLO, b"br"),
        encoded(gzip.compress(gzip.compress(HELLO)), b"gzip, gzip"),
    ],
)
def test_what_cannot_be_unpacked_is_a_broken_reply(reply: bytes) -> None:
    assert error_of(reply).kind is ErrorKind.BROKEN_REPLY


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
def test_a_prompt_refused_before_it_was_read_is_told() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http(413, {"error": {"message": "Too much."}}, connection="close"))
        await reader.read()
        writer.close()
        hung_up.set()

    hung_up = asyncio.Event()

    async def ask() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with (
            server,
            provider_at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as provider,
        ):
            request = replace(REQUEST, user="x" * 20_000_000)
            error = await failure(provider, request)
            assert (error.kind, error.provider_message) == (ErrorKind.REJECTED, "Too much.")
            async with asyncio.timeout(5):
                await hung_up.wait()

    asyncio.run(ask())


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        (f"http://127.0.0.1:{free_port()}", ErrorKind.UNAVAILABLE, "refused the connection"),
        ("http://[::1", ErrorKind.REJECTED, "cannot be called"),
        ("ftp://127.0.0.1", ErrorKind.REJECTED, "cannot be called"),
        ("127.0.0.1:9", ErrorKind.REJECTED, "cannot be called"),
        ("http://", ErrorKind.REJECTED, "cannot be called"),
        ("http://no such host/", ErrorKind.UNAVAILABLE, "was not found"),
        ("http://127.0.0.1:99999", ErrorKind.REJECTED, "cannot be called"),
        ("", ErrorKind.REJECTED, "cannot be called"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(url: str, kind: ErrorKind, words: str) -> None:
    async def ask() -> None:
        async with provider_at(url) as provider:
            error = await failure(provider)
            assert error.kind is kind
            assert words in error.sentence
            assert "OPENAI_BASE_URL" in error.sentence
            assert not error.may_be_charged
            assert not (await provider.health()).is_ok

    asyncio.run(ask())


@pytest.mark.parametrize("key", ["ключ", "two\nlines", "null\x00"])
def test_a_key_that_cannot_be_sent_is_told_without_it(key: str) -> None:
    async def ask() -> None:
        reply = complaint(401, message="No.")
        async with serving(saying(reply)) as wire, provider_at(wire.url, key=key) as provider:
            error = await failure(provider)
            assert error.kind in (ErrorKind.BAD_KEY, ErrorKind.REJECTED)
            assert "OPENAI_API_KEY" in error.sentence
            assert key not in everything_of(error)

    asyncio.run(ask())


async def hang(_: Seen, transport: asyncio.Transport) -> None:
    """Say nothing."""


FAILURES: dict[str, Talk] = {
    "echoed": saying(complaint(401, message="x" * 990 + f" {KEY} " + "y" * 100)),
    "echoed in a stream": saying(chunked(event({"error": {"message": KEY}}))),
    "declined": saying(chunked(event(delta(None, refusal="x" * 985 + KEY), finish()))),
    "no HTTP": saying(b"nonsense\r\n\r\n"),
    "headers too long": saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"),
    "closed": dropping(close, replies=0),
    "reset": dropping(reset, replies=0),
    "broken off": saying(chunked(event(delta("x")))),
    "no JSON": saying(chunked(b"data: nonsense\n\n")),
    "no text": saying(chunked(b"data: \xff\n\n")),
    "packed wrongly": saying(encoded(b"x", b"gzip")),
    "bad chunk": saying(STREAM_HEAD % b"text/event-stream" + b"nonsense\r\n"),
    "silent": hang,
}


@pytest.mark.parametrize("name", FAILURES)
def test_the_key_is_in_no_error_and_no_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> None:
        deadlines = Deadlines(5, 0.2, 0.2, 5, 5)
        async with (
            serving(FAILURES[name]) as wire,
            provider_at(wire.url, deadlines=deadlines) as provider,
        ):
            error = await failure(provider)
            assert wire.seen[0].headers["authorization"] == f"Bearer {KEY}"
            assert KEY[:9] not in everything_of(error)
            assert KEY[:9] not in repr(provider)
            assert len(error.provider_message or "") <= 1000

    caplog.set_level(logging.DEBUG)
    asyncio.run(ask())
    assert KEY[:9] not in caplog.text


@asynccontextmanager
async def provider_through(
    url: str, proxy: str | None, ca_file: Path | None = None
) -> AsyncIterator[Provider]:
    endpoint = replace(endpoint_at(url), proxy=proxy, ca_file=ca_file)
    async with open_transports([endpoint]) as transports:
        yield build_providers([endpoint], transports, str)["openai"]


def test_a_proxy_gets_the_calls_and_its_password() -> None:
    async def ask() -> None:
        async with serving(saying(chunked(HELLO))) as proxy:
            address = proxy.url.replace("//", "//user:pass@")
            async with provider_through("http://api.example/v1", address) as provider:
                assert (await collect(provider))[0] == ["Hel", "lo"]
            assert proxy.seen[0].path == "http://api.example/v1/chat/completions"
            assert proxy.seen[0].headers["proxy-authorization"] == "Basic dXNlcjpwYXNz"
            assert proxy.seen[0].headers["authorization"] == f"Bearer {KEY}"

    asyncio.run(ask())


@pytest.mark.parametrize("reply", [http(407), http(502), b"nonsense\r\n\r\n"])
def test_a_proxy_that_opens_no_tunnel_is_told_and_never_sees_the_key(reply: bytes) -> None:
    async def ask() -> None:
        async with serving(saying(reply)) as proxy:
            address = proxy.url.replace("//", "//user:pass@")
            async with provider_through("https://api.example/v1", address) as provider:
                error = await failure(provider)
                assert error.kind in (ErrorKind.UNAVAILABLE, ErrorKind.BROKEN_REPLY)
                assert error.is_unsent == (error.kind is ErrorKind.UNAVAILABLE)
                assert "pass" not in everything_of(error)
            seen = proxy.seen[0]
            assert (seen.method, seen.path) == ("CONNECT", "api.example:443")
            assert seen.headers["proxy-authorization"] == "Basic dXNlcjpwYXNz"
            assert "authorization" not in seen.headers

    asyncio.run(ask())


def test_a_proxy_that_does_not_run_is_told() -> None:
    async def ask() -> None:
        proxy = f"http://127.0.0.1:{free_port()}"
        async with provider_through("http://api.example/v1", proxy) as provider:
            error = await failure(provider)
            assert error.kind is ErrorKind.UNAVAILABLE
            assert "check OMNI_PROXY" in error.sentence

    asyncio.run(ask())


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert answer_to(chunked(HELLO))[0] == "Hello"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody has signed, with its key in one file."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout - -out -"
    )
    made = subprocess.run(command.split(" "), check=True, capture_output=True)
    path.write_bytes(made.stdout)
    return path


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_certificate_counts_if_its_file_is_named(certificate: Path, is_trusted: bool) -> None:
    async def ask() -> None:
        async with serving(saying(chunked(HELLO)), certificate) as wire:
            url = wire.url.replace("http://127.0.0.1", "https://localhost")
            ca_file = certificate if is_trusted else None
            async with provider_through(url, None, ca_file) as provider:
                if is_trusted:
                    assert (await collect(provider))[0] == ["Hel", "lo"]
                    return
                error = await failure(provider)
                assert error.kind is ErrorKind.UNAVAILABLE
                assert "set OMNI_CA_FILE" in error.sentence
                assert wire.seen == []

    asyncio.run(ask())


def test_a_server_without_tls_behind_https_is_told() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(http(400, b"Speak HTTP."))
        writer.close()

    async def ask() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, provider_at(f"https://127.0.0.1:{port}") as provider:
            error = await failure(provider)
            assert error.kind is ErrorKind.UNAVAILABLE
            assert "encrypted connection" in error.sentence

    asyncio.run(ask())


def test_a_proxy_of_another_kind_is_told() -> None:
    async def ask() -> None:
        async with provider_through("http://api.example/v1", "socks5://127.0.0.1:9") as provider:
            assert "OMNI_PROXY" in (await failure(provider)).sentence

    asyncio.run(ask())


def test_what_comes_after_the_end_mark_does_not_count() -> None:
    text, _ = answer_to(chunked(HELLO + b"data: nonsense\n\n" + event({"error": "late"})))
    assert text == "Hello"
