"""`omni stale`: mark the results that would be asked otherwise by now."""

import click

from webapp import logs
from webapp.cli.settings import settings_or_exit


@click.command(name="stale")
@click.option("--quiet", is_flag=True, help="Say nothing where nothing has changed.")
def command(quiet: bool) -> None:
    """Mark results that would be asked otherwise by now.

    So it is where this version has other templates or checks than the one that made them.
    `omni serve` and `omni db upgrade` do it too; a change of a project's files or facts is seen at
    once. The page of a batch offers to rebuild what is marked.
    """
    settings = settings_or_exit()
    logs.configure(settings)
    from webapp.service import open_service

    number = open_service(settings).look_for_other_templates()
    if number:
        click.echo(f"{number:,} {'job' if number == 1 else 'jobs'} marked anew.")
    elif not quiet:
        click.echo("Nothing has changed.")
