"""Processes of ours, looked at from outside."""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from webapp.settings import Settings, variable_name

DEADLINE_S = 30.0
OMNI = (sys.executable, "-m", "webapp.cli")


def plain_environment() -> dict[str, str]:
    """The environment without any setting of ours, or what happens to be on this machine."""
    known = {variable_name(field) for field in Settings.model_fields}
    plain = {name: value for name, value in os.environ.items() if name not in known}
    return plain | {"OMNI_FIND_OLLAMA": "false", "OMNI_FULL_CHECKS": "false"}


def wait_until(condition: Callable[[], object], within_s: float = DEADLINE_S) -> None:
    """Wait until a condition holds; fails after 30 s, or after another time."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to pass within {within_s:g} s"
        time.sleep(0.02)


@dataclass(frozen=True)
class Running:
    """An `omni` process, and what it says."""

    process: subprocess.Popen[bytes]
    out: Path
    err: Path

    def url(self) -> str:
        """The address it says when it is ready."""
        wait_until(lambda: "ready: " in self.out.read_text() or self.process.poll() is not None)
        found = re.search(r"http://\S+", self.out.read_text())
        assert found is not None, self.err.read_text()
        return found[0]

    def children(self) -> dict[str, int]:
        """The pids of what it has started: of `gunicorn` and of `runner`."""
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        found: dict[str, int] = {}
        for child in map(int, listed):
            with contextlib.suppress(FileNotFoundError):
                words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
                found |= {name: child for name in ("gunicorn", "runner") if name in words}
        return found

    def wait(self) -> int:
        """The exit code, once it has ended."""
        return self.process.wait(DEADLINE_S)


def lives(pid: int) -> bool:
    """Whether a process exists and has not ended."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
