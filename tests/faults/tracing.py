"""Programs under strace: what they ask of the system, and calls that are made to fail."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from webapp.settings import ROOT

CALLS = "pwrite64,fdatasync,fsync,sendto"


@dataclass(frozen=True, slots=True)
class Called:
    """One call to the system that has returned: by which thread, and what strace shows of it."""

    thread: int
    name: str
    shown: str

    @property
    def writes_log(self) -> bool:
        """Whether it writes into the write-ahead log of the database."""
        return self.name == "pwrite64" and "omni.sqlite3-wal>" in self.shown

    @property
    def syncs_log(self) -> bool:
        """Whether it brings that to the disk."""
        return self.name in ("fdatasync", "fsync") and "omni.sqlite3-wal>" in self.shown


@contextmanager
def traced(
    command: Sequence[str], env: Mapping[str, str], trace: Path, *options: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program under strace, which is a child of it, so that it gets our signals itself."""
    strace = shutil.which("strace")
    assert strace is not None
    # -y shows the paths of files, and the first bytes tell an answer from another.
    words = [strace, "-D", "-f", "-y", "-s", "40", "-e", "signal=none", "-o", str(trace)]
    with trace.with_suffix(".err").open("wb") as stderr:
        process = subprocess.Popen(
            [*words, *(options or ("-e", f"trace={CALLS}")), *command],
            env=dict(env), cwd=ROOT, stderr=stderr,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def calls(trace: Path) -> list[Called]:
    """What was called, in the order of the returns."""
    found = []
    begun: dict[int, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        thread, _, shown = line.partition(" ")
        shown = shown.strip()
        if shown.endswith("<unfinished ...>"):
            begun[int(thread)] = shown.removesuffix("<unfinished ...>")
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", shown):
            shown = begun.pop(int(thread), "") + resumed[1]
        if name := re.match(r"\w+(?=\()", shown):
            found.append(Called(int(thread), name[0], shown))
    return found
