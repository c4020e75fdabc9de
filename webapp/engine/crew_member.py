"""The process behind `Crew`: reads tasks from its standard input until that ends."""

import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from webapp.artifacts.examine import examine
from webapp.cache import ResultCache, open_cache
from webapp.engine.crew import LENGTH_BYTES


def main(cache_dir: str, cache_ttl_s: str, niceness: str) -> None:
    """Do tasks one after another; the runner's end is the end of the input."""
    os.nice(int(niceness))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the runner, which says when
    # Whatever a library prints must not end up between the frames.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, replies, open_cache(Path(cache_dir), int(cache_ttl_s)))


def serve(tasks: BinaryIO, replies: BinaryIO, cache: ResultCache) -> None:
    """Answer frames of (number, task, words) with frames of (number, result)."""
    known: dict[str, Callable[..., Any]] = {"examine": examine, "keep": cache.set_many}
    while length := tasks.read(LENGTH_BYTES):
        frame = tasks.read(int.from_bytes(length))
        number, name, words = pickle.loads(frame)  # noqa: S301 only the runner writes there
        packed = pickle.dumps((number, known[name](*words)))
        replies.write(len(packed).to_bytes(LENGTH_BYTES) + packed)
        replies.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
