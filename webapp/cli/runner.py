"""`omni runner`: the process that works off the queue."""

import asyncio
import logging
import os
import sys
from typing import NoReturn

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

    loop = asyncio.Runner()
    try:
        code = loop.run(runner.main(settings))
    except OmniError as error:
        log.error("the runner ended: %s", error.sentence)
        _end_at_once()
    except Exception:
        # Into the log file too, and with secrets masked: the interpreter would print it bare.
        log.exception("the runner failed")
        _end_at_once()
    loop.close()
    sys.exit(code)


def _end_at_once() -> NoReturn:
    """End without waiting for what is under way: the next runner settles it, or has already.

    To close the loop would end lanes in the queue of a cluster that others may have by now, over
    connections that are gone.
    """
    logging.shutdown()
    os._exit(1)
