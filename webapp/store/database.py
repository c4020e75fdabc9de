"""Opening the database: a SQLite file, or PostgreSQL where its address is given."""

from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, inspect

from webapp.domain.errors import SchemaForeign
from webapp.store import schema, sqlite
from webapp.store.base import Store
from webapp.store.sqlite import SqliteStore

__all__ = ["Place", "Store", "migrate", "open_store"]

Place = Path | str  # a file, or an address such as `postgresql://user:password@host/name`
UPGRADE = (
    "The database has not the tables of this version yet: run `omni db upgrade`, once for all "
    "machines, then start again. Nothing was changed."
)


def open_store(place: Place) -> Store:
    """Open a database; a file is migrated to this version's tables before.

    Raises SchemaForeign where the tables are not those of this version.
    """
    if isinstance(place, Path):
        migrate(place)
        return SqliteStore(place)
    # Imported here: where there is a file, nobody needs PostgreSQL's driver.
    from webapp.store.postgres import PostgresStore

    store = PostgresStore(place)
    with store.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            raise SchemaForeign(UPGRADE)
        if schema.is_behind(connection):
            raise SchemaForeign(UPGRADE)
        schema.demand(connection)
    return store


def migrate(place: Place) -> None:
    """Bring the tables up to date, one process at a time; SchemaForeign if they are newer."""
    # Imported here: the command line starts twice as fast without.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with _migrating(place) as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:  # it knows no such revision
            found = schema.revision(connection)
            raise SchemaForeign(schema.NEWER.format(found, schema.newest())) from None


def _migrating(place: Place) -> AbstractContextManager[Connection]:
    if isinstance(place, Path):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return sqlite.migrating(place)
    from webapp.store import postgres

    return postgres.migrating(place)
