"""Templates in labels and annotations of alerts, as Go's text/template reads them."""

import re

from webapp.artifacts.checks.findings import shortened

_GIVEN = frozenset({"$", "$labels", "$value", "$externalLabels", "$externalURL"})
_BLOCKS = frozenset({"if", "range", "with", "define", "block"})
_STRING = re.compile(r"\"(?:[^\"\\]|\\.)*+(?:\"|\Z)|`[^`]*+(?:`|\Z)", re.DOTALL)
_VARIABLE = re.compile(r"\$\w*")
_WORD = re.compile(r"-?\s*(/\*|\w*)")


def why_broken(text: str) -> str | None:
    """Why a template could not be read, as the end of a sentence; None where it could."""
    variables = set(_GIVEN)
    opened = 0
    for piece in text.split("{{")[1:]:
        action, closing, _ = piece.partition("}}")
        if not closing:
            return "has a “{{” that is never closed"
        word = _first_word(action)
        if word == "/*":
            continue
        opened += (word in _BLOCKS) - (word == "end")
        if opened < 0:
            return "has an “end” too many"
        code = _STRING.sub("", action)
        if ":=" in code:
            variables |= set(_VARIABLE.findall(code.partition(":=")[0]))
        if strange := set(_VARIABLE.findall(code)) - variables:
            return f"uses {shortened(min(strange))}, which is not defined"
    return f"lacks an “end” for {opened} of its blocks" if opened else None


def _first_word(action: str) -> str:
    match = _WORD.match(action)
    return match[1] if match else ""
