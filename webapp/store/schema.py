"""Which version the tables have, and which one this code was written for."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection

from webapp.domain.errors import SchemaForeign

MIGRATIONS = Path(__file__).parent / "migrations"
OTHER = (
    "The database was changed by another version of Omni-Architect ({} instead of {}); nothing was "
    "saved. Restart every process of this one with the version that is installed now."
)
NEWER = (
    "The database is of a newer version of Omni-Architect ({}) than this one ({}); nothing was "
    "changed. Install the newer version again, or go back to a copy of the data folder."
)


@cache
def newest() -> str:
    """The revision that this code works with."""
    # Imported here: the command line starts twice as fast without.
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def revision(connection: Connection) -> str:
    """The revision of the tables; "" where there are none yet."""
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found or ""


def fault(connection: Connection) -> str | None:
    """A sentence where the tables are not those of this code."""
    found = revision(connection)
    return None if found == newest() else OTHER.format(found, newest())


def is_behind(connection: Connection) -> bool:
    """Whether the tables are those of an earlier version, which a migration brings up to date."""
    from alembic.script import ScriptDirectory

    found = revision(connection)
    known = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return found != newest() and any(each.revision == found for each in known)


def demand(connection: Connection) -> None:
    """Raise SchemaForeign where the tables are not those of this code.

    Asked in each transaction that writes: a process that has outlived an upgrade would write rows
    that the new version does not understand.
    """
    if (sentence := fault(connection)) is not None:
        raise SchemaForeign(sentence)
