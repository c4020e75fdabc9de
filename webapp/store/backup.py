"""A copy of the database as it stands at one instant, while web and runner go on."""

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from webapp.domain.errors import BackupFailed
from webapp.store.sqlite import open_engine, sqlite_module


def back_up(database: Path, target: Path) -> int:
    """Copy a database file to a new file for its owner alone; gives its size in bytes.

    The copy is checked before it gets its name, so `target` is whole or absent. Raises BackupFailed
    where there is no database, where `target` exists, or where it cannot be written.
    """
    if not database.exists():
        raise BackupFailed(f"There is no database {database}: nothing was backed up.")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(database, draft)
        size = draft.stat().st_size
        _name(draft, target)
    except FileExistsError:
        raise BackupFailed(f"{target} exists and was left as it is: name a new file.") from None
    except OSError as error:
        raise BackupFailed(f"{target} cannot be written: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            draft.unlink()
    return size


def _copy(database: Path, draft: Path) -> None:
    module = sqlite_module()
    engine = open_engine(database)
    try:
        with closing(engine.raw_connection()) as pooled, closing(module.connect(draft)) as copy:
            connection: Any = pooled.driver_connection
            # All pages in one step: in several, it would begin anew whenever somebody commits.
            connection.backup(copy, pages=-1)
            # One file alone: in WAL mode the next to open it would put others beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            _check(copy)
    except module.Error as error:
        raise BackupFailed(f"The database could not be copied: {error}.") from None
    finally:
        engine.dispose()


def _check(copy: Any) -> None:
    (said,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise BackupFailed(f"The copy is damaged and was deleted: {said}.")


def _name(draft: Path, target: Path) -> None:
    """Give the draft its name, unless another file has it by now, and make both stay."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    target.hardlink_to(draft)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
