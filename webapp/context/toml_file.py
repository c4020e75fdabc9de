"""A TOML file that lists dependencies, with the lines in which its values stand."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from webapp.context.requirements import Dependency, dependency, normal
from webapp.context.tree import Tree, line_with
from webapp.domain.project import Fact, FactName

MAX_DOTS = 100  # in one line
_QUOTED = re.compile(r"[\"']\s*([A-Za-z0-9][\w.-]{0,99})")
_KEY = re.compile(r"^\s*(?:\[[\w.]{1,99}\.)?[\"']?([A-Za-z0-9][\w-]{0,99})[\"']?\s*[=.\]]")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file, read; what is of another type than asked for is empty."""

    path: str
    lines: Sequence[str]
    content: Mapping[str, object]

    def table(self, names: str) -> Mapping[str, object]:
        """The table below names with dots between."""
        content: object = self.content
        for name in names.split("."):
            content = content.get(name) if isinstance(content, dict) else None
        return content if isinstance(content, dict) else {}

    def string(self, table: str, key: str) -> str:
        """The text of a key in a table."""
        value = self.table(table).get(key)
        return value if isinstance(value, str) else ""

    def name(self, table: str) -> Iterator[Fact]:
        """The name that a table gives the project, if it gives one."""
        if name := self.string(table, "name"):
            yield Fact(FactName.NAME, name, self.path, self.line(table, "name"))

    def listed(self, table: str, key: str) -> Iterator[Dependency]:
        """Dependencies that stand in a list, in quotes."""
        start = self.line(table, key)
        places = self._places(start, _QUOTED)
        given = self.table(table).get(key)
        for requirement in filter(_is_text, given if isinstance(given, list) else ()):
            for found in dependency(requirement, self.path, start):
                yield replace(found, line=places.get(found.name, start))

    def keyed(self, table: str, marks: str = "extras") -> Iterator[Dependency]:
        """Dependencies that are the keys of a table; `marks` names the list of their extras."""
        start = self.line(table)
        places = self._places(start, _KEY)
        for name, spec in self.table(table).items():
            extras = spec.get(marks) if isinstance(spec, dict) else None
            named = tuple(filter(_is_text, extras if isinstance(extras, list) else ()))
            yield Dependency(normal(name), self.path, places.get(normal(name), start), named)

    def line(self, table: str, key: str | None = None) -> int:
        """The line of a table, or of a key in it; 1 where it is written in another way."""
        start = line_with(self.lines, rf"^\s*\[\s*{re.escape(table)}\s*\]") or 1
        pattern = rf"^\s*[\"']?{re.escape(key)}[\"']?\s*=" if key else ""
        return line_with(self.lines, pattern, start) or start

    def _places(self, start: int, pattern: re.Pattern[str]) -> dict[str, int]:
        """The lines, from `start` on, in which names stand for the first time."""
        places: dict[str, int] = {}
        for number, line in enumerate(self.lines[start - 1 :], start):
            for found in pattern.finditer(line):
                places.setdefault(normal(found[1]), number)
        return places


def toml_file(tree: Tree, name: str) -> TomlFile | None:
    """The TOML file of this name in the folder; None where there is none that can be read."""
    return read_toml(tree.path(name), tree.lines(name))


def read_toml(path: str, lines: Sequence[str]) -> TomlFile | None:
    """The TOML in these lines of a file; None where it cannot be read or says nothing."""
    # tomllib keeps every beginning of a dotted key: one of 100,000 parts takes all memory.
    if any(line.count(".") > MAX_DOTS for line in lines):
        return None
    try:
        content = tomllib.loads("\n".join(lines).replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return None
    return TomlFile(path, lines, content) if content else None


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)
