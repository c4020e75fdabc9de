"""`omni check`: the checks of the artifacts over files of anybody's repository."""

import sys
from collections.abc import Callable, Iterator

import click

from webapp.artifacts.base import Check
from webapp.artifacts.checking import Unit, check_of, check_unit, full_check_of
from webapp.artifacts.kind_rows import BY_KIND
from webapp.artifacts.units import units
from webapp.cli.checked_files import SEVERITY, CannotTake, CheckedFiles
from webapp.cli.report import FORMATS
from webapp.domain.artifact import Finding, Severity

ERRORS = 1


class _Usage(click.ClickException):
    """What was asked for cannot be done; one sentence, without a reminder of the options."""

    exit_code = 2


@click.command(name="check")
@click.option(
    "--kind",
    type=click.Choice(sorted(BY_KIND)),
    metavar="KIND",
    help="What the files are; of a folder, only what is of this kind is checked.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Lines for people, or one document for programs.",
)
@click.option(
    "--full",
    "in_full",
    is_flag=True,
    help="Ask the slower tools of the extra `full` as well.",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
def command(kind: str | None, form: str, in_full: bool, paths: tuple[str, ...]) -> None:
    """Check files of a repository; no server, no database, no settings needed.

    A PATH is a file, a folder, or - for standard input. A folder is looked through for whatever
    can be checked, but for the folders of tools and what a .gitignore names; links are not
    followed. The kind is seen from name and content. Kinds: dockerfile, compose, kubernetes, helm,
    kustomize, network-policies, terraform, github-actions, gitlab-ci, ansible, prometheus-rules,
    otel-collector, otel-sidecar, otel-sdk, grafana-dashboard, shell, systemd.

    Exit code 0: no errors, warnings and notes aside. 1: errors. 2: a wrong option, a path that
    cannot be read, or a file that no kind fits.
    """
    find_check = _in_full() if in_full else check_of
    given = CheckedFiles(kind)
    try:
        for path in paths:
            given.take(path)
        given.complete()
    except CannotTake as error:
        raise _Usage(error.sentence) from None
    listed = units(given.files, given.kinds, given.asked)
    found = [unit for unit in listed if kind in (None, unit.kind)]
    findings = [*given.findings, *(one for unit in found for one in _findings(unit, find_check))]
    findings = sorted(dict.fromkeys(findings), key=lambda one: (one.path, one.line or 0))
    click.echo(FORMATS[form](findings, sum(len(unit.files) for unit in found)), nl=False)
    if any(finding.severity is Severity.ERROR for finding in findings):
        sys.exit(ERRORS)


def _in_full() -> Callable[[str], Check]:
    from webapp.artifacts import full

    if not full.version():
        raise _Usage("The extra `full` is not installed: run `make full` in the checkout.")
    return full_check_of


def _findings(unit: Unit, find_check: Callable[[str], Check]) -> Iterator[Finding]:
    try:
        yield from check_unit(unit, find_check)
    except Exception as error:
        message = f"The check broke off, which is a fault of omni itself ({type(error).__name__})."
        path = unit.files[0].path
        yield Finding("file/not-checked", SEVERITY["file/not-checked"], path, None, message)
