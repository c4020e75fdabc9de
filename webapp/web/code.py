"""Generated files as lines of coloured pieces, for the template to escape."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from pygments.lexers import get_lexer_for_filename
from pygments.lexers.special import TextLexer
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    String,
    _TokenType,
    is_token_subtype,
)
from pygments.util import ClassNotFound

from webapp.domain.artifact import ArtifactFile, Finding

MOST_LINES = 2000  # of one file on a page; the download has all
MOST_COLOURED = 100_000  # characters: beyond it the lexer takes too long for a page
Piece = tuple[str, str]  # class or "", text

# The first that fits gives the class, so the narrow ones stand before the wide.
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (Name.Tag, "n"),
    (Name.Attribute, "n"),
    (Name.Builtin, "k"),
    (Name.Function, "n"),
    (Name.Variable, "m"),
    (String, "s"),
    (Number, "m"),
    (Operator.Word, "k"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, with what the checks say of it."""

    no: int
    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A file as a page shows it; `hidden` counts the lines left to the download."""

    path: str
    lines: tuple[Line, ...]
    size_bytes: int
    hidden: int


def listing(file: ArtifactFile, findings: Sequence[Finding]) -> Listing:
    """A file with its findings on their lines."""
    lines = coloured(file.path, file.content)
    here = {
        line: tuple(group)
        for line, group in groupby(
            sorted((f for f in findings if f.path == file.path and f.line), key=_line), _line
        )
    }
    shown = [
        Line(no, pieces, here.get(no, ())) for no, pieces in enumerate(lines[:MOST_LINES], start=1)
    ]
    hidden = max(0, len(lines) - MOST_LINES)
    return Listing(file.path, tuple(shown), len(file.content.encode()), hidden)


def _line(finding: Finding) -> int:
    return finding.line or 0


@lru_cache(maxsize=64)
def coloured(path: str, content: str) -> tuple[tuple[Piece, ...], ...]:
    """The lines of a text as (class, piece), the language told by the path."""
    if len(content) > MOST_COLOURED:
        return tuple((("", line),) for line in content.splitlines())
    return tuple(_lines(_pieces(path, content)))


def _pieces(path: str, content: str) -> Iterator[Piece]:
    try:
        lexer = get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False, ensurenl=False)
    for kind, text in lexer.get_tokens(content):
        yield next((name for group, name in _CLASSES if is_token_subtype(kind, group)), ""), text


def _lines(pieces: Iterator[Piece]) -> Iterator[tuple[Piece, ...]]:
    line: list[Piece] = []
    for name, text in pieces:
        first, *rest = text.split("\n")
        _append(line, name, first)
        for following in rest:
            yield tuple(line)
            line = []
            _append(line, name, following)
    if line:
        yield tuple(line)


def _append(line: list[Piece], name: str, text: str) -> None:
    if not text:
        return
    if line and line[-1][0] == name:
        text = line.pop()[1] + text
    line.append((name, text))
