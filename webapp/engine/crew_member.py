"""The process behind `Crew`: reads tasks from its standard input until that ends."""

import os
import pickle
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO

from webapp.artifacts.consistency import disagreements
from webapp.artifacts.examine import examine
from webapp.cache import ResultCache, open_cache
from webapp.domain.artifact import Artifact, Result
from webapp.engine.crash import Crash
from webapp.engine.crew import LENGTH_BYTES


def main(niceness: str) -> None:
    """Do tasks one after another, where the cache is first; the runner's end ends the input."""
    os.nice(int(niceness))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the runner, which says when
    # Whatever a library prints must not end up between the frames.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tasks = sys.stdin.buffer
    if first := _frame(tasks):
        cache_place, crash_at, uses_full = first
        check = partial(examine, uses_full=uses_full)
        serve(tasks, replies, open_cache(*cache_place), Crash(crash_at), check)


def _frame(tasks: BinaryIO) -> Any:
    """The next frame, or None at the end."""
    length = tasks.read(LENGTH_BYTES)
    frame = tasks.read(int.from_bytes(length))
    return pickle.loads(frame) if frame else None  # noqa: S301 only the runner writes there


def serve(
    tasks: BinaryIO,
    replies: BinaryIO,
    cache: ResultCache,
    crash: Crash,
    check: Callable[..., Artifact],
) -> None:
    """Answer frames of (number, task, words) with frames of (number, result)."""

    def keep(results: Mapping[str, Result]) -> None:
        cache.set_many(results)
        crash.at("after_file_rename")

    known: dict[str, Callable[..., Any]] = {
        "ready": lambda: None,
        "examine": check,
        "compare": disagreements,
        "keep": keep,
    }
    while task := _frame(tasks):
        number, name, words = task
        packed = pickle.dumps((number, known[name](*words)))
        replies.write(len(packed).to_bytes(LENGTH_BYTES) + packed)
        replies.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
