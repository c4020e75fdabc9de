"""What works in Terraform and is dangerous: open doors, and secrets that are written out."""

import re
from collections.abc import Iterator, Sequence

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.checks.terraform_expression import Word
from webapp.artifacts.checks.terraform_module import Module
from webapp.artifacts.checks.terraform_source import Argument, Block
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "terraform/open-to-all": Severity.WARNING,
    "terraform/literal-secret": Severity.WARNING,
    "terraform/not-sensitive": Severity.WARNING,
    "terraform/sensitive-output": Severity.WARNING,
}
_ADMINISTRATION = {22: "SSH", 3389: "remote desktops"}
_EVERYWHERE = frozenset({"0.0.0.0/0", "::/0", "*", "Internet", "Any"})
_SOURCES = frozenset(
    {"cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6", "source_ranges", "remote"}
    | {"source_address_prefix", "source_address_prefixes", "source"}
)
_RANGES = (("from_port", "to_port"), ("port_min", "port_max"), ("min", "max"))
_LISTS = ("destination_port_range", "destination_port_ranges", "ports")
_ALL_PROTOCOLS = frozenset({"-1", "all", "*"})
_OUTWARDS = re.compile(r"egress|outbound", re.IGNORECASE)
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?|(\*)")
# These name what they are about, or switch something.
_NO_SECRETS = frozenset({"secret", "http_tokens", "credentials"})
_REFERRED = ("arn:", "ocid1.", "projects/", "crn:", "@")  # how clouds call a secret kept elsewhere


def risks(module: Module) -> Iterator[Finding]:
    """Administration open to everybody, secrets written out, and secrets that would be shown.

    A module that another one calls shows nothing: Terraform remembers what is secret in it.
    """
    for block in module.of_type("resource"):
        for inner in block.everything():
            yield from _open(inner, block)
    for block in module.blocks:
        for inner in block.everything():
            for given in inner.arguments.values():
                yield from literal_secrets(given, _name(inner, given))
    sensitive = set()
    for variable in module.of_type("variable"):
        name = variable.labels[0]
        if variable.literal("sensitive") == "true":
            sensitive.add(name)
        elif is_literal_secret(name, "text") and variable.literal("ephemeral") != "true":
            message = f"The variable {shortened(name)} seems to be secret: set sensitive = true."
            yield _finding("not-sensitive", variable.path, variable.line, message)
    if not module.is_called:
        yield from _shown(module, sensitive)


def literal_secrets(given: Argument, name: str) -> Iterator[Finding]:
    """Where an argument called `name`, or an item in it, holds a password as plain text."""
    literal = given.value.literal
    whole = [(name, Word(literal, given.line))] if literal is not None else []
    for key, word in (*whole, *_named(given.value.entries)):
        is_referred = key in _NO_SECRETS or word.text.startswith(_REFERRED)
        if not is_referred and is_literal_secret(key, word.text):
            message = (
                f"{shortened(key, 60)} is written out: take it from a sensitive variable or a "
                "secret manager."
            )
            yield _finding("literal-secret", given.path, word.line, message)


def _finding(rule: str, path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"terraform/{rule}", path, line, message)


def _named(entries: Sequence[tuple[str, Word]]) -> Iterator[tuple[str, Word]]:
    """The items of objects; the value of `{ name = "A", value = "b" }` is that of A."""
    named = ""
    for key, word in entries:
        yield (named if named and key == "value" else key), word
        named = word.text if key == "name" else ""


def _name(block: Block, given: Argument) -> str:
    """What a value is the value of: an argument, a variable, or `name` beside `value`."""
    if block.type == "variable" and given.name == "default" and block.labels:
        return block.labels[0]
    return (given.name == "value" and block.literal("name")) or given.name


def _open(rule: Block, around: Block) -> Iterator[Finding]:
    """A rule of a firewall that lets everybody in where a machine is administered."""
    sources = [given for name, given in rule.arguments.items() if name in _SOURCES]
    is_open = any(text.text in _EVERYWHERE for given in sources for text in given.value.texts)
    words = (rule.type, rule.literal("direction"), rule.literal("type"), around.labels[0])
    is_inwards = not any(_OUTWARDS.search(word or "") for word in words)
    if is_open and is_inwards and "Deny" not in (rule.literal("access"), rule.literal("action")):
        reached = {port for inner in rule.everything() for port in _reached(inner)}
        for port in sorted(reached):
            message = (
                f"{_ADMINISTRATION[port]} (port {port}) is open to the whole internet: allow "
                "only the addresses that need it."
            )
            yield _finding("open-to-all", rule.path, sources[0].line, message)


def _reached(rule: Block) -> Iterator[int]:
    protocol = rule.literal("protocol") or rule.literal("ip_protocol") or ""
    if protocol in _ALL_PROTOCOLS and not rule.arguments.keys() & set(_LISTS):
        yield from _ADMINISTRATION
        return
    pairs = [(rule.literal(low), rule.literal(high)) for low, high in _RANGES]
    texts = [
        word.text
        for name in _LISTS
        if name in rule.arguments
        for word in rule.arguments[name].value.texts
    ]
    matches = [match for match in map(_PORTS.fullmatch, texts) if match]
    pairs += [("0", "65535") if match[3] else (match[1], match[2] or match[1]) for match in matches]
    for low, high in pairs:
        if low and high and low[:6].isdecimal() and high[:6].isdecimal():
            yield from (port for port in _ADMINISTRATION if int(low[:6]) <= port <= int(high[:6]))


def _shown(module: Module, sensitive: set[str]) -> Iterator[Finding]:
    for output in module.of_type("output"):
        given = output.arguments.get("value")
        if given is None or given.value.calls or "sensitive" in output.arguments:
            continue
        for one in given.value.references:
            is_secret = one.parts[0] == "var" and one.parts[1:2] and one.parts[1] in sensitive
            is_made = one.parts[0] == "random_password" and one.parts[2:] == ("result",)
            if is_secret or is_made:
                name = shortened(output.labels[0])
                message = f"The output {name} shows a secret: set sensitive = true."
                yield _finding("sensitive-output", output.path, output.line, message)
                break
