"""Every mapping and every text in a YAML value, with their lines and without recursion."""

from collections.abc import Iterator
from typing import Any

from webapp.artifacts.checks.yaml_source import YamlList, YamlMap


def mappings(value: Any) -> Iterator[YamlMap]:
    """All mappings in a value, itself included; what an alias repeats comes each time."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, YamlMap):
            yield value
            waiting += value.values()
        elif isinstance(value, YamlList):
            waiting += value


def texts(value: Any, line: int) -> Iterator[tuple[str, int]]:
    """All texts in a value with the line of each; `line` is that of a text that stands alone."""
    waiting = [(value, line)]
    while waiting:
        value, line = waiting.pop()
        if isinstance(value, str):
            yield value, line
        elif isinstance(value, YamlMap):
            waiting += ((inner, value.lines[key]) for key, inner in value.items())
        elif isinstance(value, YamlList):
            waiting += zip(value, value.lines, strict=True)
