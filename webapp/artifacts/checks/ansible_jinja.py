"""Jinja in Ansible's files: whether what is opened is closed. Nothing is ever evaluated."""

import re
from collections.abc import Iterator

_OPENING = re.compile(r"\{\{|\{%-?\+?[ \t\n]*(\w*)|\{#")
# A text that never ends reaches to the end: looking for each again would be quadratic.
_INSIDE = re.compile(
    r"'(?:[^'\\]|\\.)*(?:'|\Z)|\"(?:[^\"\\]|\\.)*(?:\"|\Z)|[{}\[\]()]|[-+]?%\}", re.DOTALL
)
_RAW_END = re.compile(r"\{%[-+]?[ \t]*endraw[ \t]*[-+]?%\}")
_CLOSED_BY = {name: f"end{name}" for name in ("if", "for", "macro", "call", "filter", "block")}
_ENDS = frozenset(_CLOSED_BY.values())
_PARTS = frozenset({"else", "elif"})


def faults(text: str) -> Iterator[tuple[int, str]]:
    """The place of what is not closed or not opened in a template, with a sentence on it."""
    opened: list[tuple[str, int]] = []
    position = 0
    while match := _OPENING.search(text, position):
        start, word = match.start(), match[1]
        end = _end(text, match)
        if end is None:
            yield start, f"“{text[start : start + 2]}” is not closed."
            return
        if word is not None and (said := _statement(word, opened, start)):
            yield start, said
            return
        position = end
    if opened:
        name, start = opened[-1]
        yield start, f"“{{% {name} %}}” has no “{{% {_CLOSED_BY[name]} %}}”."
    elif "}}" in text and "{" not in text:
        yield text.index("}}"), "“}}” closes nothing."


def _statement(word: str, opened: list[tuple[str, int]], start: int) -> str | None:
    """Takes a statement in; what is wrong with its place."""
    if word in _CLOSED_BY:
        opened.append((word, start))
    elif word in _ENDS:
        name = opened.pop()[0] if opened else None
        if name is None or _CLOSED_BY[name] != word:
            return f"“{{% {word} %}}” closes nothing that is open here."
    elif word in _PARTS and not opened:
        return f"“{{% {word} %}}” stands in no “if”."
    return None


def _end(text: str, match: re.Match[str]) -> int | None:
    """Where an expression, a statement or a comment ends; None if nowhere."""
    if match[0] == "{#":
        return _after(text.find("#}", match.end()))
    is_statement = match[1] is not None
    end = _end_of_code(text, match.end(), is_statement)
    if match[1] != "raw" or end is None:
        return end
    raw_end = _RAW_END.search(text, end)
    return raw_end.end() if raw_end else None


def _after(index: int) -> int | None:
    return index + 2 if index >= 0 else None


def _end_of_code(text: str, position: int, is_statement: bool) -> int | None:
    depth = 0
    while match := _INSIDE.search(text, position):
        position, found = match.end(), match[0]
        if found.endswith("%}"):
            if is_statement:
                return position
        elif found in "{[(":
            depth += 1
        elif found in "}])" and depth:
            depth -= 1
        elif found == "}" and not is_statement and text.startswith("}", position):
            return position + 1
    return None
