"""Terraform files as HashiCorp's own parser reads them. Only its complaint is taken."""

import re
from collections.abc import Iterator, Sequence

from webapp.artifacts.checks import linters
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.full.tools import Tools
from webapp.domain.artifact import ArtifactFile, Finding, Severity

# Nothing but a complaint about the file itself: the values of others must not be seen in it.
_FAULT = re.compile(r"unable to create TerraformConverter: main\.tf:(\d+),\d+-[\d,]+: ([^\n]*)")
# Address space: twice what it reserves for the largest modules that were tried.
MEMORY_BYTES = 4 * 2**30
_OTHERS = re.compile(r", and \d+ other diagnostic\(s\)$")


def faults(tools: Tools, files: Sequence[ArtifactFile]) -> Iterator[Finding]:
    """The first syntax error of each file. Takes 60 ms; raises `CouldNotRun`."""
    chosen = [file for file in files if file.path.endswith(".tf")]
    # Each in a folder of its own: this is about syntax, and modules would read each other.
    given = {f"{number}/main.tf": file.content for number, file in enumerate(chosen)}
    command = (*tools.command("terraform_parse.py"), *map(str, range(len(chosen))))
    complaints = tools.report("tfparse", command, given, memory_bytes=MEMORY_BYTES)
    for file, complaint in zip(chosen, complaints, strict=True):
        if complaint is not None:
            yield _finding(file.path, complaint)


def _finding(path: str, complaint: str) -> Finding:
    fault = _FAULT.match(complaint)
    if fault is None:
        raise CouldNotRun("tfparse gave up on the files")
    message = linters.sentence(_OTHERS.sub("", fault[2]))
    return Finding("tfparse/syntax", Severity.ERROR, path, int(fault[1]), message)
