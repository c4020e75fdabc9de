"""The peers as processes."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.processes import plain_environment, wait_until
from webapp.settings import ROOT

PEERS = ROOT / ".peers"
PYTHON = PEERS / "venv/bin/python"
MODEL_SERVER = (str(PYTHON), str(Path(__file__).parent / "llama_server.py"))
JUDGE = (str(PYTHON), "-m", "uvicorn", "llmock.main:app", "--host", "127.0.0.1")
MOCK_SERVER = (str(PEERS / "node"), str(PEERS / "mock/dist/cli.js"))
KEY = "sk-peer-0123456789"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def process(*words: str, cwd: Path = ROOT, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is killed at the end of the block; what it says on the side is thrown away."""
    env, nowhere = plain_environment() | variables, subprocess.DEVNULL
    with subprocess.Popen(words, env=env, cwd=cwd, stdout=nowhere, stderr=nowhere) as running:
        try:
            yield running
        finally:
            running.kill()


@contextlib.contextmanager
def loading_model(port: int, *key: str) -> Iterator[str]:
    """The address of the small model, which has only begun to load."""
    with process(*MODEL_SERVER, str(port), *key):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def small_model(*key: str) -> Iterator[str]:
    """The address of the small model, ready."""
    with loading_model(free_port(), *key) as url:
        wait_until(lambda: answers(f"{url}/health"))
        yield url


@contextlib.contextmanager
def mock(fixtures: Path) -> Iterator[str]:
    """The address of a server that plays several providers: what is asked decides what it says."""
    port = str(free_port())
    words = (*MOCK_SERVER, "--port", port, "--fixtures", str(fixtures), "--validate-on-load")
    with process(*words, AIMOCK_API_KEYS=KEY):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/health"))
        yield url


@contextlib.contextmanager
def judge() -> Iterator[str]:
    """The address of a server that plays providers, breaks them, and judges what a client did."""
    port = str(free_port())
    # As slow as a model: who stops reading has done so before the end.
    with process(*JUDGE, "--port", port, LLMOCK_STREAM_CHUNK_DELAY_MS="20"):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(f"{url}/health"))
        yield url


def answers(url: str) -> bool:
    """Whether something is there, and well."""
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
