"""Source files of an SDK's set-up: their language, and whether their brackets come in pairs.

Nothing is run or imported. Python is parsed; of other languages the strings and comments are
passed over and the brackets counted.
"""

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES: Mapping[str, str] = {
    "py": "python",
    **dict.fromkeys(("js", "mjs", "cjs", "ts", "mts"), "node"),
    "go": "go",
    "java": "java",
    "rb": "ruby",
    "php": "php",
    "cs": "dotnet",
    "rs": "rust",
    "conf": "nginx",
}
_CLOSED_BY = {"(": ")", "[": "]", "{": "}"}
_C_COMMENTS = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)"
_DOUBLE = r'"(?:[^"\\\n]|\\.)*"?'
_SINGLE = r"'(?:[^'\\\n]|\\.)*'?"
_TRIPLE = r'"""(?:[^"]|"(?!""))*(?:"""|\Z)'
_RAW = r"`[^`]*(?:`|\Z)"
_TEMPLATE = r"`(?:[^`\\]|\\.)*(?:`|\Z)"
# A slash that begins an expression, where it cannot divide.
_EXPRESSION = (
    r"(?<=[(,=:\[!&|?{};\n])[ \t]{0,40}/(?![*/])"
    r"(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.){0,100}\]){1,300}/"
)
# By language: what is passed over.
_SKIPPED: Mapping[str, re.Pattern[str]] = {
    name: re.compile("|".join(parts), re.DOTALL)
    for name, parts in {
        "node": (_C_COMMENTS, _EXPRESSION, _DOUBLE, _SINGLE, _TEMPLATE),
        "go": (_C_COMMENTS, _DOUBLE, _SINGLE, _RAW),
        "java": (_C_COMMENTS, _TRIPLE, _DOUBLE, _SINGLE),
        "dotnet": (_C_COMMENTS, _TRIPLE, r'@"(?:[^"]|"")*(?:"|\Z)', _DOUBLE, _SINGLE),
        # ' also begins a lifetime, which nothing closes.
        "rust": (_C_COMMENTS, r'r#"(?:[^"]|"(?!#))*(?:"#|\Z)', _DOUBLE, r"'(?:[^'\\]|\\.)'"),
        "php": (_C_COMMENTS, r"\#(?!\[)[^\n]*", _DOUBLE, _SINGLE),
        "ruby": (r"\#[^\n]*", _DOUBLE, _SINGLE),
        "nginx": (r"\#[^\n]*", _DOUBLE, _SINGLE, r"\$\{\w+\}"),
    }.items()
}
# Texts that these patterns do not know how to end.
_UNKNOWN = {
    "ruby": re.compile(r"<<[~-]?['\"]?[A-Z]|%[qQwWiIr][\[({<|!]|[(,=~] {0,9}/"),
    "php": re.compile("<<<"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file cannot be read, in a sentence, and the line if one is known."""

    line: int | None
    message: str


def language_of(path: str) -> str | None:
    """The language of a source file by its ending; None where it is none that is known."""
    return LANGUAGES.get(path.rpartition(".")[2])


def is_readable(language: str, text: str) -> bool:
    """Whether brackets can be told from texts: not with what is quoted in rarer ways."""
    unknown = _UNKNOWN.get(language)
    return unknown is None or unknown.search(text) is None


def syntax_fault(language: str, text: str) -> Fault | None:
    """The first thing that is wrong with the syntax of a file; None where nothing was found."""
    return _python(text) if language == "python" else _brackets(language, text)


def _python(text: str) -> Fault | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return Fault(error.lineno, f"The Python does not parse: {error.msg}.")
    except (ValueError, RecursionError, MemoryError):
        return Fault(None, "The Python cannot be parsed: it is nested too deep, or no text.")
    return None


def _brackets(language: str, text: str) -> Fault | None:
    opened: list[tuple[str, int]] = []
    line = 1
    for piece in _pieces(_SKIPPED[language], text):
        if piece in _CLOSED_BY:
            opened.append((piece, line))
        elif piece in (")", "]", "}"):
            if not opened or _CLOSED_BY[opened[-1][0]] != piece:
                return Fault(line, f"“{piece}” closes nothing that is open here.")
            opened.pop()
        line += piece.count("\n")
    if opened:
        bracket, where = opened[-1]
        return Fault(where, f"“{bracket}” is never closed.")
    return None


def _pieces(skipped: re.Pattern[str], text: str) -> list[str]:
    """Brackets and ends of lines one by one; of what is passed over only the ends of lines."""
    found: list[str] = []
    seen = 0
    for match in skipped.finditer(text):
        found += [char for char in text[seen : match.start()] if char in "()[]{}\n"]
        found.append("\n" * match[0].count("\n"))
        seen = match.end()
    return [*found, *(char for char in text[seen:] if char in "()[]{}\n")]
