"""YAML as generated files have it: read once, with the line of every value, within limits.

The documents are composed from libyaml's events on a stack of our own, so neither depth nor
aliases can exhaust anything before a limit is reached.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.yaml_scalars import Words, resolved
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MAX_BYTES = 512 * 1024
MAX_DEPTH = 60
MAX_ALIASES = 200
MAX_WEIGHT = 50_000  # values, those behind an alias counted each time
CHARS_OF_WEIGHT = 64  # a long text weighs as much as several values
MAX_FOUND = 20

SEVERITY = {
    "yaml/too-large": Severity.ERROR,
    "yaml/too-deep": Severity.ERROR,
    "yaml/too-many-aliases": Severity.ERROR,
    "yaml/too-heavy": Severity.ERROR,
    "yaml/syntax": Severity.ERROR,
    "yaml/tab": Severity.ERROR,
    "yaml/key": Severity.ERROR,
    "yaml/duplicate-key": Severity.ERROR,
}

_TOO_DEEP = f"YAML nested more than {MAX_DEPTH} deep is not checked."
_NO_KEY = "Only plain text can be a key: quote a value that starts with “{” or “[”."
_TEXT_TAG = "tag:yaml.org,2002:str"
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class YamlMap(dict[str, Any]):
    """A mapping that knows its line and that of each key. Keys are text, as they are written."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class YamlList(list[Any]):
    """A sequence that knows its line and that of each item."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document of a file; `line` is where its value starts."""

    path: str
    line: int
    value: Any


class _Fault(Exception):
    def __init__(self, rule: str, line: int | None, message: str) -> None:
        super().__init__(rule, line, message)


@dataclass(slots=True)
class _Open:
    """A collection that has not ended, and the weight of everything before it."""

    node: YamlMap | YamlList
    anchor: str | None
    weight_before: int
    key: str | None = None
    key_line: int = 0
    merged: list[Any] = field(default_factory=list)


def yaml_lines(text: str) -> list[str]:
    """The lines of a text as YAML counts them, which has more ends of a line than a newline."""
    return _BREAK.split(text)


def not_one_mapping(
    documents: Sequence[Document], files: Sequence[ArtifactFile]
) -> Iterator[ArtifactFile]:
    """The files that are anything else than one document with a mapping in it."""
    for file in files:
        own = [document for document in documents if document.path == file.path]
        if len(own) != 1 or not isinstance(own[0].value, YamlMap):
            yield file


def read(files: Sequence[ArtifactFile], words: Words) -> tuple[list[Document], list[Finding]]:
    """The documents of all files, each up to its first fault, and what is wrong with them.

    All files together may hold 512 KB and weigh 50,000 values; each may nest 60 deep and have 200
    aliases. A key given twice is an error, but the file is read on and the later value counts.
    """
    if sum(len(file.content.encode("utf-8", "replace")) for file in files) > MAX_BYTES:
        message = f"YAML of more than {MAX_BYTES // 1024} KB together is not checked."
        return [], [findings.make(SEVERITY, "yaml/too-large", files[0].path, None, message)]
    documents: list[Document] = []
    found: list[Finding] = []
    weight = 0
    for file in files:
        composer = _Composer(file.path, words, weight)
        composer.compose(file.content)
        weight = composer.weight
        documents += composer.documents
        found += composer.found
    return documents, found


