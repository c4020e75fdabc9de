"""Terraform's own language: what its blocks hold, and where only literals may stand."""

from collections.abc import Iterator
from functools import cache

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.terraform_bodies import Body, faults, parse_body
from webapp.artifacts.checks.terraform_module import Module
from webapp.artifacts.checks.terraform_source import Argument, Block
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "terraform/unknown-argument": Severity.ERROR,
    "terraform/missing-argument": Severity.ERROR,
    "terraform/not-a-block": Severity.ERROR,
    "terraform/not-a-value": Severity.ERROR,
    "terraform/repeated-block": Severity.ERROR,
    "terraform/not-constant": Severity.ERROR,
    "terraform/type": Severity.ERROR,
    "terraform/quoted-type": Severity.WARNING,
}
_CONDITION = "[condition! error_message!]"
_LIFECYCLE = (
    "{create_before_destroy prevent_destroy ignore_changes replace_triggered_by enabled destroy "
    f"precondition{_CONDITION} postcondition{_CONDITION} "
    "action_trigger[events! actions! condition]}"
)
# What every resource and data source knows besides what its provider says.
META = f"count for_each provider depends_on lifecycle{_LIFECYCLE} connection{{*}} provisioner[*]"
_BODIES = {
    "terraform": "required_version experiments language required_providers{*} backend{*} cloud{*} "
    "provider_meta[*]",
    "variable": "type default description sensitive nullable ephemeral deprecated const "
    f"validation{_CONDITION}",
    "output": "value! type description sensitive ephemeral deprecated depends_on "
    f"precondition{_CONDITION}",
    "check": f"data{{*}} assert{_CONDITION}",
    "moved": "from! to!",
    "import": "to! id identity provider for_each",
    "removed": "from! lifecycle{destroy!} connection{*} provisioner[*]",
}
_TYPES = frozenset({"string", "number", "bool", "any", "list", "set", "map"})
_MADE_TYPES = frozenset({"list", "set", "map", "object", "tuple", "optional"})


@cache
def _body(type_: str) -> Body:
    return parse_body(_BODIES[type_])


def language(module: Module) -> Iterator[Finding]:
    """Arguments that Terraform's own blocks do not have, and values where only literals may be."""
    for block in module.of_type(*_BODIES):
        for fault in faults(block, _body(block.type), _title(block)):
            yield _finding(fault.rule, block.path, fault.line, fault.message)
    for block in module.blocks:
        for given, place in _constants(block):
            if given.value.references or given.value.calls:
                message = f"{place} has to be written out: no variable or function can stand here."
                yield _finding("not-constant", given.path, given.line, message)
    for block in module.of_type("variable"):
        if "type" in block.arguments:
            yield from _type(block.arguments["type"])


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"terraform/{rule}", path, line, message)


def _title(block: Block) -> str:
    name = findings.shortened(" ".join(block.labels), 60)
    return f"The {block.type} {name}" if name else f"The block {block.type}"


def _constants(block: Block) -> Iterator[tuple[Argument, str]]:
    """What Terraform needs before it can evaluate anything."""
    if block.type == "variable" and "default" in block.arguments:
        yield block.arguments["default"], "The default of a variable"
    for inner in block.everything():
        if block.type == "terraform":
            place = {"backend": "A backend", "cloud": "The setting of a cloud"}.get(inner.type)
            for given in inner.arguments.values():
                if place or given.name == "required_version":
                    yield given, place or "The version of Terraform"
        elif inner.type == "lifecycle" and "prevent_destroy" in inner.arguments:
            yield inner.arguments["prevent_destroy"], "prevent_destroy"


def _type(given: Argument) -> Iterator[Finding]:
    value = given.value
    if value.literal is not None:
        message = "A type stands without quotes."
        yield _finding("quoted-type", given.path, given.line, message)
    names = [".".join(one.parts) for one in value.references if ".".join(one.parts) not in _TYPES]
    names += [call.text for call in value.calls if call.text not in _MADE_TYPES]
    # The defaults of optional() stand among the types: only what is clearly none is told.
    if names and "optional" not in {call.text for call in value.calls}:
        message = f"“{findings.shortened(names[0])}” is no type of Terraform."
        yield _finding("type", given.path, given.line, message)
