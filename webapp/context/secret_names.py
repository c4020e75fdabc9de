"""Secrets known by the name they are given: settings, headers, manifests."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from webapp.context.secret_values import is_placeholder, looks_secret

NAMED = "Named secret"
MOST_CHARS = 300  # of a value; what goes on is taken along
_REST = re.compile(r"[^\s\"'`,;<]{0,8000}")
MOST_LINE_CHARS = 2000  # of a line with a named secret
_WORDS = ("pass", "pwd", "secret", "token", "key", "credential")
_NAME = (
    r"[A-Za-z0-9_.-]{0,60}?(?P<word>pass(?:word|wd|phrase)?|pwd|secret|token"
    r"|(?:api|access|secret|private|signing|encryption|auth|account|master|license)[_-]?key"
    r"|credential)s?(?:[_-]?(?:base|value|prod|production|live|dev|old|new|[0-9]))?"
)
# A name and its value: quoted, or bare to the end of its line.
_SETTING = re.compile(
    rf"(?i)(?<![A-Za-z0-9_.-]){_NAME}[\"']?\]?[ \t]{{0,20}}(?:[:=]>?|:=|,|\|\||\?\?)[ \t]{{0,20}}"
    r"(?:\"(?P<double>[^\"\s]{6,300}+)(?!\s)|'(?P<single>[^'\s]{6,300}+)(?!\s)"
    r"|`(?P<tick>[^`\s]{6,300}+)(?!\s)|(?P<bare>[^\s\"'`,;]{6,300}+)(?![\"'`]))"
)
# Within a text of settings: “Server=db;Password=…;”. And `<password>…</password>`.
_WITHIN = re.compile(
    r"(?i)[; \"'](?:password|pwd|token|secret|api_?key)=(?P<part>[^;\"'\s=]{6,300}+)(?=[;\"'])"
    r"|[?&](?:password|pwd|token|secret|api_?key)=(?P<query>[^&#;\"'\s=]{6,300}+)"
    rf"|<{_NAME}>(?P<element>[^<\s]{{6,300}}+)</"
    r"|--(?:password|token|secret|api-key)[= ](?P<option>[^\s\"'=]{6,300}+)"
    rf"|\$\{{{_NAME.replace('P<word>', ':')}:?-(?P<default>[^\s\"'{{}}]{{6,300}}+)\}}"
)
# The name and the value of a variable on lines of their own, as a container has them.
_PAIR = re.compile(
    rf"(?i)\bname: {{0,3}}[\"']?{_NAME}[\"']?[ \t]{{0,5}}\r?\n[ \t-]{{0,40}}value: {{0,3}}"
    r"[\"']?(?P<paired>[^\s\"'#]{6,300}+)"
)
_BARE_ENDINGS = frozenset(
    (".cfg", ".conf", ".config", ".ini", ".properties", ".toml", ".yaml", ".yml", ".env", ".sh")
)
_IS_MANIFEST = re.compile(r"(?m)^kind: {0,3}[\"']?Secret\b")
_BLOCK = re.compile(r"(?P<indent> {0,20})(?:data|stringData):\s*")
_ENTRY = re.compile(
    r"(?P<indent> {1,40})[\w.-]{1,253}: {1,20}[\"']?(?P<value>[^\s\"'#|>][^\s\"'#]{3,20000})"
)

Spans = Iterator[tuple[int, int, str]]


def by_name(path: str, text: str) -> Spans:
    """The secrets of a text that their names tell of; in no order, some perhaps twice."""
    takes_bare = _takes_bare(path)
    for first, last in _telling_lines(text):
        for match in _SETTING.finditer(text, first, last):
            if match.lastgroup != "bare" or takes_bare:
                yield from _if_secret(match, match["word"])
        for match in _WITHIN.finditer(text, first, last):
            yield from _if_secret(match, match["word"] or "password")
    if "value:" in text:
        for match in _PAIR.finditer(text):
            yield from _if_secret(match, match["word"])
    if path.endswith((".yaml", ".yml")) and _IS_MANIFEST.search(text):
        yield from _manifest_entries(text)


def _if_secret(match: re.Match[str], word: str) -> Spans:
    group = match.lastgroup or ""
    if looks_secret(match[group], is_password=word.lower().startswith("p")):
        start, end = match.span(group)
        rest = _REST.match(match.string, end)
        yield start, rest.end() if rest and end - start == MOST_CHARS else end, NAMED


def _takes_bare(path: str) -> bool:
    """Whether what stands without quotes in a file is a value there, and no expression."""
    name = PurePosixPath(path).name.lower()
    is_setting = PurePosixPath(name).suffix in _BARE_ENDINGS or name.startswith((".env", "env."))
    return is_setting or name.startswith("dockerfile") or name.endswith("dockerfile")


def _telling_lines(text: str) -> set[tuple[int, int]]:
    """Where the lines begin and end that may name a secret: few, and quickly found."""
    lowered, lines = text.lower(), set()
    if len(lowered) != len(text):  # İ has two letters then: its like is not worth a place lost
        lowered = "".join(each if len(each.lower()) != 1 else each.lower() for each in text)
    for word in _WORDS:
        at = lowered.find(word)
        while at >= 0:
            first = max(text.rfind("\n", 0, at) + 1, at - MOST_LINE_CHARS)
            end = text.find("\n", at, at + MOST_LINE_CHARS)
            end = min(len(text), at + MOST_LINE_CHARS) if end < 0 else end
            lines.add((first, end))
            at = lowered.find(word, end)
    return lines


def _manifest_entries(text: str) -> Spans:
    """All values below `data` of a Secret: they are secrets whatever their names."""
    inside: int | None = None
    at = 0
    for line in text.splitlines(keepends=True):
        if block := _BLOCK.fullmatch(line):
            inside = len(block["indent"])
        elif line.startswith("---"):
            inside = None
        elif inside is not None and line.strip():
            entry = _ENTRY.match(line)
            if len(line) - len(line.lstrip()) <= inside:
                inside = None
            elif entry and not is_placeholder(entry["value"]):
                yield at + entry.start("value"), at + entry.end("value"), NAMED
        at += len(line)
