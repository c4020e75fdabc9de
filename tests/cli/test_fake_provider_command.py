import re
import signal
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from tests.processes import Running, wait_until
from webapp.cli import main
from webapp.fake_provider.directives import FAULTS

Start = Callable[..., Running]
Omni = Callable[..., subprocess.CompletedProcess[str]]
PATH = "/v1/chat/completions"
BODY = {"model": "m", "messages": [{"role": "user", "content": "Say hello."}]}


def started(start: Start, *words: str) -> tuple[Running, str]:
    """The process with these options, at a free port, and its address."""
    running = start("fake-provider", "--port", "0", *words)
    wait_until(lambda: "\n" in running.out.read_text() or running.process.poll() is not None)
    said = re.match(r"fake provider: (http://\S+:\d+)\n", running.out.read_text())
    assert said is not None, running.err.read_text()
    return running, said[1]


def test_the_options_reach_the_provider(start: Start, tmp_path: Path) -> None:
    answer = tmp_path / "answer.txt"
    answer.write_text("Grüße", encoding="utf-8")
    words = "--latency 0.2 --rate 0.001 --burst 2 --retry-after ms --key k --model m --model n"
    _, url = started(start, *words.split(), "--answer", str(answer))
    with httpx.Client(base_url=url, headers={"Authorization": "Bearer k"}) as client:
        said = client.post(PATH, json=BODY)
        assert said.json()["choices"][0]["message"]["content"] == "Grüße"
        assert client.get("/fake/counters").json()["makespan_s"] >= 0.2
        assert client.post(PATH, json=BODY | {"model": "other"}).status_code == 404
        refused = client.post(PATH, json=BODY)
        assert (refused.status_code, "retry-after-ms" in refused.headers) == (429, True)
        assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["m", "n"]
    assert httpx.post(url + PATH, json=BODY).status_code == 401


def test_it_says_which_address_each_provider_has(start: Start) -> None:
    running, url = started(start)
    bases = dict(line.rsplit(None, 1) for line in running.out.read_text().splitlines()[1:])
    assert {name.strip(): base.removeprefix(url) for name, base in bases.items()} == {
        "OpenAI": "/v1",
        "Anthropic": "",
        "Gemini": "",
        "watsonx": "",
        "IBM IAM": "/identity/token",
        "Ollama": "",
    }


def test_a_token_lasts_as_long_as_it_is_told_to(start: Start) -> None:
    _, url = started(start, "--token-lifetime", "7")
    form = {"grant_type": "urn:ibm:params:oauth:grant-type:apikey", "apikey": "k"}
    assert httpx.post(f"{url}/identity/token", data=form).json()["expires_in"] == 7


def test_capacity_and_faults_reach_the_provider(start: Start) -> None:
    _, url = started(start, "--capacity", "0", "--capacity-status", "503")
    assert httpx.post(url + PATH, json=BODY).status_code == 503
    _, url = started(start, "--fault", "429 retry-after=7=0.5", "--fault", "418=0.5")
    assert httpx.post(url + PATH, json=BODY).status_code in (418, 429)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once(start: Start, number: signal.Signals) -> None:
    running, url = started(start, "--latency", "600")
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(httpx.post, url + PATH, json=BODY, timeout=60)
        wait_until(lambda: httpx.get(f"{url}/fake/counters").json()["in_flight"])
        running.process.send_signal(number)
        assert running.wait() == 0
        assert isinstance(hanging.exception(), httpx.TransportError)
    assert running.err.read_text() == ""


def test_a_port_in_use_is_one_sentence(omni: Omni) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = omni("fake-provider", "--port", port)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"Error: Port {port} is in use: set --port to another one, or to 0 for any.\n"
    )


def test_an_address_of_another_machine_is_one_sentence(omni: Omni) -> None:
    refused = omni("fake-provider", "--host", "203.0.113.1", "--port", "0")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "Error: This machine cannot listen on 203.0.113.1, port 0.\n"


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("explode=0.1", "“explode” is not a fault"),
        ("503", "“503” is not a fault and its share, such as 503=0.05."),
        ("503=2", "“503=2” is not a fault and its share, such as 503=0.05."),
    ],
)
def test_a_fault_nobody_understands_is_one_sentence(fault: str, sentence: str) -> None:
    refused = CliRunner().invoke(main, ["fake-provider", "--port", "0", "--fault", fault])
    assert refused.exit_code == 2
    assert f"Error: {sentence}" in refused.output


def test_the_help_lists_every_fault() -> None:
    shown = CliRunner().invoke(main, ["fake-provider", "--help"]).output
    assert all(name in shown for name in FAULTS)
    assert "[[fake: first 2: 503]]" in shown
