"""Generated files as lines of coloured pieces."""

from collections.abc import Iterator
from functools import lru_cache

from markupsafe import Markup, escape
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

MOST_COLOURED = 100_000  # characters: beyond it the lexer takes too long for a page
Piece = tuple[str, str]  # class or "", text
_PIECE = Markup('<span class="t-{}">{}</span>')

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


@lru_cache(maxsize=64)
def marked_up(path: str, content: str) -> tuple[Markup, ...]:
    """The lines of a text as a page shows them: escaped and coloured once, not at each visit."""
    return tuple(Markup("").join(map(_marked_up, line)) for line in coloured(path, content))


def _marked_up(piece: Piece) -> Markup:
    name, text = piece
    return _PIECE.format(name, text) if name else escape(text)


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
