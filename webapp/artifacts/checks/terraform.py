"""Terraform files: syntax, what the blocks ask of each other, and what providers know."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from webapp.artifacts.checks import (
    findings,
    terraform_arguments,
    terraform_calls,
    terraform_language,
    terraform_names,
    terraform_providers,
    terraform_risks,
    terraform_source,
)
from webapp.artifacts.checks.terraform_module import Module, modules
from webapp.artifacts.checks.terraform_source import Block
from webapp.artifacts.checks.text import leftovers
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "terraform/no-file": Severity.ERROR,
    "terraform/stray": Severity.ERROR,
    "terraform/not-a-variable": Severity.WARNING,
    "terraform/not-checked": Severity.NOTE,
}
NAME = re.compile(r".*\.(?:tf|tfvars(?:\.example)?)")


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the Terraform files of an answer; those of one folder are taken as one module.

    Nothing is evaluated. A file of another name is only looked at for leftovers, and a note says
    so. Takes 10 ms for 8 KB; the first check that meets a provider takes some 20 ms more.
    """
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    chosen = [file for file in files if NAME.fullmatch(file.path)]
    others = [file for file in files if file not in chosen]
    yield leftovers(files)
    yield _files(chosen, others)
    read, unreadable = terraform_source.read(chosen)
    yield unreadable
    found = modules(read)
    yield (*_stray(read), *_values(read, found))
    yield chain.from_iterable(map(terraform_names.blocks, found))
    yield chain.from_iterable(map(terraform_names.names, found))
    yield chain.from_iterable(map(terraform_language.language, found))
    yield (one for module in found for one in _surroundings(module, found))
    yield _arguments(found)
    yield chain.from_iterable(map(terraform_risks.risks, found))


def _surroundings(module: Module, found: Sequence[Module]) -> Iterator[Finding]:
    yield from terraform_providers.providers(module)
    yield from terraform_calls.module_calls(module, found)


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"terraform/{rule}", path, line, message)


def _files(chosen: Sequence[ArtifactFile], others: Sequence[ArtifactFile]) -> Iterator[Finding]:
    if not any(file.path.endswith(".tf") for file in chosen):
        message = "There is no Terraform in the answer: it should be called terraform/main.tf."
        yield _finding("no-file", "", None, message)
    for file in others:
        message = "This is no file of Terraform: its content was not checked."
        yield _finding("not-checked", file.path, None, message)


def _stray(files: Sequence[Block]) -> Iterator[Finding]:
    """Arguments and blocks where the other stands."""
    for file in files:
        strays = list(file.arguments.values()) if file.path.endswith(".tf") else file.blocks
        for one in strays[:1]:
            message = (
                "An argument stands outside of all blocks."
                if file.path.endswith(".tf")
                else "A file of values holds no blocks."
            )
            yield _finding("stray", file.path, one.line, message)


def _values(files: Sequence[Block], found: Sequence[Module]) -> Iterator[Finding]:
    """Values for variables that nothing declares, and secrets among the values."""
    folders = {module.folder: module for module in found}
    for file in files:
        module = folders.get(file.path.rpartition("/")[0])
        if not file.path.endswith(".tf") and module:
            known = {one.labels[0] for one in module.of_type("variable")}
            for given in file.arguments.values():
                yield from terraform_risks.literal_secrets(given, given.name)
                if given.name not in known:
                    message = f"No variable is called “{findings.shortened(given.name)}”."
                    yield _finding("not-a-variable", file.path, given.line, message)


def _arguments(found: Sequence[Module]) -> Iterator[Finding]:
    asked = {
        name: settings["version"]
        for module in found
        for name, (_, _, settings) in terraform_providers.required_providers(module)
        if "version" in settings
    }
    for module in found:
        yield from terraform_arguments.arguments(module, asked)
