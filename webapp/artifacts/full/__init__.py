"""The extra `full`: what slower tools see when the checks of the core find no error.

Each runs as a program of its own in the sandbox, with libraries from an environment of their own:
none of them is imported here.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from webapp.artifacts.base import Kind
from webapp.artifacts.checks import findings
from webapp.artifacts.checks.sandbox import CouldNotRun
from webapp.artifacts.full import ansible, github_actions, helm, policy, terraform
from webapp.artifacts.full.tools import Tools, installed
from webapp.domain.artifact import ArtifactFile, Finding, Severity

_OWN = {
    "ansible": ansible.remarks,
    "github-actions": github_actions.remarks,
    "terraform": terraform.faults,
}


def check(kind: Kind, files: Sequence[ArtifactFile], tools: Tools | None = None) -> list[Finding]:
    """The findings of the core and, where these have no error, of the extra, if it is installed.

    What could not be asked, or was asked in vain, is a note. Takes up to a minute.
    """
    if kind.check is None:
        return []
    core = kind.check(files)
    tools = tools or installed()
    if tools is None:
        return core
    return findings.staged(chain([core], _stages(tools, kind.name, files)))


def version() -> str:
    """What is installed of the extra, for the keys of cached results; empty where nothing is."""
    tools = installed()
    return " ".join(f"{name} {number}" for name, number in tools.versions) if tools else ""


def _stages(tools: Tools, kind: str, files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    if kind == "helm":
        return _noted(helm.stages(tools, files))
    own = [_OWN[kind](tools, files)] if kind in _OWN else []
    return chain(*(_noted(iter([one])) for one in (*own, policy.advice(tools, kind, files))))


def _noted(stages: Iterator[Iterable[Finding]]) -> Iterator[list[Finding]]:
    """The same stages; one that could not go on is the last, and ends with a note."""
    found: list[Finding] = []
    try:
        for stage in stages:
            found = []
            found.extend(stage)
            yield found
    except CouldNotRun as reason:
        yield [*found, _not_checked(str(reason))]
    except (LookupError, TypeError, ValueError):
        # pip may have installed another version, and what its tools say is no promise.
        yield [*found, _not_checked("what the tool says is not understood")]


def _not_checked(reason: str) -> Finding:
    message = f"This could not be checked in full: {reason}."
    return Finding("full/not-checked", Severity.NOTE, "", None, message)
