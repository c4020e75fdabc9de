"""A real `gunicorn wsgi:app`, looked at from outside."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from tests.processes import Running, lives, wait_until
from webapp.settings import ROOT


class WebServer:
    """The web server alone, on a free local port; it answers when it is made."""

    def __init__(self, env: dict[str, str], err: Path, words: tuple[str, ...] = ()) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        given = env | {"OMNI_PORT": str(self.port)}
        command = [sys.executable, "-m", "gunicorn", *words, "wsgi:app"]
        with err.open("wb") as stderr:
            process = subprocess.Popen(command, env=given, cwd=ROOT, stdout=stderr, stderr=stderr)
        self.running = Running(process, err, err)
        wait_until(self.answers)

    def answers(self) -> bool:
        """Whether it answers."""
        try:
            return httpx.get(f"{self.url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def says(self) -> str:
        """What it has logged."""
        return self.running.err.read_text()

    def workers(self) -> set[int]:
        """The pids of its workers."""
        pid = self.running.process.pid
        return set(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def reload(self) -> None:
        """Tell it to reload; returns when the workers of before have ended."""
        before = self.workers()
        self.running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: not any(map(lives, before)))

    def kill(self) -> None:
        """End it at once."""
        self.running.process.kill()
        self.running.process.wait()
