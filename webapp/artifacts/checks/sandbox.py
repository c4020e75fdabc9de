"""Programs that read generated files: no keys, no network, no other files, and limits on all."""

import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import BinaryIO

TIMEOUT_S = 5.0
MEMORY_BYTES = 2**30
WRITTEN_BYTES = 8 * 2**20
OUTPUT_BYTES = 1_000_000
FOLDER_PREFIX = "omni-check-"


class CouldNotRun(Exception):
    """A program gave no answer that can be believed; the text is the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended; output that is not UTF-8 is replaced."""

    code: int
    stdout: str
    stderr: str


def run(
    program: Path,
    arguments: Sequence[str],
    files: Mapping[str, str],
    *,
    timeout_s: float = TIMEOUT_S,
    memory_bytes: int = MEMORY_BYTES,
    shown: Sequence[Path] = (),
    is_isolated: bool | None = None,
    name: str | None = None,
) -> Outcome:
    """Run a program over `files` (path to text), alone in a fresh folder that is its cwd and HOME.

    The process sees an empty environment and may use `memory_bytes`, `timeout_s` (rounded up for
    CPU time) and write 8 MB. With bubblewrap, used where it works unless `is_isolated` says
    otherwise, it has no network and sees only /usr, itself, what is `shown` and its folder. Raises
    `CouldNotRun`, which names the program, or `name`, where that or prlimit is missing, the time is
    over, a signal ended it or it wrote over 1 MB.
    """
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        for file_name, text in files.items():
            path = Path(folder) / file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "replace"))
        command = confined(
            (program, *arguments),
            folder,
            cpu_s=int(timeout_s) + 1,
            memory_bytes=memory_bytes,
            shown=shown,
            is_isolated=is_isolated,
        )
        return _finish(command, folder, name or program.name, timeout_s)


def confined(
    command: Sequence[Path | str],
    folder: str,
    *,
    cpu_s: int,
    memory_bytes: int,
    shown: Sequence[Path] = (),
    is_isolated: bool | None = None,
) -> list[str]:
    """The words that start a command, whose first is a path, under the limits that `run` has.

    Raises `CouldNotRun` where the program or prlimit is missing.
    """
    program = Path(command[0])
    if not program.is_file():
        raise CouldNotRun(f"{program.name} is not installed")
    isolated = works_isolated() if is_isolated is None else is_isolated
    wrapper = _bubblewrap((program, *shown), folder) if isolated else []
    return [*_limits(cpu_s, memory_bytes), *wrapper, *map(str, command)]


def environment(folder: str) -> dict[str, str]:
    """All that a program sees of the environment: no keys, no proxies."""
    return {"PATH": "/usr/bin:/bin", "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"}


def _limits(cpu_s: int, memory_bytes: int) -> list[str]:
    # Not preexec_fn: it may deadlock in a process that has threads.
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        raise CouldNotRun("prlimit (of util-linux) is not installed")
    limits = [f"--as={memory_bytes}", f"--cpu={cpu_s}", f"--fsize={WRITTEN_BYTES}", "--core=0"]
    return [prlimit, *limits, "--"]


def _bubblewrap(shown: Sequence[Path], folder: str) -> list[str]:
    flags = ["--unshare-all", "--die-with-parent", "--new-session"]
    system = ["--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev"]
    libraries = [part for path in ("/lib", "/lib64") for part in ("--ro-bind-try", path, path)]
    own = [part for path in shown for part in ("--ro-bind", str(path), str(path))]
    return ["bwrap", *flags, *system, *libraries, *own, "--bind", folder, folder, "--chdir", folder]


@cache
def works_isolated() -> bool:
    """Whether bubblewrap is installed and may make namespaces here; found out once."""
    if shutil.which("bwrap") is None:
        return False
    try:
        return run(Path("/usr/bin/true"), (), {}, is_isolated=True).code == 0
    except CouldNotRun:
        return False


def _finish(command: Sequence[str], folder: str, name: str, timeout_s: float) -> Outcome:
    # Into files, which the limit on written bytes holds for: a pipe would fill our memory.
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(  # noqa: S603 the command is ours, only its files are foreign
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
        try:
            has_ended = _ends_within(process.pid, timeout_s)
        finally:
            # Not reaped yet, so the number of its group cannot have become another's.
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        if not has_ended:
            raise CouldNotRun(f"{name} did not end within {timeout_s:g} s")
        number = -code if code < 0 else code - 128  # bubblewrap reports signal n as 128 + n
        if number in signal.valid_signals():
            raise CouldNotRun(f"{name} was ended by signal {number}")
        return Outcome(code, _text(stdout, name), _text(stderr, name))


def _ends_within(pid: int, timeout_s: float) -> bool:
    # Popen.wait(timeout) looks at growing intervals, up to 50 ms late: twice what a linter takes.
    descriptor = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(timeout_s * 1000))
    finally:
        os.close(descriptor)


def _text(output: BinaryIO, name: str) -> str:
    output.seek(0)
    read = output.read(OUTPUT_BYTES + 1)
    if len(read) > OUTPUT_BYTES:
        raise CouldNotRun(f"{name} wrote more than {OUTPUT_BYTES // 1_000_000} MB")
    return read.decode("utf-8", "replace")


@cache
def installed_program(distribution: str, ending: str) -> Path:
    """The program that a Python distribution brings, by the end of its path.

    Raises `CouldNotRun` where the distribution is not installed or has no such file.
    """
    try:
        files = metadata.files(distribution) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.as_posix().endswith(ending):
            return Path(str(file.locate())).resolve()
    raise CouldNotRun(f"{distribution} is not installed")
