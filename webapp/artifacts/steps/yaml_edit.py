"""Changes to a YAML text that leave everything else of it, comments and order, as it is."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks.yaml_scalars import YAML_1_1, Words, resolved
from webapp.artifacts.steps.yaml_tree import Node, is_same, parse
from webapp.domain.artifact import ArtifactFile

_PLAIN = re.compile(r"[0-9]+[A-Za-z]+|[A-Za-z/][\w./-]*(?::[\w./-]+)*", re.ASCII)

_NEW = -1  # the depth of what is in the tree only


@dataclass(frozen=True, slots=True)
class Because:
    """A scalar to be written with its reason beside it, in a comment where the format has any."""

    value: str | int | bool
    why: str


# What can be put in: scalars, lists of scalars or of mappings, and mappings of all these.
Wanted = Mapping[str, Any]


class YamlEdit:
    """One YAML file and what is put into it.

    Every change is made in the tree as well; `result` is a text only if it reads as that tree.
    """

    def __init__(self, file: ArtifactFile, words: Words) -> None:
        """Raises ValueError where the file does not parse or has faults."""
        documents = parse(file, words)
        if documents is None:
            raise ValueError(file.path)
        self.documents = documents
        self._file = file
        self._is_json = file.content.lstrip()[:1] in ("{", "[")
        self._words = words
        self._added: dict[Node, dict[str, Any]] = {}
        self._replaced: dict[Node, Any] = {}
        self._before: dict[Node, Wanted] = {}
        self._appended: dict[Node, list[Any]] = {}
        self._fronts: dict[Node, str] = {}
        self._parents = {
            held: (key, node)
            for document in documents
            for node in document.all()
            for key, held in node.pairs
        }

    def fill(self, mapping: Node, wanted: Wanted) -> list[str]:
        """Put in what a mapping has not, at any depth; the keys of it that were, with dots.

        What another mapping holds that is merged into this one is left alone, and so is what was
        put in before: it has no place in the text yet.
        """
        keys: list[str] = []
        if mapping.depth == _NEW or mapping in self._replaced:
            return keys
        for key, value in wanted.items():
            held = mapping.own(key)
            if held is None:
                if mapping.merged(key) is None:
                    self._add(mapping, key, value)
                    keys.append(key)
            elif held.is_empty:
                # What stands before it, an anchor or a tag, would be lost.
                if held.is_bare and isinstance(value, Mapping | list):
                    self._replace(held, value)
                    keys.append(key)
            elif held.kind == "map" and isinstance(value, Mapping):
                keys += (f"{key}.{inner}" for inner in self.fill(held, value))
        return keys

    def put_before(self, mapping: Node, key: str, wanted: Wanted) -> None:
        """Put entries before a key of the outermost mapping, above the comments that lead to it."""
        place = next(number for number, pair in enumerate(mapping.pairs) if pair[0].text == key)
        self._before[mapping.pairs[place][0]] = wanted
        mapping.pairs[place:place] = [(_made(name), _made(held)) for name, held in wanted.items()]

    def _add(self, mapping: Node, key: str, value: Any) -> None:
        self._added.setdefault(mapping, {})[key] = value
        mapping.pairs.append((_made(key), _made(value)))

    def _replace(self, held: Node, value: Any) -> None:
        self._replaced[held] = value
        made = _made(value)
        held.kind, held.text, held.is_plain = made.kind, "", False
        held.pairs, held.items = made.pairs, made.items

    def append(self, listed: Node, item: str | Wanted) -> None:
        """Put an item at the end of a list that has some, unless these were put in themselves."""
        if listed.depth == _NEW or listed in self._replaced:
            return
        self._appended.setdefault(listed, []).append(item)
        listed.items.append(_made(item))

    def put_in_front(self, scalar: Node, text: str) -> None:
        """Lengthen a text at its start."""
        self._fronts[scalar] = text
        scalar.text = f"{text}{scalar.text}"

    @property
    def is_changed(self) -> bool:
        """Whether anything was put in."""
        kinds = (self._added, self._replaced, self._before, self._appended, self._fronts)
        return any(kinds)

    def result(self) -> str | None:
        """The whole text with the changes; None where it would not read as it should."""
        text = self._file.content
        pieces, position = [], 0
        for start, end, new in self._changes():
            if start < position:
                return None
            pieces += [text[position:start], new]
            position = end
        text = "".join([*pieces, text[position:]])
        read = parse(ArtifactFile(self._file.path, text), self._words)
        if read is None or len(read) != len(self.documents):
            return None
        pairs = zip(read, self.documents, strict=True)
        return text if all(is_same(one, other, self._words) for one, other in pairs) else None

    def _changes(self) -> list[tuple[int, int, str]]:
        """Start, end and new text of each change; at one place the innermost comes first."""
        changes: list[tuple[int, int, str]] = []
        depths: list[int] = []
        for node, change in self._unordered():
            changes.append(change)
            depths.append(node.depth)
        order = sorted(range(len(changes)), key=lambda one: (changes[one][0], -depths[one]))
        return [changes[one] for one in order]

    def _unordered(self) -> Iterator[tuple[Node, tuple[int, int, str]]]:
        for node, entries in self._added.items():
            yield node, self._of_mapping(node, entries)
        for node, value in self._replaced.items():
            yield from ((node, change) for change in self._of_nothing(node, value))
        for key, above in self._before.items():
            yield key, self._of_key(key, above)
        for node, listed in self._appended.items():
            yield node, self._of_list(node, listed)
        for node, front in self._fronts.items():
            start = node.start + (not node.is_plain)
            yield node, (start, start, front)

    def _of_mapping(self, node: Node, entries: Wanted) -> tuple[int, int, str]:
        text = self._file.content
        first, last = node.pairs[0][0], node.pairs[-len(entries) - 1][1]
        if node.is_flow:
            return last.end, last.end, f", {self._flow(entries)[1:-1]}"
        end = _end_of_line(text, last.end)
        return end, end, _lines(entries, _column(text, first.start))

    def _of_nothing(self, node: Node, value: Any) -> Iterator[tuple[int, int, str]]:
        text = self._file.content
        key, parent = self._parents[node]
        if parent.is_flow:
            yield node.start, node.end, f"{' ' * (node.start == node.end)}{self._flow(value)}"
            return
        end = _end_of_line(text, node.end)
        is_last = not text[node.end : end].strip()
        yield len(text[: node.start].rstrip(" ")) if is_last else node.start, node.end, ""
        column = _column(text, key.start) + 2
        is_map = isinstance(value, Mapping)
        yield end, end, _lines(value, column) if is_map else _items(value, column)

    def _of_key(self, key: Node, entries: Wanted) -> tuple[int, int, str]:
        text = self._file.content
        above = text[: key.start].split("\n")[:-1]
        while above and above[-1].startswith("#"):
            above.pop()
        start = len("\n".join([*above, ""]))
        gap = "\n" if above and not above[-1].strip() else ""
        return start, start, f"{_lines(entries, 0)[1:]}\n{gap}"

    def _of_list(self, node: Node, listed: Sequence[Any]) -> tuple[int, int, str]:
        text = self._file.content
        last = node.items[-len(listed) - 1]
        if node.is_flow:
            return last.end, last.end, "".join(f", {self._flow(item)}" for item in listed)
        end = _end_of_line(text, last.end)
        return end, end, _items(listed, _column(text, _dash(text, node)))

    def _flow(self, value: Any) -> str:
        """A value in one line; in a file of JSON it is JSON as well."""
        if isinstance(value, Mapping):
            entries = (f"{self._flow(key)}: {self._flow(held)}" for key, held in value.items())
            return "{" + ", ".join(entries) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(self._flow, value)) + "]"
        value = value.value if isinstance(value, Because) else value
        return json.dumps(value) if self._is_json else _scalar(value)


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _dash(text: str, listed: Node) -> int:
    """Where the first dash of a block list stands."""
    first = listed.items[0]
    is_listed = first.kind == "list" and first.items and not first.is_flow
    return text.rindex("-", 0, _dash(text, first) if is_listed else first.start)


def _column(text: str, position: int) -> int:
    return position - (text.rfind("\n", 0, position) + 1)


def _made(value: Any) -> Node:
    """A new value as the node that it will be read as."""
    value = value.value if isinstance(value, Because) else value
    if isinstance(value, Mapping):
        pairs = [(_made(key), _made(held)) for key, held in value.items()]
        return Node("map", 0, 0, _NEW, pairs=pairs)
    if isinstance(value, list):
        return Node("list", 0, 0, _NEW, items=[_made(item) for item in value])
    if isinstance(value, str):
        return Node("scalar", 0, 0, _NEW, text=value)
    return Node("scalar", 0, 0, _NEW, text=_scalar(value), is_plain=True)


def _scalar(value: str | float | bool) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and resolved(value, YAML_1_1) == value:
        return value
    return json.dumps(value)


def _lines(entries: Wanted, column: int) -> str:
    """The entries of a block mapping, a new line before each."""
    return "".join(_entry(key, value, column) for key, value in entries.items())


def _entry(key: str, value: Any, column: int) -> str:
    head = f"\n{' ' * column}{_scalar(key)}:"
    if isinstance(value, Because):
        return f"{head} {_scalar(value.value)}  # {value.why}"
    if isinstance(value, Mapping):
        return head + (_lines(value, column + 2) if value else " {}")
    if isinstance(value, list):
        return head + _items(value, column + 2)
    return f"{head} {_scalar(value)}"


def _items(listed: Sequence[Any], column: int) -> str:
    """The items of a block list, a new line before each."""
    dash = f"\n{' ' * column}- "
    return "".join(
        dash + (_lines(item, column + 2).lstrip() if isinstance(item, Mapping) else _scalar(item))
        for item in listed
    )
