"""The ground a workbench stands on: library, disk, rights, clock, cache, runner."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from webapp.cache import open_cache
from webapp.settings import Settings
from webapp.store import inspection, runners, schema
from webapp.store.invariants import GRACE_S

LITTLE_BYTES = 200 * 1024 * 1024
CLOCK_ERROR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `to_do` is empty where nothing has to be done."""

    name: str
    is_ok: bool
    says: str
    to_do: str = ""


def checks(settings: Settings, connection: Connection) -> list[Check]:
    """All of them; the schema is the first."""
    first = _schema(connection)
    if not first.is_ok:
        return [first]
    return [
        first,
        _journal(connection),
        _disk(settings.data_dir),
        _rights(settings.data_dir),
        _clock(connection),
        _cache(settings),
        _runner(connection),
    ]


def limits(settings: Settings) -> Callable[[str], float]:
    """For how many seconds a call to an endpoint may be under way."""
    known = {
        each.name: max(each.deadlines.total_s, each.deadlines.reasoning_total_s) + GRACE_S
        for each in settings.endpoints
    }
    longest = max(known.values())
    return lambda endpoint: known.get(endpoint, longest)


def live_runner(connection: Connection) -> bool:
    """Whether a runner has been seen within 10 s."""
    return runners.last_seen(connection)[1]


def _schema(connection: Connection) -> Check:
    found, wanted = schema.revision(connection), schema.newest()
    says = f"the database can be read; its tables are of version {found or 'none'}"
    if found == wanted:
        return Check("database", True, f"{says}.")
    to_do = "Start this version once: it brings them up to date, after a copy of the data folder."
    if found > wanted:
        to_do = "Install the version that made them again."
    return Check("database", False, f"{says}, and this program needs {wanted}.", to_do)


def _journal(connection: Connection) -> Check:
    if connection.dialect.name != "sqlite":
        return Check("journal", True, "the server keeps it.")
    found = inspection.journal(connection)
    says = f"SQLite {found.library}, journal mode {found.mode}."
    if found.is_sound:
        return Check("journal", True, says)
    to_do = "This SQLite may lose pages in this mode: stop all processes, start one, look again."
    return Check("journal", False, says, to_do)


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    says = f"{free / 1e9:,.1f} GB are free in the data folder."
    if free >= LITTLE_BYTES:
        return Check("disk", True, says)
    return Check("disk", False, says, "Free some space: when it is full, no batch is accepted.")


def _rights(folder: Path) -> Check:
    open_to_others = sorted(_open_to_others(folder))
    if not open_to_others:
        return Check("rights", True, "nobody else can read the data folder and its keys.")
    says = f"others can read {', '.join(map(str, open_to_others))}."
    return Check("rights", False, says, "Run chmod go-rwx on each.")


def _open_to_others(folder: Path) -> Iterator[Path]:
    keys = folder / "keys"
    for path in (folder, keys, *(keys.iterdir() if keys.is_dir() else ())):
        if path.exists() and path.stat().st_mode & 0o077:
            yield path


def _clock(connection: Connection) -> Check:
    newest = inspection.newest_time(connection)
    now, server = datetime.now(UTC), runners.now(connection)
    if abs(now - server) > CLOCK_ERROR:
        says = f"it is {now:%H:%M:%S} UTC here, and {server:%H:%M:%S} at the database."
        return Check("clock", False, says, "Set both clocks right, by NTP.")
    if newest is None or newest <= now + CLOCK_ERROR:
        return Check("clock", True, f"it is {now:%H:%M:%S} UTC, and nothing was written later.")
    says = f"it is {now:%F %H:%M:%S} UTC, but something was written at {newest:%F %H:%M:%S}."
    to_do = "Set the clock right, by NTP: until then jobs that wait for a time wait too long."
    return Check("clock", False, says, to_do)


def _cache(settings: Settings) -> Check:
    if settings.redis_url is None:
        return _cache_folder(settings.cache_dir)
    trouble = open_cache(*settings.cache_place).trouble
    if trouble is None:
        return Check("cache", True, "the Redis of OMNI_REDIS_URL answers.")
    return Check("cache", False, "the Redis of OMNI_REDIS_URL does not answer.", "Start it.")


def _cache_folder(folder: Path) -> Check:
    if not folder.exists():
        return Check("cache", True, "there is none yet: it is made when it is needed.")
    if os.access(folder, os.W_OK | os.X_OK):
        return Check("cache", True, "results can be kept in files.")
    says = f"results cannot be kept in {folder}."
    return Check("cache", False, says, "Give it to the user of this program, or delete it.")


def _runner(connection: Connection) -> Check:
    seen = inspection.runner_seen(connection)
    if live_runner(connection):
        return Check("runner", True, f"a runner works; {seen.open_jobs:,} jobs are open.")
    last = "never" if seen.seen_at is None else f"last at {seen.seen_at:%F %H:%M:%S} UTC"
    says = f"no runner works ({last}); {seen.open_jobs:,} jobs are open."
    to_do = "Start one: omni serve, or omni runner." if seen.open_jobs else ""
    return Check("runner", not seen.open_jobs, says, to_do)
