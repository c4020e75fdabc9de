"""A JSON file that lists dependencies, with the lines in which its values stand."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from webapp.context.tree import Tree, line_with


@dataclass(frozen=True, slots=True)
class JsonFile:
    """The object in a JSON file, read; what is of another type than asked for is empty."""

    path: str
    lines: Sequence[str]
    content: Mapping[str, object]

    def table(self, *names: str) -> Mapping[str, object]:
        """The object below these names."""
        content: object = self.content
        for name in names:
            content = content.get(name) if isinstance(content, dict) else None
        return content if isinstance(content, dict) else {}

    def string(self, *names: str) -> str:
        """The text below these names."""
        value = self.table(*names[:-1]).get(names[-1])
        return value if isinstance(value, str) else ""

    def line(self, key: str, table: str | None = None) -> int:
        """The line of a key, at the top or in a table; 1 where it is written in another way."""
        start = (line_with(self.lines, rf'"{re.escape(table)}"\s*:') or 1) if table else 1
        return line_with(self.lines, rf'"{re.escape(key)}"\s*:', start) or start


def json_file(tree: Tree, name: str) -> JsonFile | None:
    """The JSON file of this name in the folder; None where there is none that can be read."""
    lines = tree.lines(name)
    try:
        content = json.loads("\n".join(lines) or "0")
    except (ValueError, RecursionError):
        return None
    return JsonFile(tree.path(name), lines, content) if isinstance(content, dict) else None
