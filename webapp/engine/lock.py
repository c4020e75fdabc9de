"""The lock that makes a process the one runner of a data folder."""

import fcntl
from pathlib import Path
from typing import IO


def open_lock(database: Path) -> IO[bytes]:
    """The lock's file, beside the database; closing it lets go of what `is_ours` took."""
    return database.with_name(database.name + ".runner").open("ab")


def is_ours(lock: IO[bytes]) -> bool:
    """Take the lock without waiting; False where another process or thread holds it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
