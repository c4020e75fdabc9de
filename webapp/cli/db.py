"""`omni db`: the database."""

from pathlib import Path

import click

from webapp.cli.settings import settings_or_exit
from webapp.domain.errors import BackupFailed


@click.group(name="db")
def command() -> None:
    """Back up the database while everything goes on."""


@command.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to FILE, which must not exist, while everything goes on.

    FILE holds all batches, projects and results as of one instant; only its owner may read it.
    """
    from webapp.store.backup import back_up

    settings = settings_or_exit()
    try:
        size = back_up(settings.database_path, file)
    except BackupFailed as error:
        raise click.ClickException(error.sentence) from None
    click.echo(f"{file}: {size / 1e6:,.1f} MB, checked.")
    click.echo(
        f"Not in it: {settings.data_dir / 'keys'}, .env and omni.toml; keep these apart from it, "
        "for they are secret."
    )
