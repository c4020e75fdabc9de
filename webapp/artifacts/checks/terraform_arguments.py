"""What the resources of a Terraform module may hold, as their providers say.

The arguments of three providers are vendored, each as of one version. Where a module asks for that
major version, what the provider does not know is an error; else it may be older or newer, and it
is a warning.
"""

import lzma
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.terraform_bodies import Body, Fault, faults, parse_body
from webapp.artifacts.checks.terraform_language import META
from webapp.artifacts.checks.terraform_module import Module, address, taken_apart
from webapp.artifacts.checks.terraform_names import MAX_FOUND, close_to
from webapp.artifacts.checks.terraform_providers import majors, provider_of, required_providers
from webapp.artifacts.checks.terraform_source import Block
from webapp.domain.artifact import Finding, Severity

SCHEMAS = Path(__file__).parent / "schemas"
PROVIDERS = ("aws", "azurerm", "google")
# Where the version that a module asks for is the one the arguments are of; else one step less.
SEVERITY = {
    "terraform/unknown-type": Severity.ERROR,
    "terraform/unknown-argument": Severity.ERROR,
    "terraform/unknown-attribute": Severity.ERROR,
    "terraform/not-a-block": Severity.ERROR,
    "terraform/not-a-value": Severity.ERROR,
    "terraform/repeated-block": Severity.ERROR,
    "terraform/missing-argument": Severity.WARNING,
}
_LESS = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.NOTE}


def arguments(module: Module, constraints: dict[str, str]) -> Iterator[Finding]:
    """What the vendored providers do not know, and what they ask for and is not there.

    `constraints` are the versions that the whole answer asks for; the module's own come first.
    """
    own = {name: entry[2].get("version", "") for name, entry in required_providers(module)}
    constraints = constraints | {name: version for name, version in own.items() if version}
    yield from islice(_blocks(module, constraints), MAX_FOUND)
    yield from islice(_attributes(module, constraints), MAX_FOUND)


def _blocks(module: Module, constraints: dict[str, str]) -> Iterator[Finding]:
    for block, provider in _vendored(module):
        for fault in _faults(block, provider):
            yield _finding(fault, block.path, provider, constraints)


def _vendored(module: Module) -> Iterator[tuple[Block, str]]:
    """The blocks of vendored providers, with the provider; not what google-beta makes."""
    for block in module.of_type("resource", "data", "provider"):
        provider = provider_of(block)
        if provider in PROVIDERS and block.labels[0].partition("_")[0] == provider:
            yield block, provider


def _finding(fault: Fault, path: str, provider: str, constraints: dict[str, str]) -> Finding:
    severity = SEVERITY[f"terraform/{fault.rule}"]
    is_meant = _is_meant(provider, constraints.get(provider, ""))
    severity = severity if is_meant else _LESS[severity]
    return Finding(f"terraform/{fault.rule}", severity, path, fault.line, fault.message)


def _is_meant(provider: str, constraint: str) -> bool:
    allowed = majors(constraint) if constraint else None
    return allowed is not None and allowed[0] <= _major(provider) <= allowed[1]


def _faults(block: Block, provider: str) -> Iterator[Fault]:
    type_ = block.labels[0]
    version = f"{provider} {_major(provider)}.x"
    body = _body(provider, block.type, type_)
    if body is not None:
        title = f"{'The provider ' * (block.type == 'provider')}{type_} of {version}"
        yield from faults(block, body, title)
        return
    known = [name for kind, name in _lines(provider) if kind == block.type]
    what = "data source" if block.type == "data" else block.type
    message = f"{version} has no {what} “{shortened(type_)}”{close_to(type_, known)}."
    yield Fault("unknown-type", block.line, message)


def _attributes(module: Module, constraints: dict[str, str]) -> Iterator[Finding]:
    """Attributes that are read of resources and do not exist."""
    declared = {address(block): (block, provider) for block, provider in _vendored(module)}
    for _, given, reference in module.references():
        aim, taken = taken_apart(reference)
        if aim not in declared or not taken:
            continue
        block, provider = declared[aim]
        body = _body(provider, block.type, block.labels[0])
        if body and not _is_known(taken[0], body):
            near = close_to(taken[0], [*sorted(body.exported), *body.forms])
            title = f"{block.labels[0]} of {provider} {_major(provider)}.x"
            message = f"{title} has no attribute “{shortened(taken[0])}”{near}."
            fault = Fault("unknown-attribute", reference.line, message)
            yield _finding(fault, given.path, provider, constraints)


def _is_known(attribute: str, body: Body) -> bool:
    # Exports are spelt as the bindings spell them: digits apart, words of their language changed.
    known = {name.replace("_", "") for name in (*body.forms, *body.exported)}
    plain = attribute.replace("_", "")
    return plain in known or f"{plain}attribute" in known


def _major(provider: str) -> int:
    return int(_text(provider)[0].partition(".")[0])


@cache
def _text(provider: str) -> tuple[str, ...]:
    packed = (SCHEMAS / f"terraform-{provider}.txt.xz").read_bytes()
    return tuple(lzma.decompress(packed).decode().splitlines())


@cache
def _lines(provider: str) -> dict[tuple[str, str], str]:
    """Kind and name of each type → the line that describes what it holds."""
    split = (line.split(" ", 2) for line in _text(provider)[1:])
    return {(kind, name): body for kind, name, body in split}


@cache
def _body(provider: str, kind: str, type_: str) -> Body | None:
    line = _lines(provider).get((kind, type_))
    if line is None:
        return None
    own = {"resource": META, "data": META, "provider": "alias version"}[kind]
    return parse_body(f"{own} {line}")
