"""HCL with sorted arguments, in one layout."""

import re
from collections.abc import Iterator
from functools import cache
from operator import itemgetter
from time import thread_time
from typing import TYPE_CHECKING

from webapp.compare.align import Steps
from webapp.compare.unreadable import TOO_DEEP, TOO_LARGE, Unreadable

if TYPE_CHECKING:
    from tree_sitter import Language, Node

CHUNK = 4096  # bytes given to the parser at once
MOST_S = 0.1  # for the parser, which takes time by the square of what it has to guess at
DEEPEST = 150  # levels of the syntax tree: some 40 brackets or blocks in each other
STEPS_A_NODE = 4
INDENT = "  "
# What is kept as it is written: blanks and line ends in it mean something.
_VERBATIM = frozenset({"quoted_template", "string_lit", "heredoc_template"})
_SIMPLE = re.compile(r'[\w.-]+|"[^"\\\n]*"')  # most values: to walk through them takes long
# Between their words stand blanks, but for those of `_CLOSE`.
_APART = frozenset(
    {"binary_operation", "conditional", "for_intro", "for_cond"}
    | {"for_tuple_expr", "for_object_expr"}
)
_CLOSE = frozenset({",", "ellipsis"})


def normal_hcl(text: str, steps: Steps) -> str:
    """The same arguments and blocks, sorted, one a line; Unreadable if the grammar refuses them.

    Arguments come before blocks, and keys of objects are sorted too; blocks of one kind keep their
    order, which may mean something.
    """
    content = text.encode()
    root = _root(content)
    if not steps.take(root.descendant_count * STEPS_A_NODE):
        raise Unreadable(TOO_LARGE)
    if root.has_error:
        raise Unreadable(f"line {_first_error(root)}: it does not follow the grammar")
    writer = _Writer(content)
    return "".join(f"{line}\n" for child in _without_comments(root) for line in writer.top(child))


def _root(content: bytes) -> "Node":
    import tree_sitter

    # A parser of its own: requests run in threads, and a parser serves one at a time.
    until = thread_time() + MOST_S
    try:
        return (
            tree_sitter.Parser(_language())
            .parse(
                lambda offset, _: content[offset : offset + CHUNK],
                progress_callback=lambda *_: thread_time() > until,
            )
            .root_node
        )
    except ValueError as error:  # it was told to stop
        raise Unreadable("it takes too long") from error


@cache
def _language() -> "Language":
    # Loaded by the first who asks: most pages need no parser.
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Language(tree_sitter_hcl.language())


def _first_error(root: "Node") -> int:
    rest = [root]
    while rest:
        node = rest.pop()
        if node.is_error or node.is_missing:
            return node.start_point.row + 1
        rest += [child for child in reversed(node.children) if child.has_error or child.is_missing]
    return 1


class _Writer:
    """Writes the nodes of one file."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def top(self, node: "Node") -> Iterator[str]:
        """The lines of a file, which is a body or one object."""
        if node.type == "body":
            yield from self._body(node, 0, 0)
        else:
            yield self._value(node, 0, 0)

    def _text(self, node: "Node") -> str:
        # `node.text` asks for each chunk anew, which takes most of the time.
        return self._content[node.start_byte : node.end_byte].decode()

    def _body(self, body: "Node", level: int, depth: int) -> Iterator[str]:
        """The lines of a body: its arguments, then its blocks."""
        arguments, blocks = [], []
        for child in _without_comments(body):
            if child.type == "attribute":
                name, _, value = _without_comments(child)
                arguments.append((self._text(name), value))
            elif child.type == "block":
                blocks.append((self._header(child), child))
        for word, value in sorted(arguments, key=itemgetter(0)):
            yield f"{INDENT * level}{word} = {self._value(value, level, depth + 1)}"
        for header, block in sorted(blocks, key=itemgetter(0)):
            yield f"{INDENT * level}{header} {{"
            for child in block.children:
                if child.type == "body":
                    yield from self._body(child, level + 1, _deeper(depth, 2))
            yield f"{INDENT * level}}}"

    def _header(self, block: "Node") -> str:
        words = (child for child in block.children if child.type in ("identifier", "string_lit"))
        return " ".join(map(self._text, words))

    def _value(self, node: "Node", level: int, depth: int) -> str:
        kind, text = node.type, self._text(node)
        if kind in _VERBATIM or _SIMPLE.fullmatch(text):
            return text
        below = _deeper(depth, 1)
        if kind == "object":
            return self._object(node, level, below)
        if kind == "tuple":
            items = (child for child in node.children if child.type == "expression")
            values = [self._value(item, level + 1, below) for item in items]
            return _brackets("[", values, ",", "]", level)
        children = _without_comments(node)
        return "".join(self._words(kind, children, level, below)) if children else text

    def _words(self, kind: str, children: list["Node"], level: int, depth: int) -> Iterator[str]:
        is_after_comma = False
        for number, child in enumerate(children):
            if number and child.type not in _CLOSE and (is_after_comma or kind in _APART):
                yield " "
            yield self._value(child, level, depth)
            is_after_comma = child.type == ","

    def _object(self, node: "Node", level: int, depth: int) -> str:
        items = []
        for element in node.children:
            if element.type == "object_elem":
                key, _, value = _without_comments(element)
                word = self._value(key, level + 1, depth)
                items.append(f"{word} = {self._value(value, level + 1, depth)}")
        return _brackets("{", sorted(items), "", "}", level)


def _deeper(depth: int, by: int) -> int:
    if depth + by > DEEPEST:
        raise Unreadable(TOO_DEEP)
    return depth + by


def _without_comments(node: "Node") -> list["Node"]:
    return [child for child in node.children if child.type != "comment"]


def _brackets(start: str, items: list[str], mark: str, end: str, level: int) -> str:
    if not items:
        return f"{start}{end}"
    lines = "".join(f"{INDENT * (level + 1)}{item}{mark}\n" for item in items)
    return f"{start}\n{lines}{INDENT * level}{end}"
