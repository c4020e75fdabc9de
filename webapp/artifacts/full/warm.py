"""A program that stays: asked in lines of JSON over pipes, and replaced when it gives no answer."""

import atexit
import json
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from typing import IO, Any, cast

from webapp.artifacts.checks import sandbox
from webapp.artifacts.checks.sandbox import CouldNotRun

START_S = 10.0  # importing takes a second, and many times that where other processes are busy
ANSWER_S = 5.0
MAX_ANSWERS = 200  # then another takes over, without what this one has gathered in memory
CPU_S = 300  # in its whole life; what one answer may cost, the program itself says

Command = Callable[[str], list[str]]  # from the folder that the program may write to


class WarmProgram:
    """One process at a time, started by exec when it is first asked. Threads take turns."""

    def __init__(self, name: str, command: Command) -> None:
        self._name = name
        self._command = command
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._answers = 0

    def ask(self, request: Any, *, timeout_s: float = ANSWER_S) -> Any:
        """What the program answers; raises `CouldNotRun`, and ends it, where that is nothing.

        The first answer of a process may take 10 s longer.
        """
        with self._lock:
            if self._process is not None and self._is_spent(self._process):
                self._end()
            allowed_s = timeout_s if self._process else timeout_s + START_S
            try:
                return json.loads(self._exchange(json.dumps(request).encode() + b"\n", allowed_s))
            except (CouldNotRun, OSError, ValueError) as error:
                self._end()
                if isinstance(error, CouldNotRun):
                    raise
                raise CouldNotRun(f"{self._name} gave no answer") from error

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            self._end()

    def _exchange(self, line: bytes, timeout_s: float) -> bytes:
        process = self._process or self._start()
        deadline = time.monotonic() + timeout_s
        questions = cast(IO[bytes], process.stdin)
        answers = cast(IO[bytes], process.stdout)
        with selectors.DefaultSelector() as selector:
            selector.register(questions, selectors.EVENT_WRITE)
            selector.register(answers, selectors.EVENT_READ)
            answer = b""
            while not answer.endswith(b"\n"):
                ready = selector.select(max(0.0, deadline - time.monotonic()))
                if not ready:
                    raise CouldNotRun(f"{self._name} did not end within {timeout_s:g} s")
                for key, _ in ready:
                    if key.fileobj is questions:
                        line = line[os.write(questions.fileno(), line[:65536]) :]
                        if not line:
                            selector.unregister(questions)
                        continue
                    read = os.read(answers.fileno(), 65536)
                    answer += read
                    if not read or len(answer) > sandbox.OUTPUT_BYTES:
                        raise CouldNotRun(f"{self._name} gave no answer")
        self._answers += 1
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._folder = tempfile.TemporaryDirectory(prefix=sandbox.FOLDER_PREFIX)
        folder = self._folder.name
        self._process = process = subprocess.Popen(  # noqa: S603 the command is ours
            self._command(folder),
            cwd=folder,
            env=sandbox.environment(folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            bufsize=0,
        )
        os.set_blocking(cast(IO[bytes], process.stdin).fileno(), False)
        self._answers = 0
        atexit.register(self.close)
        return process

    def _is_spent(self, process: subprocess.Popen[bytes]) -> bool:
        # One that nobody asks ends by itself. It is not reaped by this: see `_end`.
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return ended is not None or self._answers >= MAX_ANSWERS

    def _end(self) -> None:
        if self._process is not None:
            with self._process:  # closes its pipes
                # Not reaped yet, so the number of its group cannot have become another's.
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._folder is not None:
            self._folder.cleanup()
        self._process = self._folder = None
        atexit.unregister(self.close)
