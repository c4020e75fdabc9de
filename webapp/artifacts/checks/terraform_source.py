"""Terraform files as blocks and arguments, each with its line, within limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from time import thread_time
from typing import TYPE_CHECKING

from webapp.artifacts.checks import findings, terraform_syntax
from webapp.artifacts.checks.terraform_expression import (
    Expression,
    Scope,
    line_of,
    read_expression,
    text_of,
)
from webapp.domain.artifact import ArtifactFile, Finding, Severity

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MAX_BYTES = 512 * 1024
MAX_NODES = 150_000  # of the syntax trees of all files together
MAX_SECONDS = 1.0  # of computing, for all files together: what is sound takes a tenth
CHUNK = 16 * 1024
SEVERITY = {
    "terraform/too-large": Severity.ERROR,
    "terraform/too-slow": Severity.ERROR,
    "terraform/duplicate-argument": Severity.ERROR,
}
_TOO_LARGE = f"Terraform of more than {MAX_BYTES // 1024} KB together is not checked."
_TOO_MUCH = f"Terraform of more than {MAX_NODES} words and marks together is not checked."
_TOO_SLOW = f"This could not be checked: reading it takes more than {MAX_SECONDS:g} s."


@dataclass(frozen=True, slots=True)
class Argument:
    """A name and what it is set to."""

    path: str
    name: str
    line: int
    value: Expression


@dataclass(slots=True)
class Block:
    """A block; a whole file is one as well, without a type."""

    path: str
    type: str
    labels: tuple[str, ...]
    line: int
    arguments: dict[str, Argument] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)

    def literal(self, name: str) -> str | None:
        """What an argument is set to, if that is a single text, number or switch."""
        return self.arguments[name].value.literal if name in self.arguments else None

    def inner(self, type_: str) -> Iterator["Block"]:
        """The blocks of a type that stand directly in this one."""
        return (block for block in self.blocks if block.type == type_)

    def everything(self) -> Iterator["Block"]:
        """This block and all in it, in their order."""
        rest = [self]
        while rest:
            block = rest.pop()
            yield block
            rest += reversed(block.blocks)


def read(files: Sequence[ArtifactFile]) -> tuple[list[Block], list[Finding]]:
    """The files, as a block each, and what is wrong with how they are written.

    A file with a fault is left out. All files together may hold 512 KB and 150,000 nodes, and take
    a second. What was read last is kept, so nobody may change the blocks.
    """
    blocks, found = _read(tuple(files))
    return list(blocks), list(found)


# Whoever asks what an artifact says does so right after its check.
@lru_cache(maxsize=1)
def _read(files: Sequence[ArtifactFile]) -> tuple[list[Block], list[Finding]]:
    if sum(len(file.content.encode("utf-8", "replace")) for file in files) > MAX_BYTES:
        return [], [_finding("terraform/too-large", files[0].path, None, _TOO_LARGE)]
    read_files: list[Block] = []
    found: list[Finding] = []
    nodes = 0
    until = thread_time() + MAX_SECONDS
    for file in files:
        root = _root(file.content.encode("utf-8", "replace"), until)
        if root is None:
            return [], [_finding("terraform/too-slow", file.path, None, _TOO_SLOW)]
        nodes += root.descendant_count
        if nodes > MAX_NODES:
            return [], [_finding("terraform/too-large", file.path, None, _TOO_MUCH)]
        if faults := terraform_syntax.faults(root, file.path):
            found += faults
        else:
            read_files.append(_read_file(root, file.path, found))
    return read_files, found


# The parser takes time by the square of what it has to guess at, such as thousands of empty lines.
def _root(content: bytes, until: float) -> "Node | None":
    parser = _parser()
    try:
        return parser.parse(
            lambda offset, _: content[offset : offset + CHUNK],
            progress_callback=lambda *_: thread_time() > until,
        ).root_node
    except ValueError:  # it was told to stop
        parser.reset()
        return None


@cache
def _parser() -> "Parser":
    # Loaded by the first check: whoever only lists the kinds needs no parser.
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def _finding(rule: str, path: str, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, rule, path, line, message)


def _read_file(root: "Node", path: str, found: list[Finding]) -> Block:
    file = Block(path, "", (), 1)
    bodies: list[tuple[Node, Block, Scope]] = [(root, file, frozenset())]
    while bodies:
        node, block, names = bodies.pop()
        names = names | _iterator(node, block)
        for child in node.children:
            if child.type == "body":
                bodies.append((child, block, names))
            elif child.type == "attribute":
                _add_argument(child, block, names, found)
            elif child.type == "block":
                inner = _head(child, path)
                block.blocks.append(inner)
                bodies.append((child, inner, names))
    return file


def _head(node: "Node", path: str) -> Block:
    words = [child for child in node.children if child.type in ("identifier", "string_lit")]
    type_, *labels = (text_of(word) for word in words)
    return Block(path, type_, tuple(labels), line_of(node))


def _iterator(node: "Node", block: Block) -> Scope:
    """The name that a dynamic block gives to what it goes through."""
    if node.type != "body" or block.type != "dynamic":
        return frozenset()
    given = (child for child in node.children if child.type == "attribute")
    names = [text_of(one.children[-1]) for one in given if text_of(one.children[0]) == "iterator"]
    return frozenset(names or block.labels)


def _add_argument(node: "Node", block: Block, names: Scope, found: list[Finding]) -> None:
    name, value = text_of(node.children[0]), node.children[-1]
    if name in block.arguments:
        message = f"“{findings.shortened(name)}” is given twice in one block."
        found.append(_finding("terraform/duplicate-argument", block.path, line_of(node), message))
    expression = read_expression(value, names)
    block.arguments[name] = Argument(block.path, name, line_of(node), expression)
