"""Programs that check one format: what they are asked and how they answer."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from webapp.artifacts.checks import sandbox
from webapp.artifacts.checks.findings import shortened

MAX_MESSAGE_CHARS = 300


def report(
    distribution: str, ending: str, arguments: Sequence[str], files: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The remarks, as a linter writes them in JSON, of a program that a distribution brings.

    It runs over `files` (name to text) in the sandbox, for some 20 ms and at most 5 s. Raises
    `CouldNotRun` where it gave no whole list.
    """
    program = sandbox.installed_program(distribution, ending)
    outcome = sandbox.run(program, arguments, files)
    if outcome.code not in (0, 1):  # 1 says that there are remarks
        raise sandbox.CouldNotRun(f"{program.name} gave up with code {outcome.code}")
    try:
        remarks: list[dict[str, Any]] = json.loads(outcome.stdout)
    except ValueError as error:
        raise sandbox.CouldNotRun(f"{program.name} gave no list of remarks") from error
    return remarks


def sentence(message: str) -> str:
    """A linter's message as one line of at most 300 characters that starts and ends like ours."""
    line = shortened(message, MAX_MESSAGE_CHARS)
    return f"{line[:1].upper()}{line[1:].removesuffix('.')}."
