"""`omni runner`: the process that works off the queue."""

import asyncio
import logging
import sys

import click

from webapp import logs
from webapp.cli.settings import settings_or_exit
from webapp.domain.errors import OmniError

log = logging.getLogger(__name__)


@click.command(name="runner")
def command() -> None:
    """Start a runner alone, beside a web server of your own.

    SIGTERM or Ctrl-C lets running calls end within 20 s; a second one hands them back at once.
    """
    settings = settings_or_exit()
    logs.configure(settings)
    from webapp.engine import runner

    try:
        sys.exit(asyncio.run(runner.main(settings)))
    except OmniError as error:
        log.error("the runner ended: %s", error.sentence)
        sys.exit(1)
    except Exception:
        # Into the log file too, and with secrets masked: the interpreter would print it bare.
        log.exception("the runner failed")
        sys.exit(1)
