"""`omni db`: the database."""

from pathlib import Path

import click

from webapp.cli.settings import settings_or_exit
from webapp.domain.errors import BackupFailed


@click.group(name="db")
def command() -> None:
    """Make the tables of a PostgreSQL, or back up the file."""


@command.command()
def upgrade() -> None:
    """Bring the tables up to date: once, before the first start and with each new version.

    Runners and web servers of the version before end, or answer with a sentence, from then on.
    """
    from webapp.service import open_service
    from webapp.store.database import migrate
    from webapp.store.schema import newest

    settings = settings_or_exit()
    migrate(settings.database)
    click.echo(f"The tables are those of this version ({newest()}).")
    if marked := open_service(settings).look_for_other_templates():
        click.echo(f"{marked:,} results are stale or no longer so: this version asks otherwise.")


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, which must not exist, while everything goes on.

    FILE holds all batches, projects and results as of one instant; only its owner may read it.
    """
    from webapp.store.backup import back_up

    settings = settings_or_exit()
    if not isinstance(settings.database, Path):
        raise BackupFailed("The database is a PostgreSQL: back it up with pg_dump.")
    size = back_up(settings.database, file)
    click.echo(f"{file}: {size / 1e6:,.1f} MB, checked.")
    click.echo(
        f"Not in it: {settings.data_dir / 'keys'}, .env and omni.toml; keep these apart from it, "
        "for they are secret."
    )
