"""What a Terraform block may hold, as a line of names, and what a block breaks of it.

A line is `name! setting{key! value} rule[action] ingress(port) tags | arn`: `!` follows what has to
be given; in brackets stands what a block holds, `{}` around one that may be there once, `[]` around
one that may be repeated, `()` around one that may also be written as a value, with `*` where
anything may stand; after `|` stands what can only be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.terraform_names import close_to
from webapp.artifacts.checks.terraform_source import Block

_WORD = re.compile(r"[\w-]+|[!{}()\[\]|*]")
_OPENING = "{[("


@dataclass(slots=True)
class Body:
    """The names a block knows. `is_open` where it may hold any others as well."""

    is_open: bool = False
    required: set[str] = field(default_factory=set)
    forms: dict[str, str] = field(default_factory=dict)  # name → bracket, "" for a plain value
    inner: dict[str, "Body"] = field(default_factory=dict)
    exported: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a block breaks: `rule` ends the name of a rule."""

    rule: str
    line: int
    message: str


def parse_body(line: str) -> Body:
    """The body that a line describes."""
    body, around, name = Body(), list[Body](), ""
    names = _WORD.findall(line)
    for word in names:
        if word in _OPENING:
            body.forms[name] = word
            around.append(body)
            body.inner[name] = Body()
            body = body.inner[name]
        elif word in "}])":
            body = around.pop()
        elif word == "!":
            body.required.add(name)
        elif word == "*":
            body.is_open = True
        elif word == "|":
            body.exported = set(names[names.index("|") + 1 :])
            break
        else:
            name = word
            body.forms[name] = ""
    return body


def faults(block: Block, body: Body, title: str) -> Iterator[Fault]:
    """What a block and the blocks in it break of a body; `title` is how it is called."""
    rest = [(block, body, title)]
    while rest:
        block, body, title = rest.pop()
        dynamic = {label for inner in block.inner("dynamic") for label in inner.labels[:1]}
        if not body.is_open:
            yield from _arguments(block, body, title)
            yield from _blocks(block, body, title)
        given = block.arguments.keys() | {inner.type for inner in block.blocks} | dynamic
        for name in sorted(body.required - given):
            yield Fault("missing-argument", block.line, f"{title} needs “{name}”.")
        rest += _inside(block, body)


def _arguments(block: Block, body: Body, title: str) -> Iterator[Fault]:
    for name, given in block.arguments.items():
        form = body.forms.get(name)
        if form is None:
            yield Fault("unknown-argument", given.line, _unknown(name, "argument", body, title))
        elif form in ("{", "["):
            message = f"“{name}” of {title} is a block: write {name} {{ … }} without “=”."
            yield Fault("not-a-value", given.line, message)


def _blocks(block: Block, body: Body, title: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for inner, name in _named(block):
        form = body.forms.get(name)
        if form is None:
            yield Fault("unknown-argument", inner.line, _unknown(name, "block", body, title))
        elif form == "":
            message = f"“{name}” of {title} is no block: write {name} = …."
            yield Fault("not-a-block", inner.line, message)
        elif form == "{" and inner.type != "dynamic" and name in seen:
            message = f"{title} can have one block “{name}” only."
            yield Fault("repeated-block", inner.line, message)
        seen.add(name)


def _unknown(name: str, what: str, body: Body, title: str) -> str:
    if name in body.exported:
        return f"“{name}” of {title} can only be read, not set."
    return f"{title} has no {what} “{shortened(name)}”{close_to(name, body.forms)}."


def _named(block: Block) -> Iterator[tuple[Block, str]]:
    """The blocks in a block and what they are, also where they are generated."""
    for inner in block.blocks:
        if inner.type != "dynamic":
            yield inner, inner.type
        elif inner.labels:
            yield inner, inner.labels[0]


def _inside(block: Block, body: Body) -> Iterator[tuple[Block, Body, str]]:
    for inner, name in _named(block):
        if name in body.inner:
            contents = [inner] if inner.type != "dynamic" else inner.inner("content")
            for content in contents:
                yield content, body.inner[name], f"The block {shortened(name)}"
