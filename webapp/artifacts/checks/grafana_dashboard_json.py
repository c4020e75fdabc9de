"""JSON as generated files have it: read strictly, with the line of every value, within limits.

The values are built from tokens on a stack of our own, so depth cannot exhaust anything. They are
the mappings and lists of `yaml_source`: whatever walks those walks these.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.yaml_source import Document, YamlList, YamlMap
from webapp.domain.artifact import ArtifactFile, Finding, Severity

MAX_BYTES = 512 * 1024
MAX_DEPTH = 60
MAX_NUMBER_CHARS = 40
MAX_FOUND = 20

SEVERITY = {
    "json/too-large": Severity.ERROR,
    "json/too-deep": Severity.ERROR,
    "json/syntax": Severity.ERROR,
    "json/duplicate-key": Severity.ERROR,
}
# Nothing is ever tried shorter (`++`): a text may be as long as the file.
_TOKEN = re.compile(
    r'(?P<text>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)"
    r"|(?P<word>true|false|null)"
    r"|(?P<mark>[{}\[\]:,])"
)
# What neither a page nor a database takes, and JSON can spell: control characters, half a pair.
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n]*+")
_WORDS = {"true": True, "false": False, "null": None}
_SHOWN = 20
# What may follow, and what is said where it does not.
_EXPECTED = {
    "value": "a value",
    "value or ]": "a value or “]”",
    "key": "a key in double quotes",
    "key or }": "a key in double quotes or “}”",
    "colon": "“:”",
    "comma or ]": "“,” or “]”",
    "comma or }": "“,” or “}”",
    "end": "the end of the file",
}


class _Fault(Exception):
    def __init__(self, rule: str, line: int, message: str) -> None:
        super().__init__(rule, line, message)


@dataclass(slots=True)
class _Open:
    """A collection that has not ended."""

    node: YamlMap | YamlList
    key: str = ""
    key_line: int = 0


def read(files: Sequence[ArtifactFile]) -> tuple[list[Document], list[Finding]]:
    """The value of each file that is JSON, and what is wrong with the others.

    All files together may hold 512 KB, and each may nest 60 deep. A key given twice is an error,
    but the file is read on and the later value counts.
    """
    if sum(len(file.content.encode("utf-8", "replace")) for file in files) > MAX_BYTES:
        message = f"JSON of more than {MAX_BYTES // 1024} KB together is not checked."
        return [], [findings.make(SEVERITY, "json/too-large", files[0].path, None, message)]
    documents: list[Document] = []
    found: list[Finding] = []
    for file in files:
        reader = _Reader(file.path)
        documents += reader.read(file.content)
        found += reader.found
    return documents, found


class _Reader:
    """Builds the value of one file from its tokens."""

    def __init__(self, path: str) -> None:
        self.found: list[Finding] = []
        self._path = path
        self._stack: list[_Open] = []
        self._expected = "value"
        self._root: Any = None
        self._line = 1

    def read(self, text: str) -> list[Document]:
        try:
            for kind, token in self._tokens(text):
                self._take(kind, token)
        except _Fault as fault:
            self._report(*fault.args)
            return []
        if self._expected != "end":
            message = f"The file ends where {_EXPECTED[self._expected]} should stand."
            self._report("json/syntax", self._line, message)
            return []
        return [Document(self._path, 1, self._root)]

    def _report(self, rule: str, line: int, message: str) -> None:
        self.found.append(findings.make(SEVERITY, rule, self._path, line, message))

    def _tokens(self, text: str) -> Iterator[tuple[str, str]]:
        place = 0
        while True:
            space = _SPACE.match(text, place)
            end = space.end() if space else place
            self._line += text.count("\n", place, end)
            if end == len(text):
                return
            token = _TOKEN.match(text, end)
            if token is None or token.lastgroup is None:
                raise self._unexpected(text[end : end + _SHOWN])
            place = token.end()
            yield token.lastgroup, token[0]

    def _unexpected(self, token: str) -> _Fault:
        shown = findings.shortened(token.split("\n")[0], _SHOWN)
        message = f"“{shown}” stands where {_EXPECTED[self._expected]} should."
        return _Fault("json/syntax", self._line, message)

    def _take(self, kind: str, token: str) -> None:
        if kind == "mark":
            self._mark(token)
        elif self._expected.startswith("key") and kind == "text":
            self._take_key(_text(token))
        elif self._expected.startswith("value"):
            self._put(_value(kind, token), self._line)
        else:
            raise self._unexpected(token)

    def _mark(self, mark: str) -> None:
        if mark in "{[" and self._expected.startswith("value"):
            self._open(mark)
        elif mark in "}]" and self._expected.endswith(f"or {mark}"):
            closed = self._stack.pop().node
            self._put(closed, closed.line)
        elif mark == ":" and self._expected == "colon":
            self._expected = "value"
        elif mark == "," and self._expected.startswith("comma"):
            self._expected = "key" if self._expected.endswith("}") else "value"
        else:
            raise self._unexpected(mark)

    def _open(self, mark: str) -> None:
        if len(self._stack) >= MAX_DEPTH:
            message = f"JSON nested more than {MAX_DEPTH} deep is not checked."
            raise _Fault("json/too-deep", self._line, message)
        self._stack.append(_Open(YamlMap(self._line) if mark == "{" else YamlList(self._line)))
        self._expected = "key or }" if mark == "{" else "value or ]"

    def _take_key(self, key: str) -> None:
        top = self._stack[-1]
        lines = top.node.lines
        if isinstance(lines, dict) and key in lines:
            message = f"“{findings.shortened(key)}” is given twice, first in line {lines[key]}."
            self._report("json/duplicate-key", self._line, message)
            if len(self.found) >= MAX_FOUND:
                raise _Fault("json/syntax", self._line, "The rest of the file was not read.")
        top.key, top.key_line = key, self._line
        self._expected = "colon"

    def _put(self, value: Any, line: int) -> None:
        if not self._stack:
            self._root, self._expected = value, "end"
            return
        top = self._stack[-1]
        if isinstance(top.node, YamlList):
            top.node.append(value)
            top.node.lines.append(line)
            self._expected = "comma or ]"
        else:
            top.node[top.key] = value
            top.node.lines[top.key] = top.key_line
            self._expected = "comma or }"


def _value(kind: str, token: str) -> str | float | None:
    if kind == "word":
        return _WORDS[token]
    if kind == "text":
        return _text(token)
    # Turning text into a huge number is slow; nobody means one.
    is_whole = token.lstrip("-").isdecimal() and len(token) <= MAX_NUMBER_CHARS
    return int(token) if is_whole else float(token)


def _text(token: str) -> str:
    return _UNSHOWN.sub("\ufffd", json.loads(token))
