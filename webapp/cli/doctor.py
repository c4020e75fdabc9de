"""`omni doctor`: whether all is well, and what to do where it is not."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from webapp.cli.settings import settings_or_exit
from webapp.domain.errors import OmniError

if TYPE_CHECKING:
    from webapp.doctor import Report

WIDTH = 12


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs, as one JSON object.")
def command(as_json: bool) -> None:
    """Look whether all is well, and say what to do where it is not.

    Changes nothing, and may be run while batches run. The exit code is 1 where something is not
    well. Every stored text is read once: 100,000 jobs take some seconds.
    """
    settings = settings_or_exit()
    from webapp import doctor

    try:
        report = doctor.examine(settings)
    except OmniError as error:
        raise click.ClickException(error.sentence) from None
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        for line in _lines(report):
            click.echo(line)
    sys.exit(0 if report.is_well else 1)


def _lines(report: "Report") -> Iterator[str]:
    for check in report.checks:
        yield _line(check.name, check.is_ok, check.says)
        if check.to_do:
            yield f"{'':{WIDTH}}     -> {check.to_do}"
    for each in report.invariants:
        yield _line(each.name, not each.broken, each.sentence)
        if each.broken:
            places = f"{each.broken:,} place{'s' * (each.broken != 1)}"
            yield f"{'':{WIDTH}}     -> not so in {places}: {', '.join(each.examples)}"


def _line(name: str, is_ok: bool, says: str) -> str:
    return f"{name:{WIDTH}} {'ok ' if is_ok else 'BAD'} {says[0].upper()}{says[1:]}"
