"""YAML as a tree of nodes that know where they stand in the text, to change it in place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from webapp.artifacts.checks.yaml_scalars import Words, resolved
from webapp.artifacts.checks.yaml_source import read
from webapp.domain.artifact import ArtifactFile

_MERGE = "<<"
# libyaml counts these as ends of lines or as nothing; a text with one is not changed.
_STRANGE = frozenset("\r\x85\u2028\u2029\ufeff")

_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


@dataclass(slots=True, eq=False)
class Node:
    """One value of a YAML text: a mapping, a list, a scalar, or an alias of one of these.

    `start` and `end` are offsets in the text, those of a block collection around what it holds;
    `depth` counts the collections around it. `is_bare` says that no anchor and no tag stands
    before it. Of an alias, `target` is the node it repeats.
    """

    kind: str  # "map", "list", "scalar" or "alias"
    start: int
    end: int
    depth: int
    is_flow: bool = False
    is_plain: bool = False
    is_bare: bool = True
    text: str = ""
    pairs: list[tuple["Node", "Node"]] = field(default_factory=list)
    items: list["Node"] = field(default_factory=list)
    target: "Node | None" = None

    @property
    def meant(self) -> "Node":
        """Itself, or what an alias repeats."""
        return self.target or self

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing: null, `{}` or `[]`."""
        is_null = self.kind == "scalar" and self.is_plain and self.text in ("", "~", "null")
        return is_null or (self.kind in ("map", "list") and not (self.pairs or self.items))

    @property
    def is_on_one_line(self) -> bool:
        """Whether a scalar is written as it is meant, with at most quotes around it."""
        quotes = 0 if self.is_plain else 2
        return (
            self.kind == "scalar"
            and self.is_bare
            and self.end - self.start == len(self.text) + quotes
        )

    def get(self, *path: str) -> "Node | None":
        """What stands under a path of keys, those merged into a mapping (`<<`) counted too."""
        node: Node | None = self.meant
        for key in path:
            node = node and (node.own(key) or node.merged(key))
        return node

    def own(self, key: str) -> "Node | None":
        """What stands under a key of this very mapping."""
        return next((held.meant for name, held in self.pairs if name.text == key), None)

    def merged(self, key: str) -> "Node | None":
        """What another mapping that is merged into this one holds under a key."""
        source = self.own(_MERGE)
        sources = source.items if source and source.kind == "list" else [source] if source else []
        # None merges itself: an anchor is only known once its node has ended.
        return next((held for one in sources if (held := one.get(key))), None)

    def has(self, *path: str) -> bool:
        """Whether anything but nothing stands under a path of keys."""
        node = self.get(*path)
        return node is not None and not node.is_empty

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """The keys of this very mapping, and what they hold."""
        return ((key.text, held.meant) for key, held in self.meant.pairs if key.text != _MERGE)

    def listed(self, *path: str) -> list["Node"]:
        """The items of the list under a path of keys; none where there is no list."""
        node = self.get(*path)
        return [item.meant for item in node.items] if node else []

    def said(self, *path: str, words: Words) -> Any:
        """The scalar under a path of keys, as a value; None where there is none."""
        node = self.get(*path)
        if node is None or node.kind != "scalar":
            return None
        return resolved(node.text, words) if node.is_plain else node.text

    def name(self, *path: str) -> str:
        """The scalar under a path of keys as it is written; empty where there is none."""
        node = self.get(*path)
        return node.text if node and node.kind == "scalar" else ""

    def all(self) -> Iterator["Node"]:
        """Itself and all it holds, as often as aliases repeat it."""
        waiting = [self]
        while waiting:
            node = waiting.pop().meant
            yield node
            waiting += node.items
            waiting += (one for pair in node.pairs for one in pair)


def parse(file: ArtifactFile, words: Words) -> list[Node] | None:
    """The documents of a file; None where it has a fault or is past the limits of `read`."""
    if _STRANGE & set(file.content):
        return None
    _, faults = read([file], words)
    return None if faults else _Tree(file.content).documents()


def is_same(one: Node, other: Node, words: Words) -> bool:
    """Whether two trees mean the same, whatever the places and the ways of writing them."""
    waiting = [(one, other)]
    while waiting:
        left, right = (node.meant for node in waiting.pop())
        # By what is written for them: NaN is not equal to itself, and 1 is to true.
        if left.kind != right.kind or repr(left.said(words=words)) != repr(right.said(words=words)):
            return False
        if len(left.pairs) != len(right.pairs) or len(left.items) != len(right.items):
            return False
        waiting += zip(left.items, right.items, strict=True)
        for mine, theirs in zip(left.pairs, right.pairs, strict=True):
            waiting += zip(mine, theirs, strict=True)
    return True


class _Tree:
    """Builds nodes from events. Only for a text that `read` found no fault in: that bounds it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._anchors: dict[str, Node] = {}

    def documents(self) -> list[Node]:
        """The value of each document."""
        found = []
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
                found.append(self._node(next(self._events), 0))
        return found

    def _node(self, event: Any, depth: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            return Node("alias", start, end, depth, target=self._anchors[str(event.anchor)].meant)
        node = Node("scalar", start, end, depth, is_bare=not (event.anchor or event.tag))
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(node, event)
        else:
            node.is_flow = bool(event.flow_style)
            self._collection(node, event)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _scalar(self, node: Node, event: Any) -> None:
        node.text = event.value
        node.is_plain = event.implicit[0] or event.tag not in (None, "!", "tag:yaml.org,2002:str")
        if event.style in ("|", ">"):
            node.end = self._end_of_block(node)

    def _end_of_block(self, node: Node) -> int:
        """Where the last line of a block scalar ends; blank lines after it mostly say nothing."""
        written = self._text[node.start : node.end]
        if "+" in written.partition("\n")[0]:
            return node.end - written.endswith("\n")
        return node.start + len(written.rstrip())

    def _collection(self, node: Node, event: Any) -> None:
        node.kind = "map" if isinstance(event, yaml.MappingStartEvent) else "list"
        inner: Any = next(self._events)
        while type(inner) not in _ENDS:
            child = self._node(inner, node.depth + 1)
            if node.kind == "list":
                node.items.append(child)
            else:
                node.pairs.append((child, self._node(next(self._events), node.depth + 1)))
            inner = next(self._events)
        held = node.items or [one for pair in node.pairs for one in pair]
        if node.is_flow:
            node.end = inner.end_mark.index
        elif held:
            node.start, node.end = held[0].start, held[-1].end
