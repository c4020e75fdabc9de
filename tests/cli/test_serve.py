import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.processes import Running, lives, wait_until
from webapp.settings import ROOT

Start = Callable[..., Running]
Omni = Callable[..., subprocess.CompletedProcess[str]]
NAMES = {"gunicorn", "runner"}


@pytest.fixture
def serve(start: Start) -> Running:
    """A workbench that answers, with both its processes."""
    running = start("serve")
    running.url()
    wait_until(lambda: running.children().keys() == NAMES)
    return running


def test_it_says_its_address_when_pages_come_and_a_runner_lives(start: Start) -> None:
    running = start("serve")
    url = running.url()
    assert httpx.get(f"{url}/healthz").status_code == 200
    wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
    assert running.out.read_text() == f"Omni-Architect is ready: {url}  (Ctrl-C stops it)\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all_of_it(serve: Running, number: signal.Signals) -> None:
    children = serve.children()
    serve.process.send_signal(number)
    assert serve.wait() == 0
    assert not any(map(lives, children.values()))
    assert "killing" not in serve.err.read_text()


def test_kill_9_leaves_nothing_behind(serve: Running) -> None:
    children = serve.children()
    serve.process.kill()
    wait_until(lambda: not any(map(lives, children.values())))


def test_a_runner_that_dies_is_followed_by_another(serve: Running) -> None:
    first = serve.children()["runner"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: serve.children().get("runner", first) != first)
    assert "the runner ended with code -9; another starts in 0.5 s" in serve.err.read_text()


def test_without_its_web_server_it_ends_too(serve: Running) -> None:
    children = serve.children()
    os.kill(children["gunicorn"], signal.SIGKILL)
    assert serve.wait() == 1
    assert not lives(children["runner"])
    assert "the web server ended with code -9" in serve.err.read_text()


def test_a_port_in_use_is_one_sentence(omni: Omni) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = omni("serve", OMNI_PORT=str(port))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"Error: Port {port} is in use: set OMNI_PORT to another one, or to 0 for any.\n"
    )


def test_a_data_folder_has_one_workbench(serve: Running, omni: Omni) -> None:
    refused = omni("serve")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"Error: Another omni serve (pid {serve.process.pid}) uses this data folder.\n"
    )


@pytest.mark.parametrize("host", ["203.0.113.1", "no-such-host.invalid"])
def test_an_address_of_another_machine_is_one_sentence(omni: Omni, host: str) -> None:
    refused = omni("serve", OMNI_HOST=host, OMNI_ALLOWED_HOSTS="omni.test")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: OMNI_HOST {host}, OMNI_PORT 0: this machine cannot listen there.\n"
    )


def test_a_file_in_the_place_of_the_data_folder_is_one_sentence(omni: Omni, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    refused = omni("serve")
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: The folder {tmp_path / 'data'} cannot be made: File exists. See OMNI_DATA_DIR.\n"
    )


def test_a_host_that_others_reach_does_not_start_unnamed(omni: Omni) -> None:
    refused = omni("serve", OMNI_HOST="0.0.0.0")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: OMNI_HOST is 0.0.0.0, which others can reach: set OMN")


def test_a_host_that_others_reach_is_told_to_be_open(start: Start) -> None:
    running = start("serve", OMNI_HOST="0.0.0.0", OMNI_ALLOWED_HOSTS="omni.test")
    url = running.url()
    assert url.startswith("http://omni.test:")
    local = url.replace("omni.test", "127.0.0.1")
    assert httpx.get(f"{local}/batches", headers={"Host": "omni.test"}).status_code == 200
    assert httpx.get(f"{local}/batches").status_code == 400
    wait_until(lambda: "whoever reaches this address can use it" in running.out.read_text())


def test_gunicorn_and_a_runner_of_ones_own_are_the_same_product(
    env: dict[str, str], tmp_path: Path, start: Start
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, env=env | {"OMNI_PORT": port}, cwd=ROOT) as gunicorn:
        try:
            wait_until(lambda: answers(url))
            assert httpx.get(f"{url}/readyz").json()["runner"] is False
            assert f"gunicorn.error[{gunicorn.pid}] Listening at: {url}" in (
                (tmp_path / "data/log/omni.log").read_text()
            )
            start("runner")
            wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 200)
            form = {"brief": "A shop.", "kinds": "dockerfile", "models": "blueprint"}
            headers = {"Sec-Fetch-Site": "same-origin"}
            started = httpx.post(f"{url}/batches", data=form, headers=headers)
            batch = url + started.headers["Location"]
            wait_until(lambda: "1 succeeded" in httpx.get(batch).text)
        finally:
            gunicorn.terminate()


def test_workers_and_threads_are_as_many_as_the_settings_say(env: dict[str, str]) -> None:
    command = [sys.executable, "-m", "gunicorn", "--print-config", "wsgi:app"]
    given = env | {"OMNI_WEB_WORKERS": "3", "OMNI_WEB_THREADS": "5"}
    said = subprocess.run(command, env=given, cwd=ROOT, capture_output=True, text=True).stdout
    shown = dict(line.split("=", 1) for line in said.replace(" ", "").splitlines() if "=" in line)
    assert (shown["workers"], shown["threads"]) == ("3", "5")


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False
