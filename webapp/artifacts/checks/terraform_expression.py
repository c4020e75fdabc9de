"""Expressions of Terraform: what they refer to, call and spell out. Nothing is evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

Scope = frozenset[str]
_LITERALS = frozenset({"string_lit", "numeric_lit", "bool_lit"})
_STEPS = frozenset({"get_attr", "index", "splat"})
_FOR = frozenset({"for_tuple_expr", "for_object_expr", "template_for"})
_FOR_HEADS = frozenset({"for_intro", "template_for_start"})
_NO_NAMES: Scope = frozenset()


@dataclass(frozen=True, slots=True)
class Reference:
    """A name and the attributes taken of it, indexes left out: `var.zones[0].name`."""

    parts: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a file, such as the name of a function or a text, and its line."""

    text: str
    line: int


@dataclass(slots=True)
class Expression:
    """What stands behind an equals sign.

    `literal` is the text of a single string, number or switch. `texts` are all strings in it that
    are whole, `keys` the names of all items of objects in it, `entries` those items that have a
    literal value. Names that a `for` or a `dynamic` block defines are no references.
    """

    line: int
    literal: str | None = None
    references: list[Reference] = field(default_factory=list)
    calls: list[Word] = field(default_factory=list)
    texts: list[Word] = field(default_factory=list)
    keys: list[Word] = field(default_factory=list)
    entries: list[tuple[str, Word]] = field(default_factory=list)


def text_of(node: "Node") -> str:
    """The text of a node; a string without its quotes."""
    if node.type == "string_lit":
        return "".join(text_of(part) for part in node.children if part.type == "template_literal")
    return (node.text or b"").decode("utf-8", "replace")


def line_of(node: "Node") -> int:
    """The line where a node starts."""
    return node.start_point.row + 1


def read_expression(root: "Node", names: Scope = _NO_NAMES) -> Expression:
    """What an expression is made of; `names` are those defined around it."""
    expression = Expression(line_of(root), _literal(root))
    open_nodes = [(root, names)]
    while open_nodes:
        node, names = open_nodes.pop()
        if node.type in _FOR:
            names |= _defined(node)
        elif node.type == "function_call":
            name = node.children[0]
            expression.calls.append(Word(text_of(name), line_of(name)))
        elif node.type == "string_lit":
            expression.texts.append(Word(text_of(node), line_of(node)))
        elif node.type == "object_elem":
            _note_entry(node, expression)
        expression.references += (
            found for found in _references(node) if found.parts[0] not in names
        )
        open_nodes += ((child, names) for child in reversed(_inside(node)))
    return expression


def _literal(node: "Node") -> str | None:
    while node.type in ("expression", "literal_value") and node.child_count == 1:
        node = node.children[0]
    return text_of(node) if node.type in _LITERALS else None


def _defined(node: "Node") -> Scope:
    heads = (child for child in node.children if child.type in _FOR_HEADS)
    return frozenset(
        text_of(name) for head in heads for name in head.children if name.type == "identifier"
    )


def _key(node: "Node") -> "Node | None":
    """The bare name that is the key of an item, which refers to nothing: `a`, or `aws.west`."""
    key = node.children[0]
    is_name = all(one.type in ("variable_expr", "get_attr") for one in key.children)
    return key if key.type == "expression" and is_name else None


def _inside(node: "Node") -> list["Node"]:
    is_named = node.type == "object_elem" and _key(node)
    return node.children[1:] if is_named else node.children


def _note_entry(node: "Node", expression: Expression) -> None:
    key = _key(node)
    name = text_of(key) if key else _literal(node.children[0])
    if name is None:
        return
    expression.keys.append(Word(name, line_of(node)))
    value = _literal(node.children[-1])
    if value is not None:
        expression.entries.append((name, Word(value, line_of(node))))


def _references(node: "Node") -> Iterator[Reference]:
    """The references among the children of a node: a name, and the steps that follow it."""
    name: Node | None = None
    parts: list[str] = []
    for child in node.children:
        if name is not None and child.type in _STEPS:
            parts += _steps(child)
            continue
        if name is not None:
            yield Reference(tuple(parts), line_of(name))
        name = child if child.type == "variable_expr" else None
        parts = [text_of(child)]
    if name is not None:
        yield Reference(tuple(parts), line_of(name))


def _steps(node: "Node") -> Iterator[str]:
    if node.type == "get_attr":
        yield text_of(node.children[-1])
    elif node.type == "splat":
        inner = node.children[0].children
        yield from (text_of(one.children[-1]) for one in inner if one.type == "get_attr")
