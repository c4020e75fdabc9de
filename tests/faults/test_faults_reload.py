"""The web server is reloaded, recycled and ended under load: no request notices."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.faults.steady import steady_load
from tests.processes import DEADLINE_S, wait_until
from tests.web_server import WebServer
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.settings import ROOT

RELOADS = 20
EACH_REQUESTS = 500  # for each reload: 10,000 in all
RESTARTS = 4
# The socket is number 3, and the variables tell so to the process of this number.
AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ |= {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "wsgi:app"])
"""
# A configuration with which the first worker is told to end as soon as it is forked.
TOLD_EARLY = """
import os, signal
with open("gunicorn.conf.py") as file:
    exec(file.read())
def post_fork(server, worker):
    if worker.age == 1:
        os.kill(os.getpid(), signal.SIGTERM)
"""
RECYCLED = ("--max-requests", "50", "--max-requests-jitter", "20")
FORM = {"brief": "A shop.", "kinds": "text", "models": "openai:m"}
HEADERS = {"Sec-Fetch-Site": "same-origin"}

HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

Gunicorn = Callable[..., WebServer]


@pytest.fixture
def gunicorn(env: dict[str, str], tmp_path: Path) -> Iterator[Gunicorn]:
    started: list[WebServer] = []

    def begin(*words: str) -> WebServer:
        started.append(WebServer(env, tmp_path / f"web{len(started)}.txt", words))
        return started[-1]

    yield begin
    for web in started:
        web.kill()


def connected(port: int) -> socket.socket:
    """A connection to a local port."""
    return socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)


def healthz(connection: socket.socket) -> str:
    """The answer to a request over a connection that stays open."""
    connection.sendall(HEALTHZ)
    said = b""
    while not said.endswith(b"\r\n\r\nok\n"):
        said += connection.recv(4096)
    return said.decode()


def test_20_reloads_fail_no_request_of_10000(gunicorn: Gunicorn) -> None:
    web = gunicorn("--timeout", "10")
    with steady_load(web.url) as counted:
        for wanted in range(EACH_REQUESTS, EACH_REQUESTS * (RELOADS + 1), EACH_REQUESTS):
            web.reload()
            wait_until(partial(counted.has, wanted))
    assert counted.failed == []
    assert counted.last_words > 0
    assert web.says().count("Handling signal: hup") == RELOADS
    assert "WORKER TIMEOUT" not in web.says()


def test_what_comes_on_an_idle_connection_before_it_is_closed_is_answered(
    gunicorn: Gunicorn,
) -> None:
    """Here, while the worker waits for 2 s for the end of a connection that it has closed."""
    web = gunicorn("--workers", "1")
    with httpx.Client(base_url=web.url) as idle, connected(web.port) as waited_for:
        idle.get("/healthz")
        web.running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "\r\nConnection: close\r\n" in healthz(waited_for))
        assert waited_for.recv(1) == b""
        assert idle.get("/healthz").headers["Connection"] == "close"


@pytest.mark.parametrize("keepalive", ["0", "75"])
def test_workers_that_are_recycled_fail_no_request(gunicorn: Gunicorn, keepalive: str) -> None:
    web = gunicorn(*RECYCLED, "--keep-alive", keepalive)
    with steady_load(web.url) as counted:
        wait_until(lambda: web.says().count("Autorestarting worker") >= 10)
    assert counted.failed == []
    assert "WORKER TIMEOUT" not in web.says()


def test_restarts_over_a_socket_that_another_holds_fail_no_request(
    env: dict[str, str], tmp_path: Path
) -> None:
    """As with deploy/systemd/omni-web.socket, where systemd holds it."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as held:
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with steady_load(url) as counted:
            for number in range(RESTARTS):
                with (tmp_path / f"held{number}.txt").open("wb") as err:
                    command = [sys.executable, "-c", AS_SYSTEMD, str(held.fileno())]
                    web = subprocess.Popen(
                        command, env=env, cwd=ROOT, stderr=err, pass_fds=[held.fileno()]
                    )
                wait_until(partial(counted.has, counted.answered + EACH_REQUESTS))
                if number < RESTARTS - 1:
                    web.terminate()
                    assert web.wait(DEADLINE_S) == 0
        web.terminate()
        assert web.wait(DEADLINE_S) == 0
    assert counted.failed == []


def test_a_web_server_that_is_told_to_end_lets_requests_end(
    gunicorn: Gunicorn, llm: FakeProvider
) -> None:
    """The slow request is one that runs a job while no runner lives."""
    llm.set(Behaviour(latency_s=2))
    web = gunicorn()
    batch = httpx.post(f"{web.url}/batches", data=FORM, headers=HEADERS).headers["Location"]
    answers: list[int] = []

    def run_here() -> None:
        url = f"{web.url}{batch}/run-here"
        answers.append(httpx.post(url, headers=HEADERS, timeout=60).status_code)

    asking = threading.Thread(target=run_here)
    asking.start()
    wait_until(lambda: llm.counters()["in_flight"] == 1)
    web.running.process.terminate()
    assert web.running.wait() == 0
    asking.join()
    assert answers == [303]
    assert llm.counters()["calls"] == 1


def test_a_worker_that_is_told_to_end_before_it_listens_to_signals_ends(
    gunicorn: Gunicorn, tmp_path: Path
) -> None:
    """Else the end of the whole server takes until the rest is killed, after 30 s."""
    config = tmp_path / "told_early.py"
    config.write_text(TOLD_EARLY)
    web = gunicorn("--config", str(config))
    wait_until(lambda: "Worker exiting" in web.says())
    wait_until(web.answers)


def test_preload_is_refused_with_a_sentence(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "gunicorn", "--preload", "wsgi:app"]
    refused = subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert refused.returncode == 1
    assert "gunicorn's --preload is not for this application: leave it out." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_bad_setting_is_found_before_a_reload(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "gunicorn", "--check-config", "wsgi:app"]
    for workers, code in (("3", 0), ("none", 1)):
        given = env | {"OMNI_WEB_WORKERS": workers}
        checked = subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True)
        assert checked.returncode == code, checked.stderr
    assert "OMNI_WEB_WORKERS" in checked.stderr
    assert "Traceback" not in checked.stderr