class _Composer:
    """Builds the documents of one file from its events."""

    def __init__(self, path: str, words: Words, weight: int) -> None:
        self.documents: list[Document] = []
        self.found: list[Finding] = []
        self.weight = weight
        self._path = path
        self._words = words
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliases = 0

    def compose(self, text: str) -> None:
        try:
            self._take_events(text)
        except _Fault as fault:
            self._report(*fault.args)
        except yaml.MarkedYAMLError as error:
            self._report(*_syntax(error, text))
        except (yaml.YAMLError, UnicodeEncodeError):
            message = "YAML allows no control characters, and one stands here."
            self._report("yaml/syntax", _line_of_control(text), message)

    def _report(self, rule: str, line: int | None, message: str) -> None:
        self.found.append(findings.make(SEVERITY, rule, self._path, line, message))

    def _take_events(self, text: str) -> None:
        handlers = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: lambda event: self._open(event, YamlMap),
            yaml.SequenceStartEvent: lambda event: self._open(event, YamlList),
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event)

    def _document(self, event: Any) -> None:
        self._anchors = {}
        self._weigh(1, event)

    def _weigh(self, weight: int, event: Any) -> None:
        self.weight += weight
        if self.weight > MAX_WEIGHT:
            message = f"YAML that unfolds to more than {MAX_WEIGHT:,} values is not checked."
            raise _Fault("yaml/too-heavy", event.start_mark.line + 1, message)

    def _scalar(self, event: Any) -> None:
        text: str = event.value
        weight = 1 + len(text) // CHARS_OF_WEIGHT
        self._weigh(weight, event)
        line: int = event.start_mark.line + 1
        top = self._stack[-1] if self._stack else None
        if top is not None and top.key is None and type(top.node) is YamlMap:
            self._take_key(top, text, line)
            return
        is_plain = event.implicit[0] or event.tag not in (None, "!", _TEXT_TAG)
        value = resolved(text, self._words) if is_plain else text
        if event.anchor:
            self._anchors[event.anchor] = (value, weight)
        self._put(value, line)

    def _take_key(self, top: _Open, key: str, line: int) -> None:
        lines = top.node.lines
        if key in lines and isinstance(lines, dict):
            message = f"“{findings.shortened(key)}” is given twice, first in line {lines[key]}."
            self._report("yaml/duplicate-key", line, message)
            if len(self.found) >= MAX_FOUND:
                raise _Fault("yaml/syntax", line, "The rest of the file was not read.")
        top.key, top.key_line = key, line

    def _open(self, event: Any, collection: type[YamlMap] | type[YamlList]) -> None:
        line = event.start_mark.line + 1
        if len(self._stack) >= MAX_DEPTH:
            raise _Fault("yaml/too-deep", line, _TOO_DEEP)
        self._weigh(1, event)
        node = collection(line)
        self._check_place(event)
        self._stack.append(_Open(node, event.anchor, self.weight - 1))

    def _check_place(self, event: Any) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and top.key is None and type(top.node) is YamlMap:
            line = event.start_mark.line + 1
            raise _Fault("yaml/key", line, _NO_KEY)

    def _close(self, event: Any) -> None:
        closed = self._stack.pop()
        for source in closed.merged:
            self._merge(closed.node, source, event)
        if closed.anchor:
            self._anchors[closed.anchor] = (closed.node, self.weight - closed.weight_before)
        self._put(closed.node, closed.node.line)

    def _merge(self, node: Any, source: Any, event: Any) -> None:
        for mapping in source if type(source) is YamlList else [source]:
            if type(mapping) is not YamlMap:
                raise _Fault("yaml/key", node.line, "“<<” can only merge mappings.")
            self._weigh(len(mapping), event)
            for key, value in mapping.items():
                if key not in node:
                    node[key] = value
                    node.lines[key] = mapping.lines[key]

    def _alias(self, event: Any) -> None:
        self._check_place(event)
        line = event.start_mark.line + 1
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            message = f"YAML with more than {MAX_ALIASES} aliases is not checked."
            raise _Fault("yaml/too-many-aliases", line, message)
        if event.anchor not in self._anchors:
            message = f"There is no anchor “{findings.shortened(event.anchor)}” before this line."
            raise _Fault("yaml/syntax", line, message)
        value, weight = self._anchors[event.anchor]
        self._weigh(weight, event)
        self._put(value, line)

    def _put(self, value: Any, line: int) -> None:
        if not self._stack:
            self.documents.append(Document(self._path, line, value))
            return
        top = self._stack[-1]
        if isinstance(top.node, YamlList):
            top.node.append(value)
            top.node.lines.append(line)
        elif top.key == "<<":
            top.merged.append(value)
        elif top.key is not None:
            top.node[top.key] = value
            top.node.lines[top.key] = top.key_line
        top.key = None


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[str, int | None, str]:
    # libyaml misses the colon only where the next line begins.
    is_late = "could not find expected ':'" in str(error.problem)
    mark = error.context_mark if is_late and error.context_mark else error.problem_mark
    if mark is None:
        return "yaml/syntax", None, f"The YAML does not parse: {error.problem}."
    if "maximum nesting depth" in str(error.problem):
        return "yaml/too-deep", mark.line + 1, _TOO_DEEP
    source_line = text.split("\n")[mark.line : mark.line + 1]
    indent = source_line[0][: -len(source_line[0].lstrip()) or None] if source_line else ""
    if "\t" in indent:
        return "yaml/tab", mark.line + 1, "A tab indents this line: YAML allows only spaces."
    context = f"{error.context}, " if error.context else ""
    return "yaml/syntax", mark.line + 1, f"The YAML does not parse: {context}{error.problem}."


def _line_of_control(text: str) -> int | None:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.isprintable() and _CONTROL.search(line):
            return number
    return None
