"""What the blocks of a Terraform module ask of each other: declared once, known, in no circle."""

import difflib
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import islice

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.terraform_expression import Reference
from webapp.artifacts.checks.terraform_functions import FUNCTIONS
from webapp.artifacts.checks.terraform_module import (
    LABELS,
    MANAGED,
    Declared,
    Module,
    address,
    aimed_at,
)
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "terraform/unknown-block": Severity.ERROR,
    "terraform/labels": Severity.ERROR,
    "terraform/duplicate": Severity.ERROR,
    "terraform/undeclared": Severity.ERROR,
    "terraform/no-value": Severity.ERROR,
    "terraform/unknown-function": Severity.ERROR,
    "terraform/cycle": Severity.ERROR,
    "terraform/count-and-for-each": Severity.ERROR,
    "terraform/no-for-each": Severity.ERROR,
    "terraform/no-count": Severity.ERROR,
    "terraform/unused": Severity.NOTE,
}
MAX_FOUND = 20  # of one rule in one module: a better name is costly to look for
MAX_CANDIDATES = 2000
_GIVEN = frozenset({"each", "count", "self", "path", "terraform"})
_WORDS = {
    "var": "The variable",
    "local": "The local value",
    "module": "The module",
    "data": "The data source",
    "ephemeral": "The ephemeral resource",
}


def names(module: Module) -> Iterator[Finding]:
    """Duplicates, names nothing declares, functions Terraform does not have, and circles."""
    declared = list(module.declared())
    yield from _duplicates(declared)
    yield from _providers_twice(module)
    known = {one.address for one in declared if not one.address.startswith("output.")}
    yield from islice(_undeclared(module, known), MAX_FOUND)
    yield from islice(_functions(module), MAX_FOUND)
    yield from _cycle(declared)
    yield from _repetition(module)
    yield from _unused(module)


def close_to(name: str, known: Iterable[str]) -> str:
    """A question for a name that is nearly one of those known, or nothing."""
    near = difflib.get_close_matches(name[:80], islice(known, MAX_CANDIDATES), 1, 0.75)
    return f" (did you mean “{near[0]}”?)" if near else ""


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, line, message)


def blocks(module: Module) -> Iterator[Finding]:
    """Blocks that Terraform does not know, and those without the names they need."""
    for block in module.blocks:
        labels = LABELS.get(block.type)
        shown = shortened(block.type)
        if labels is None:
            message = f"“{shown}” is no block of Terraform{close_to(block.type, LABELS)}."
            yield _finding("terraform/unknown-block", block.path, block.line, message)
        elif len(labels) != len(block.labels):
            wanted = " and ".join(labels) or "nothing"
            message = f"Between “{shown}” and its bracket stands {wanted}, in quotes."
            yield _finding("terraform/labels", block.path, block.line, message)


def _duplicates(declared: Iterable[Declared]) -> Iterator[Finding]:
    seen: dict[str, Declared] = {}
    for one in declared:
        first = seen.setdefault(one.address, one)
        if first is not one:
            message = f"{shortened(one.address)} is declared in {first.path} as well."
            yield _finding("terraform/duplicate", one.path, one.line, message)


def _providers_twice(module: Module) -> Iterator[Finding]:
    seen: set[tuple[str, str | None]] = set()
    for block in module.of_type("provider"):
        key = block.labels[0], block.literal("alias")
        if key in seen:
            message = f"The provider {shortened(key[0])} is set up twice: give one an alias."
            yield _finding("terraform/duplicate", block.path, block.line, message)
        seen.add(key)


def _undeclared(module: Module, known: set[str]) -> Iterator[Finding]:
    for _, given, reference in module.references():
        root = reference.parts[0]
        if len(reference.parts) == 1:
            message = f"“{shortened(root)}” is no value: put it in quotes if it is a text."
            yield _finding("terraform/no-value", given.path, reference.line, message)
        elif root not in _GIVEN and aimed_at(reference) not in known:
            yield _finding(
                "terraform/undeclared", given.path, reference.line, _missing(reference, known)
            )


def _missing(reference: Reference, known: set[str]) -> str:
    aim = aimed_at(reference)
    what = _WORDS.get(reference.parts[0], "The resource")
    return f"{what} {shortened(aim)} is not declared{close_to(aim, sorted(known))}."


def _functions(module: Module) -> Iterator[Finding]:
    for block in module.blocks:
        for inner in block.everything():
            for given in inner.arguments.values():
                if inner.type in ("variable", "output") and given.name == "type":
                    continue
                for call in given.value.calls:
                    # What a provider offers is known to the provider only.
                    if call.text not in FUNCTIONS and "::" not in call.text:
                        near = close_to(call.text, FUNCTIONS)
                        message = f"Terraform has no function “{shortened(call.text)}”{near}."
                        yield _finding("terraform/unknown-function", given.path, call.line, message)


def _cycle(declared: Iterable[Declared]) -> Iterator[Finding]:
    found = {one.address: one for one in declared}
    graph = {
        name: [aimed_at(it) for given in one.arguments for it in given.value.references]
        for name, one in found.items()
        # The conditions of a variable look at itself, and the parts of modules may take turns.
        if not name.startswith(("var.", "module."))
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # Each is needed by the next, so read backwards it says what waits for what.
        circle = [str(name) for name in reversed(error.args[1])]
        one = found[circle[0]]
        shown = " → ".join(shortened(name, 40) for name in circle[:10])
        message = f"These need each other in a circle: {shown}."
        yield _finding("terraform/cycle", one.path, one.line, message)


def _repetition(module: Module) -> Iterator[Finding]:
    for block in module.of_type("module", *MANAGED):
        if {"count", "for_each"} <= block.arguments.keys():
            message = f"{address(block)} has both count and for_each: only one can be used."
            yield _finding("terraform/count-and-for-each", block.path, block.line, message)
    for block, given, reference in module.references():
        for root, argument in (("each", "for_each"), ("count", "count")):
            if reference.parts[0] == root and argument not in block.arguments:
                rule = f"terraform/no-{argument.replace('_', '-')}"
                message = f"“{root}” can only be used where the block has {argument}."
                yield _finding(rule, given.path, reference.line, message)


def _unused(module: Module) -> Iterator[Finding]:
    used = {
        aimed_at(reference)
        for block, _, reference in module.references()
        if block.type != "variable"  # its conditions look at itself
    }
    for block in module.of_type("variable"):
        if address(block) not in used:
            message = f"The variable {shortened(block.labels[0])} is not used."
            yield _finding("terraform/unused", block.path, block.line, message)
