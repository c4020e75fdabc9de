"""Settings for a command: a fault is told in sentences, not as a traceback."""

import click

from webapp.settings import BadSettings, Settings, load_settings


def settings_or_exit() -> Settings:
    """The settings of this start; exit code 1 with a sentence for each fault."""
    try:
        return load_settings()
    except BadSettings as error:
        raise click.ClickException(str(error)) from None
