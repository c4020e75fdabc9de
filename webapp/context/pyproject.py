"""What a pyproject.toml or a Pipfile says: PEP 621, Poetry, uv, Pipenv."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from webapp.context.requirements import Dependency, Manifest, dependency, lowest_version, normal
from webapp.context.tree import Tree, line_with
from webapp.domain.project import Fact, FactName

MAX_DOTS = 100  # in one line
_QUOTED = re.compile(r"[\"']\s*([A-Za-z0-9][\w.-]{0,99})")
_KEY = re.compile(r"^\s*[\"']?([A-Za-z0-9][\w.-]{0,99})[\"']?\s*=")


def pyproject(tree: Tree) -> Manifest | None:
    """What a pyproject.toml says; None where there is none that can be read."""
    document = _document(tree, "pyproject.toml")
    if document is None:
        return None
    facts = [next(_installers(tree, document))]
    dependencies = list(document.listed("project", "dependencies"))
    for table, spec in (("project", "requires-python"), ("tool.poetry.dependencies", "python")):
        facts += document.version(table, spec)
    for table in ("project", "tool.poetry"):
        facts += document.name(table)
    dependencies += document.keyed("tool.poetry.dependencies")
    return Manifest(document.path, dependencies, facts)


def pipfile(tree: Tree) -> Manifest | None:
    """What a Pipfile says; None where there is none that can be read."""
    document = _document(tree, "Pipfile")
    if document is None:
        return None
    lock = tree.path("Pipfile.lock") if tree.has("Pipfile.lock") else document.path
    facts = [
        Fact(FactName.INSTALLER, "pipenv", lock, 1),
        *document.version("requires", "python_full_version"),
        *document.version("requires", "python_version"),
    ]
    return Manifest(document.path, list(document.keyed("packages")), facts)


def _installers(tree: Tree, document: "_Document") -> Iterator[Fact]:
    """The surest first: a lock file, then the table of an installer; pip reads any."""
    for installer in ("uv", "poetry"):
        if tree.has(f"{installer}.lock"):
            yield Fact(FactName.INSTALLER, installer, tree.path(f"{installer}.lock"), 1)
    for installer in ("poetry", "uv"):
        if installer in document.table("tool"):
            line = line_with(document.lines, rf"^\s*\[+\s*tool\.{installer}\b") or 1
            yield Fact(FactName.INSTALLER, installer, document.path, line)
    yield Fact(FactName.INSTALLER, "pip", document.path, 1)


@dataclass(frozen=True, slots=True)
class _Document:
    """A TOML file, read, with the lines in which its values are looked up again."""

    path: str
    lines: Sequence[str]
    content: Mapping[str, object]

    def table(self, names: str) -> Mapping[str, object]:
        content: object = self.content
        for name in names.split("."):
            content = content.get(name) if isinstance(content, dict) else None
        return content if isinstance(content, dict) else {}

    def name(self, table: str) -> Iterator[Fact]:
        name = self.table(table).get("name")
        if isinstance(name, str):
            yield Fact(FactName.NAME, name, self.path, self._line(table, "name"))

    def version(self, table: str, key: str) -> Iterator[Fact]:
        spec = self.table(table).get(key)
        yield from lowest_version(spec, self.path, self._line(table, key))

    def listed(self, table: str, key: str) -> Iterator[Dependency]:
        """Dependencies that stand in a list, in quotes."""
        start = self._line(table, key)
        places = self._places(start, _QUOTED)
        given = self.table(table).get(key)
        for requirement in filter(_is_text, given if isinstance(given, list) else ()):
            for found in dependency(requirement, self.path, start):
                yield replace(found, line=places.get(found.name, start))

    def keyed(self, table: str) -> Iterator[Dependency]:
        """Dependencies that are the keys of a table."""
        start = self._line(table)
        places = self._places(start, _KEY)
        for name, spec in self.table(table).items():
            extras = spec.get("extras") if isinstance(spec, dict) else None
            named = tuple(filter(_is_text, extras if isinstance(extras, list) else ()))
            yield Dependency(normal(name), self.path, places.get(normal(name), start), named)

    def _line(self, table: str, key: str | None = None) -> int:
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


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def _document(tree: Tree, name: str) -> _Document | None:
    lines = tree.lines(name)
    # tomllib keeps every beginning of a dotted key: one of 100,000 parts takes all memory.
    if any(line.count(".") > MAX_DOTS for line in lines):
        return None
    try:
        content = tomllib.loads("\n".join(lines).replace("\r\n", "\n"))
    except (ValueError, RecursionError):
        return None
    return _Document(tree.path(name), lines, content) if content else None
