"""Modules that a Terraform module calls: pinned, or agreeing with their files."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.terraform_module import LOCAL, Module, folder_of
from webapp.artifacts.checks.terraform_names import MAX_FOUND, close_to
from webapp.artifacts.checks.terraform_source import Block
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "terraform/unpinned-module": Severity.WARNING,
    "terraform/no-module": Severity.ERROR,
    "terraform/unknown-input": Severity.ERROR,
    "terraform/missing-input": Severity.ERROR,
    "terraform/unknown-output": Severity.ERROR,
}
_REPOSITORIES = ("git::", "git@", "github.com/", "bitbucket.org/", "hg::")
_REGISTRY = re.compile(r"(?:[\w.-]+\.[a-z]+/)?[\w-]+/[\w-]+/[\w-]+(?://.*)?")
_META = frozenset({"source", "version", "providers", "count", "for_each", "depends_on"})


def module_calls(module: Module, others: Sequence[Module]) -> Iterator[Finding]:
    """Calls of modules: without a version, or at odds with the files of the module."""
    folders = {other.folder: other for other in others}
    local: dict[str, Module] = {}
    for call in module.of_type("module"):
        source = call.literal("source") or ""
        if source.startswith(LOCAL):
            called = folders.get(folder_of(source, module.folder))
            if called is None:
                message = f"The module “{shortened(source)}” is not among the files."
                yield _finding("no-module", call.path, call.line, message)
            else:
                yield from _inputs(call, called)
                local[call.labels[0]] = called
        elif why := _why_unpinned(source, call):
            message = f"The module “{shortened(source)}” {why}."
            yield _finding("unpinned-module", call.path, call.line, message)
    yield from islice(_outputs(module, local), MAX_FOUND)


def _why_unpinned(source: str, call: Block) -> str | None:
    if source.startswith(_REPOSITORIES):
        return None if "ref=" in source or "rev=" in source else "has no ref: pin a tag or a commit"
    if _REGISTRY.fullmatch(source) and "version" not in call.arguments:
        return "has no version: pin it"
    return None


def _inputs(call: Block, called: Module) -> Iterator[Finding]:
    variables = {one.labels[0]: one for one in called.of_type("variable")}
    for name, given in call.arguments.items():
        if name not in variables and name not in _META:
            message = (
                f"The module {call.labels[0]} has no variable “{shortened(name)}”"
                f"{close_to(name, variables)}."
            )
            yield _finding("unknown-input", call.path, given.line, message)
    for name, variable in variables.items():
        if "default" not in variable.arguments and name not in call.arguments:
            message = f"The module {call.labels[0]} needs a value for “{shortened(name)}”."
            yield _finding("missing-input", call.path, call.line, message)


def _outputs(module: Module, local: Mapping[str, Module]) -> Iterator[Finding]:
    outputs = {
        name: dict.fromkeys(one.labels[0] for one in called.of_type("output"))
        for name, called in local.items()
    }
    for _, given, reference in module.references():
        root, name, output = (*reference.parts, "", "")[:3]
        if root == "module" and output and output not in outputs.get(name, (output,)):
            near = close_to(output, outputs[name])
            message = f"The module {name} has no output “{shortened(output)}”{near}."
            yield _finding("unknown-output", given.path, reference.line, message)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"terraform/{rule}", path, line, message)
