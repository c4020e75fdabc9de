"""How Terraform has to be written: what its grammar refuses, and what the parser lets pass."""

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.terraform_expression import line_of, text_of
from webapp.domain.artifact import Finding, Severity

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 400  # levels of the syntax tree: some 100 brackets or blocks in each other
MAX_FAULTS = 10
SEVERITY = {
    "terraform/syntax": Severity.ERROR,
    "terraform/too-deep": Severity.ERROR,
}
_MARKS = {
    "block_end": "A “}”",
    "object_end": "A “}”",
    "tuple_end": "A “]”",
    "}": "A “}”",
    "]": "A “]”",
    ")": "A “)”",
    "quoted_template_end": "A quote",
    "template_interpolation_end": "A “}”",
    "template_directive_end": "A “}”",
    "heredoc_identifier": "The end of the here-document",
}
# What the parser makes of words that it cannot place.
_OF_RECOVERY = frozenset({"heredoc_identifier", "heredoc_start"})
_OPEN_TEXT = "A text in quotes ends on its line: close it, or write \\n or a here-document."
_QUOTED = frozenset({"string_lit", "quoted_template"})
# Within these a line may end anywhere.
_ENCLOSING = frozenset(
    {"function_call", "tuple", "new_index", "for_tuple_expr", "for_object_expr"}
    | {"template_interpolation", "template_directive"}
)
_OPERATIONS = frozenset({"conditional", "binary_operation", "unary_operation"})


def faults(root: "Node", path: str) -> list[Finding]:
    """What is wrong with how a file is written: at most ten, in the order of the lines.

    Of a file that the grammar refuses only the first fault is told: the others may come from it.
    """
    if root.has_error:
        return [_first_broken(root, path)]
    return list(islice(_misplaced(root, path), MAX_FAULTS))


def _fault(path: str, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, "terraform/syntax", path, line, message)


def _first_broken(root: "Node", path: str) -> Finding:
    rest = [root]
    while rest:
        node = rest.pop()
        if node.is_missing and node.type in _MARKS:
            message = f"{_MARKS[node.type]} is missing: what it closes is still open."
            return _fault(path, line_of(node), message)
        if node.is_error or node.is_missing:
            return _fault(path, *_refused(node, root))
        if node.type in _QUOTED and _holds_line_end(node):
            return _fault(path, line_of(node), _OPEN_TEXT)
        rest += reversed(node.children)
    return _fault(path, 1, "This cannot be read as Terraform.")


def _refused(node: "Node", root: "Node") -> tuple[int, str]:
    """The line at which the parser gave up, and what to say of it."""
    line = _given_up(node)
    # The tree of a file may begin after the comments at its top.
    lines = text_of(root).split("\n")[line - line_of(root) :]
    text = findings.shortened(lines[0] if lines else "", 60)
    if "'" in text:
        return line, f"“{text}” is no Terraform: texts stand in double quotes."
    return line, f"“{text}” is no Terraform, or what stands before it is not complete."


def _given_up(node: "Node") -> int:
    last = node
    for child in node.children:
        if child.type in _OF_RECOVERY:
            break
        last = child
    return line_of(last)


def _misplaced(root: "Node", path: str) -> Iterator[Finding]:
    """What has to stand on lines of its own and does not, and the reverse."""
    rest = [(root, 0, False)]
    while rest:
        node, depth, is_enclosed = rest.pop()
        if depth > MAX_DEPTH:
            message = f"Terraform nested more than {MAX_DEPTH} deep is not checked."
            yield findings.make(SEVERITY, "terraform/too-deep", path, line_of(node), message)
            return
        for line, message in _layout(node, is_enclosed):
            yield _fault(path, line, message)
        is_enclosed = _encloses(node, is_enclosed)
        rest += ((child, depth + 1, is_enclosed) for child in reversed(node.children))


def _encloses(node: "Node", is_enclosed: bool) -> bool:
    if node.type in ("body", "object"):
        return False
    return is_enclosed or node.type in _ENCLOSING or text_of_first(node) == "("


def text_of_first(node: "Node") -> str:
    """The mark that a node begins with, or nothing."""
    first = node.children[0] if node.child_count else None
    return first.type if first else ""


def _layout(node: "Node", is_enclosed: bool) -> Iterator[tuple[int, str]]:
    if node.type == "body":
        yield from _crowded(node)
    elif node.type == "block":
        yield from _block(node)
    elif node.type == "object":
        yield from _items(node)
    elif node.type == "attribute" and _is_broken_up(node):
        yield line_of(node), "A value begins on the line of its equals sign."
    elif node.type in _OPERATIONS and not is_enclosed and _is_broken_up(node):
        yield line_of(node), "An expression over several lines has to stand in parentheses."
    elif node.type in _QUOTED and _holds_line_end(node):
        yield line_of(node), _OPEN_TEXT


def _row_after(node: "Node") -> int:
    # A here-document ends with its line.
    return node.end_point.row - (node.end_point.column == 0)


def _crowded(body: "Node") -> Iterator[tuple[int, str]]:
    items = [child for child in body.children if child.type in ("attribute", "block")]
    for one, other in pairwise(items):
        if other.start_point.row <= _row_after(one):
            yield line_of(other), "Each argument and each block stands on a line of its own."


def _block(node: "Node") -> Iterator[tuple[int, str]]:
    start = next(child for child in node.children if child.type == "block_start")
    if start.start_point.row != node.start_point.row:
        yield line_of(node), "The { of a block stands on the line of its name."
    body = next((child for child in node.children if child.type == "body"), None)
    if body is None:
        return
    items = [child for child in body.children if child.type in ("attribute", "block")]
    begins_there = bool(items) and items[0].start_point.row == start.start_point.row
    if begins_there and [item.type for item in items] != ["attribute"]:
        yield line_of(node), "A block on one line holds a single argument and no block."
    elif begins_there and node.end_point.row != items[0].end_point.row:
        yield line_of(node), "A block over several lines begins its first argument on a new one."


def _items(node: "Node") -> Iterator[tuple[int, str]]:
    for one, other in pairwise(child for child in node.children if child.type != "comment"):
        if one.type == other.type == "object_elem" and other.start_point.row <= _row_after(one):
            yield line_of(other), "Items of an object on one line are parted by commas."


def _is_broken_up(node: "Node") -> bool:
    return any(
        other.start_point.row > _row_after(one)
        for one, other in pairwise(node.children)
        if other.type != "comment"
    )


def _holds_line_end(node: "Node") -> bool:
    texts = (child for child in node.children if child.type == "template_literal")
    return any(text.start_point.row != text.end_point.row for text in texts)
