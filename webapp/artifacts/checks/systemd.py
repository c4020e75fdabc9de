"""Units of systemd: their directives, the commands they start, and the rights these have."""

from collections.abc import Iterable, Iterator, Sequence

from webapp.artifacts.checks import findings, systemd_commands, systemd_fields, systemd_risks
from webapp.artifacts.checks.systemd_directives import SECTIONS
from webapp.artifacts.checks.systemd_unit import MAX_SETTINGS, Unit, unit
from webapp.artifacts.checks.text import leftovers
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "systemd/no-file": Severity.ERROR,
    "systemd/too-large": Severity.ERROR,
    "systemd/other-file": Severity.NOTE,
}
MAX_BYTES = 256 * 1024


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the services, sockets, timers, paths and targets of an answer.

    A file of another sort is only looked at for leftovers, and a note says so.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if file.path.rpartition(".")[2] in SECTIONS]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    units = [unit(file) for file in chosen]
    yield _large(units)
    yield (found for one in units for found in systemd_fields.faults(one))
    yield (found for one in units for found in systemd_commands.commands(one))
    yield systemd_risks.risks(units)


def _finding(rule: str, path: str, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, None, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not chosen:
        message = "There is no unit among these files: its name should end with .service."
        yield _finding("systemd/no-file", "", message)
    if sum(len(file.content) for file in chosen) > MAX_BYTES:
        message = f"Units of more than {MAX_BYTES // 1024} KB in one answer are not checked."
        yield _finding("systemd/too-large", chosen[0].path, message)
    for file in others:
        message = "This is not a unit that is checked: its content was not looked at."
        yield _finding("systemd/other-file", file.path, message)


def _large(units: Sequence[Unit]) -> Iterator[Finding]:
    for one in units:
        if len(one.settings) == MAX_SETTINGS:
            message = f"A unit with {MAX_SETTINGS:,} settings or more is not checked."
            yield _finding("systemd/too-large", one.path, message)
