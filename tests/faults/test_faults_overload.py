"""More requests than the threads of the web server can answer."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from tests.processes import Running
from webapp.web.overload import LONGEST_WAIT_S

POLLS = ("/batches/none/delta", "/jobs/none/text")
OTHERS = {"/batches/none": 404, "/healthz": 200}
HALF_A_FORM = (
    b"POST /batches HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nbrief="
)
Address = tuple[str, int]


@pytest.fixture
def address(start: Callable[..., Running]) -> Address:
    """A web server of one thread."""
    url = urlsplit(start("serve", OMNI_WEB_WORKERS="1", OMNI_WEB_THREADS="1").url())
    assert url.hostname is not None
    assert url.port is not None
    return url.hostname, url.port


@contextmanager
def sent(address: Address, request: bytes) -> Iterator[socket.socket]:
    """A connection over which a request has gone, or a part of it."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(request)
        yield connection


def get(path: str, *, last: bool = True, version: str = "1.1") -> bytes:
    close = "Connection: close\r\n" if last else ""
    return f"GET {path} HTTP/{version}\r\nHost: 127.0.0.1\r\n{close}\r\n".encode()


def answer(connection: socket.socket) -> str:
    """All that comes until the other side closes."""
    with connection.makefile("rb") as stream:
        return stream.read().decode()


@contextmanager
def waited(address: Address, requests: list[bytes]) -> Iterator[list[socket.socket]]:
    """Connections whose requests have all waited for too long."""
    with ExitStack() as stack:
        busy = stack.enter_context(sent(address, HALF_A_FORM))  # it has the only thread now
        connections = [stack.enter_context(sent(address, each)) for each in requests]
        time.sleep(LONGEST_WAIT_S + 1)  # what is tested is what becomes of them after that
        busy.close()
        yield connections


def test_polls_that_have_waited_are_told_when_to_come_back(address: Address) -> None:
    with waited(address, [get(path) for path in POLLS] + [get(POLLS[0], version="1.0")]) as polls:
        for said in map(answer, polls):
            assert said.startswith("HTTP/1.1 503 ")
            assert "\r\nRetry-After: 5\r\n" in said
            assert "\r\nX-Content-Type-Options: nosniff\r\n" in said
            assert said.endswith(
                "\r\n\r\nMore requests come than can be answered: nothing is lost, ask again soon."
            )
    with sent(address, get(POLLS[0])) as poll:
        assert answer(poll).startswith("HTTP/1.1 404 ")


def test_what_somebody_waits_for_is_answered_however_late(address: Address) -> None:
    with waited(address, list(map(get, OTHERS))) as connections:
        for status, said in zip(OTHERS.values(), map(answer, connections), strict=True):
            assert said.startswith(f"HTTP/1.1 {status} ")


def test_a_connection_outlives_that_its_poll_was_put_off(address: Address) -> None:
    with waited(address, [get(POLLS[0], last=False)]) as (connection,):
        assert connection.recv(12) == b"HTTP/1.1 503"
        connection.sendall(get("/healthz"))
        assert answer(connection).partition("soon.")[2].startswith("HTTP/1.1 200 ")
