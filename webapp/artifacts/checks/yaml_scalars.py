"""What a plain YAML scalar means, by version: a truth value, a number, nothing, or text."""

import re
from collections.abc import Mapping

MAX_NUMBER_CHARS = 40

Words = Mapping[str, bool | float | None]  # plain scalars that are no text and no number
_NULLS = dict.fromkeys(("", "~", "null", "Null", "NULL"))
_BOOLEANS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NAMED = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
YAML_1_2: Words = {**_NULLS, **_BOOLEANS, **_NAMED}
YAML_1_1: Words = {
    **YAML_1_2,
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NUMBER_STARTS = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL = re.compile(r"0o?([0-7]+)")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def resolved(text: str, words: Words) -> str | float | None:
    """The value of a plain scalar; `words` is `YAML_1_1` or `YAML_1_2`.

    YAML 1.1, as Kubernetes and Prometheus read it, takes `y`, `yes` and `on` for true. Numbers are
    those of YAML 1.2 and `0644`, which all readers in Go still take as octal.
    """
    if text in words:
        return words[text]
    # Longer ones are no numbers anyone means, and turning text into a huge number is slow.
    if text[0] not in _NUMBER_STARTS or len(text) > MAX_NUMBER_CHARS:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if octal := _OCTAL.fullmatch(text):
        return int(octal[1], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    return float(text) if _FLOAT.fullmatch(text) else text
