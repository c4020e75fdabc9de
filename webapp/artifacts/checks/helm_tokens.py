"""The actions of a template, as Go's text/template cuts them out of the text around them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.artifacts.checks.findings import shortened

# What is repeated is never tried shorter (`++`): a file could be half a megabyte of spaces.
_TOKEN = re.compile(
    r"""
    (?P<close>(?:\s++-)?\}\})
    |(?P<space>\s++)
    |(?P<text>"(?:[^"\\\n]|\\.)*+"|`[^`]*+`|'(?:[^'\\\n]|\\.)++')
    |(?P<path>(?:\$\w*+)?(?:\.[^\W\d]\w*+)++)
    |(?P<variable>\$\w*+)
    |(?P<number>(?<!\w)[+-]?\.?\d[\w.]*+)
    |(?P<word>[^\W\d]\w*+)
    |(?P<mark>:=|[=|(),.])
    """,
    re.VERBOSE,
)
_COMMENT = re.compile(r"\{\{(?:-\s)?/\*")
_COMMENT_END = re.compile(r"(?:\s-)?\}\}")
_TRIM = re.compile(r"\{\{-(?=\s)")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an action; `kind` is text, path, variable, number, word or mark.

    A path is `.Values.image.tag` or `$item.name`; one that follows another value is a mark.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """An action of a template from its first line on; `tokens` is None for a comment."""

    line: int
    start: int
    end: int
    tokens: tuple[Token, ...] | None


class Broken(Exception):
    """A template that Go does not read; `rule` and `line` of the finding, then its sentence."""

    def __init__(self, rule: str, line: int, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.line = line


def pieces(text: str) -> Iterator[Piece]:
    """The actions and comments of a template in order, up to the first that is `Broken`."""
    line, seen, position = 1, 0, 0
    while (start := text.find("{{", position)) >= 0:
        line += text.count("\n", seen, start)
        seen = start
        if comment := _COMMENT.match(text, start):
            position = _end_of_comment(text, comment.end(), line)
            yield Piece(line, start, position, None)
        else:
            tokens, position = _tokens(text, start, line)
            yield Piece(line, start, position, tokens)


def _end_of_comment(text: str, start: int, line: int) -> int:
    end = text.find("*/", start)
    closing = _COMMENT_END.match(text, end + 2) if end >= 0 else None
    if closing is None:
        raise Broken("unclosed", line, "A comment ends with “*/}}” or “*/ -}}”; this one does not.")
    return closing.end()


def _tokens(text: str, start: int, line: int) -> tuple[tuple[Token, ...], int]:
    trim = _TRIM.match(text, start)
    position = trim.end() if trim else start + 2
    tokens: list[Token] = []
    is_after_value = False
    while match := _TOKEN.match(text, position):
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "close":
            return tuple(tokens), position
        if kind != "space":
            is_of_value = is_after_value and match[0].startswith(".")
            tokens.append(Token("mark" if is_of_value else kind, match[0]))
        is_after_value = kind == "word" or match[0] == ")"
    raise _broken(text, start, position, line)


def _broken(text: str, start: int, position: int, line: int) -> Broken:
    if position >= len(text) or text.startswith("{{", position):
        return Broken("unclosed", line, "This “{{” is never closed with “}}”.")
    line += text.count("\n", start, position)
    char = text[position]
    if char == "}":
        return Broken("unclosed", line, "An action ends with “}}”, not with one “}”.")
    if char in "\"'`":
        return Broken("syntax", line, f"The text after {char} is never closed.")
    advice = ': write index .Values "a-name" where a name holds “-”' if char == "-" else ""
    return Broken("syntax", line, f"“{shortened(char)}” cannot stand in an action{advice}.")
