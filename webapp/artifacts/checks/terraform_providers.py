"""Which providers a Terraform module uses, and whether their versions are pinned."""

import re
from collections.abc import Iterator, Mapping

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.terraform_module import MANAGED, Module
from webapp.artifacts.checks.terraform_source import Block
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "terraform/no-required-version": Severity.WARNING,
    "terraform/unpinned-provider": Severity.WARNING,
    "terraform/provider-source": Severity.ERROR,
    "terraform/undeclared-provider": Severity.ERROR,
    "terraform/version-constraint": Severity.ERROR,
}
_VERSION = "required_version"
_BUILT_IN = frozenset({"terraform"})
# Terraform would look for these under hashicorp/, where they are not.
_ELSEWHERE = {"ibm": "IBM-Cloud/ibm", "oci": "oracle/oci"}
_CLAUSE = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?([0-9]+(?:\.[0-9]+){0,2}(?:-[\w.]+)?)\s*")


def providers(module: Module) -> Iterator[Finding]:
    """Versions of Terraform and of providers that are not pinned, and aliases nothing declares.

    A module that another one of the answer calls may leave versions to that.
    """
    required = dict(required_providers(module))
    yield from _required_version(module)
    for name, block in _used(module).items():
        is_left_out = name not in required and name not in _BUILT_IN
        if is_left_out and (name in _ELSEWHERE or not module.is_called):
            yield _unpinned(name, block)
    for name, (block, line, settings) in required.items():
        if "version" not in settings and not module.is_called:
            message = f"The provider {shortened(name)} has no version: pin it."
            yield _finding("unpinned-provider", block.path, line, message)
        yield from _required(name, block, line, settings)
    yield from _aliases(module)


def required_providers(
    module: Module,
) -> Iterator[tuple[str, tuple[Block, int, Mapping[str, str]]]]:
    """The local name of each required provider, with its block, line and literal settings."""
    for block in module.of_type("terraform"):
        for inner in block.inner("required_providers"):
            for name, given in inner.arguments.items():
                settings = {key: word.text for key, word in given.value.entries}
                if given.value.literal is not None:
                    settings = {"version": given.value.literal}
                yield name, (inner, given.line, settings)


def majors(constraint: str) -> tuple[int, int] | None:
    """The lowest and the highest major version that a constraint allows; None if it is none."""
    low, high = 0, 10**9
    for clause in constraint.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            return None
        operator, major, rest = match[1] or "=", *_parts(match[2])
        if operator in ("=", ">=", ">", "~>"):
            low = max(low, major)
        if operator in ("=", "<=") or (operator == "~>" and rest is not None):
            high = min(high, major)
        if operator == "<":
            high = min(high, major if rest and rest.strip("0.") else major - 1)
    return low, high


def _parts(version: str) -> tuple[int, str | None]:
    major, dot, rest = version.partition(".")
    return int(major[:9]), rest if dot else None


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"terraform/{rule}", path, line, message)


def _used(module: Module) -> dict[str, Block]:
    used: dict[str, Block] = {}
    for block in module.of_type("provider", *MANAGED):
        used.setdefault(provider_of(block), block)
    return used


def provider_of(block: Block) -> str:
    """The local name of the provider that a block belongs to."""
    if block.type != "provider" and (given := block.arguments.get("provider")):
        names = given.value.references
        return names[0].parts[0] if names else (given.value.literal or "").partition(".")[0]
    return block.labels[0] if block.type == "provider" else block.labels[0].partition("_")[0]


def _required_version(module: Module) -> Iterator[Finding]:
    blocks = list(module.of_type("terraform"))
    given = [one.arguments[_VERSION] for one in blocks if _VERSION in one.arguments]
    if not given and not module.is_called and module.blocks:
        first = blocks[0] if blocks else module.blocks[0]
        message = "Which version of Terraform this needs is not said: set required_version."
        yield _finding("no-required-version", first.path, first.line, message)
    for one in given:
        if one.value.literal is not None and majors(one.value.literal) is None:
            message = f"“{shortened(one.value.literal)}” is no version constraint."
            yield _finding("version-constraint", one.path, one.line, message)


def _unpinned(name: str, block: Block) -> Finding:
    shown = shortened(name)
    if name in _ELSEWHERE:
        message = f"The provider {shown} needs source “{_ELSEWHERE[name]}” in required_providers."
        return _finding("provider-source", block.path, block.line, message)
    message = f"The provider {shown} is not in required_providers: pin its source and version."
    return _finding("unpinned-provider", block.path, block.line, message)


def _required(name: str, block: Block, line: int, settings: Mapping[str, str]) -> Iterator[Finding]:
    version = settings.get("version")
    if version is not None and majors(version) is None:
        message = f"“{shortened(version)}” is no version constraint."
        yield _finding("version-constraint", block.path, line, message)
    source = settings.get("source", f"hashicorp/{name}")
    if name in _ELSEWHERE and source.lower() == f"hashicorp/{name}":
        message = f"The provider {name} is not from HashiCorp: its source is “{_ELSEWHERE[name]}”."
        yield _finding("provider-source", block.path, line, message)


def _aliases(module: Module) -> Iterator[Finding]:
    known = {f"{one.labels[0]}.{one.literal('alias')}" for one in module.of_type("provider")}
    for _, (block, _, _) in required_providers(module):
        for given in block.arguments.values():
            known |= {".".join(one.parts) for one in given.value.references}
    for block in module.of_type("module", *MANAGED):
        for name in ("provider", "providers"):
            for one in block.arguments[name].value.references if name in block.arguments else ():
                alias = ".".join(one.parts)
                if len(one.parts) == 2 and alias not in known:
                    message = f"No provider has the alias {shortened(alias)}."
                    yield _finding("undeclared-provider", block.path, one.line, message)
