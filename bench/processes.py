"""The product and its provider as real processes on loopback."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
START_S = 30


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process has used: CPU seconds, and its peak memory in MB."""

    cpu_s: float
    peak_mb: float


def usage(pid: int) -> Usage:
    """Read what a process and its waited-for children have used so far."""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return Usage(sum(map(int, stat[11:15])) / TICKS, int(peak[1]) / 1024 if peak else 0.0)


def descendants(pid: int) -> list[int]:
    """A process and everything it has started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in listed for found in descendants(int(child)))]


def total(pids: list[int]) -> Usage:
    """The sum over processes; the memory is the sum of the peaks."""
    parts = [usage(pid) for pid in pids]
    return Usage(sum(p.cpu_s for p in parts), sum(p.peak_mb for p in parts))


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A fresh folder where an install keeps its data by default, on the same disk."""
    var = ROOT / "var"
    var.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=var) as name:
        yield Path(name)


def omni(*words: str) -> list[str]:
    """A command of ours."""
    return [sys.executable, "-m", "webapp.cli", *words]


@contextlib.contextmanager
def process(command: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A running command; ended by SIGTERM."""
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | env, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(30)


def url_said(running: subprocess.Popen[str]) -> str:
    """The address a process prints when it is ready."""
    assert running.stdout is not None
    for line in running.stdout:
        found = re.search(r"http://[^\s/]+", line)
        if found:
            return found[0]
    raise RuntimeError("the process ended without saying its address")


@contextlib.contextmanager
def fake_provider(answer: Path, *options: str) -> Iterator[str]:
    """A provider that always gives the same answer, at once but for what the options say."""
    words = ("fake-provider", "--port", "0", "--answer", str(answer), *options)
    with process(omni(*words), {}) as running:
        yield url_said(running)


@dataclass(frozen=True, slots=True)
class Product:
    """A running default install."""

    url: str
    pid: int
    env: Mapping[str, str]

    def submit(self, jobs: Path, out: Path, at_once: int) -> dict[str, float]:
        """Submit a job file as a user does; what `omni submit --json` says of it.

        Raises CalledProcessError where it says nothing; some of the jobs may have failed.
        """
        words = ["submit", "--jobs", str(jobs), "--out", str(out), "--concurrency", str(at_once)]
        env = os.environ | self.env
        command = omni(*words, "--json")
        done = subprocess.run(command, cwd=ROOT, env=env, check=False, stdout=subprocess.PIPE)
        if not done.stdout:
            done.check_returncode()
        said: dict[str, float] = json.loads(done.stdout)
        return said


@contextlib.contextmanager
def product(place: Path, provider_url: str, at_once: int, **variables: str) -> Iterator[Product]:
    """The default install over an empty folder, with one endpoint."""
    env = variables | {
        "OMNI_DATA_DIR": str(place),
        "OMNI_PORT": "0",
        "OMNI_FULL_CHECKS": "false",
        "OMNI_LOG_LEVEL": "warning",
        "OMNI_MAX_CONCURRENT_REQUESTS": str(at_once),
        "OPENAI_BASE_URL": f"{provider_url}/v1",
        "OPENAI_API_KEY": "bench",
    }
    with process(omni("serve"), env) as running:
        url = url_said(running)
        wait_ready(url)
        yield Product(url, running.pid, env)


@contextlib.contextmanager
def bare_app(place: Path) -> Iterator[str]:
    """The application of `bench.bare` in one worker, under the settings of ours."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    env = {"OMNI_DATA_DIR": str(place), "OMNI_PORT": port, "OMNI_WEB_WORKERS": "1"}
    with process([sys.executable, "-m", "gunicorn", "bench.bare:app"], env):
        url = f"http://127.0.0.1:{port}"
        wait_ready(url)
        yield url


def wait_ready(url: str) -> None:
    """Wait until it says that it is ready."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/readyz") as reply:
            if reply.status == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing became ready at {url}")


def counters(provider_url: str) -> dict[str, Any]:
    """What the fake provider counted."""
    with urllib.request.urlopen(f"{provider_url}/fake/counters") as reply:
        counted: dict[str, Any] = json.load(reply)
        return counted


def reset(provider_url: str) -> None:
    """Let the fake provider count anew."""
    urllib.request.urlopen(f"{provider_url}/fake/reset", data=b"").close()
