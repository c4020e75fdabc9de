import contextlib
import gc
import json
import os
import threading

import httpx
import pytest

from tests.fake_provider.asking import answer, body, connect, error, raw_post
from tests.processes import wait_until
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.providers.base import ErrorKind

PATH = "/v1/chat/completions"


def talk(fake: FakeProvider, *pieces: bytes, ends: int = 1) -> bytes:
    """Send raw bytes, and read until this many answers have come or the server closes."""
    said = b""
    with connect(fake) as peer:
        for piece in pieces:
            peer.sendall(piece)
        while said.count(b"HTTP/1.1 ") < ends or not said.endswith((b"}", b"\r\n\r\n")):
            got = peer.recv(65_536)
            if not got:
                break
            said += got
    return said


def test_requests_are_kept_as_they_came(fake: FakeProvider, http: httpx.Client) -> None:
    http.post(f"{PATH}?x=1", json=body("hi"), headers={"X-Word": "Yes"})
    http.get("/v1/models")
    http.get("/fake/counters")
    sent, listed = fake.requests
    assert (sent.method, sent.path, sent.headers["x-word"]) == ("POST", PATH, "Yes")
    assert sent.body == body("hi") == json.loads(sent.content)
    assert (listed.method, listed.path, listed.body) == ("GET", "/v1/models", {})
    assert sent.time <= listed.time


def test_replies_come_in_the_order_they_were_queued(fake: FakeProvider, http: httpx.Client) -> None:
    fake.will_reply(418, "No coffee.", {"X-Pot": "tea"})
    fake.will_reply(200, {"odd": True})
    fake.will_reply(500, times=2)
    fake.will_reply(text="As queued.")
    replies = [http.post(PATH, json=body()) for _ in range(6)]
    assert [r.status_code for r in replies] == [418, 200, 500, 500, 200, 200]
    assert (replies[0].text, replies[0].headers["x-pot"]) == ("No coffee.", "tea")
    assert replies[1].json() == {"odd": True}
    assert replies[2].json()["error"]["message"] == "This 500 was ordered."
    assert replies[4].json()["choices"][0]["message"]["content"] == "As queued."
    assert "fake provider" in replies[5].text


def test_a_fault_can_be_queued_for_the_next_call(fake: FakeProvider, http: httpx.Client) -> None:
    fake.will_reply(fault="truncated")
    assert http.get("/v1/models").status_code == 200
    assert error(fake).kind is ErrorKind.BROKEN_REPLY
    assert answer(fake)[0]


def test_a_reset_forgets_what_was_queued(fake: FakeProvider, http: httpx.Client) -> None:
    fake.will_reply(500)
    fake.reset()
    assert fake.requests == []
    assert http.post(PATH, json=body()).status_code == 200


def test_a_behaviour_can_change_in_between(fake: FakeProvider) -> None:
    fake.set(Behaviour(answer="one"))
    assert answer(fake)[0] == "one"
    fake.set(Behaviour(answer="two"))
    assert answer(fake)[0] == "two"


def test_nothing_is_left_behind() -> None:
    def left() -> tuple[int, int]:
        gc.collect()
        return threading.active_count(), len(os.listdir("/proc/self/fd"))

    before = left()
    with contextlib.ExitStack() as peers:
        with FakeProvider() as fake:
            for words in ("latency=600", "stall", "drip", "503"):
                peer = peers.enter_context(connect(fake))
                peer.sendall(raw_post(f"[[fake: {words}]]"))
            wait_until(lambda: fake.counters()["calls"] == 4)
        with pytest.raises(ConnectionRefusedError):
            connect(fake)
    assert left() == before


def test_it_can_begin_anew() -> None:
    fake = FakeProvider(Behaviour(answer="one"))
    for _ in range(2):
        with fake:
            assert answer(fake)[0] == "one"


def test_a_body_may_come_in_chunks_and_in_small_pieces(fake: FakeProvider) -> None:
    content = json.dumps(body("hi")).encode()
    chunks = b"5;x=y\r\n" + content[:5] + b"\r\n%X\r\n" % len(content[5:]) + content[5:]
    raw = raw_post(chunks + b"\r\n0\r\nX-Trailer: 1\r\n\r\n", b"Transfer-Encoding: chunked")
    said = talk(fake, *(raw[place : place + 7] for place in range(0, len(raw), 7)))
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert fake.requests[0].content == content


def test_a_large_body_is_read_whole(fake: FakeProvider, http: httpx.Client) -> None:
    prompt = "ü" * 1_000_000
    assert http.post(PATH, json=body(prompt)).status_code == 200
    assert fake.requests[0].body["messages"][0]["content"] == prompt


def test_requests_on_one_connection_are_answered_in_turn(fake: FakeProvider) -> None:
    raw = raw_post("[[fake: latency=0.1]]") + raw_post("[[fake: 503]]")
    said = talk(fake, raw, ends=2)
    assert said.index(b"200 OK") < said.index(b"503 Service Unavailable")


def test_a_client_that_wants_the_connection_closed_gets_that(fake: FakeProvider) -> None:
    raw = raw_post("hi", b"Connection: close")
    assert talk(fake, raw, ends=2).count(b"200 OK") == 1


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 400),
        (raw_post(b"", b"Content-Length: many"), 400),
        (raw_post(b"", b"Content-Length: -1"), 400),
        (raw_post(b"", b"Content-Length: 99999999999"), 413),
        (raw_post(b"zz\r\n", b"Transfer-Encoding: chunked"), 400),
        (raw_post(b"-5\r\n", b"Transfer-Encoding: chunked"), 400),
        (raw_post(b"", b"X: " + b"x" * 70_000), 431),
        (b"x" * 70_000, 431),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(
    fake: FakeProvider, raw: bytes, status: int
) -> None:
    said = talk(fake, raw, ends=2)
    assert said.startswith(b"HTTP/1.1 %d " % status)
    assert fake.requests == []
