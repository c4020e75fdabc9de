"""The configuration files of Spring Boot, Quarkus, Micronaut and Ktor, as dotted keys."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.context.tree import Tree

_FOLDER = "src/main/resources"
_PROPERTY = re.compile(r"\s*([\w.%\"\[\]-]{1,200}?)\s*[=:]\s*(.*)")
_YAML = re.compile(r"( *)([\w.\"'%-]{1,200}):(?:[ \t]+(.*))?$")
_VARIABLE = re.compile(r"\$\{\??([A-Z][A-Z0-9_]{0,99})[:}]")
_DEFAULT = re.compile(r"(?:\$\{[\w.]{1,99}:){0,3}\"?([0-9]{2,5})\"?\}{0,3}")
MAX_NESTING = 30


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the configuration that always holds, and where it stands."""

    key: str
    value: str
    path: str
    line: int

    def variables(self) -> Iterator[str]:
        """The environment variables from which the value is taken."""
        for found in _VARIABLE.finditer(self.value):
            yield found[1]

    def port(self) -> str:
        """The port that the value comes to if no variable is set; empty if it is none."""
        found = _DEFAULT.fullmatch(self.value)
        return found[1] if found else ""


def settings(tree: Tree) -> Iterator[Setting]:
    """The settings of all profiles in common, file by file."""
    for ending, read in (("properties", _properties), ("yml", _yaml), ("yaml", _yaml)):
        for place in (f"{_FOLDER}/application.{ending}", f"config/application.{ending}"):
            for key, value, number in read(tree.lines(place)):
                yield Setting(key, value.strip(), tree.path(place), number)
    # Ktor's own format: blocks in braces, of which only the port of its server is a `port`.
    place = f"{_FOLDER}/application.conf"
    for key, value, number in _properties(tree.lines(place)):
        name = "ktor.deployment.port" if key == "port" else key
        yield Setting(name, value.strip(), tree.path(place), number)


def _properties(lines: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    for number, line in enumerate(lines, 1):
        if not line.lstrip().startswith(("#", "!")) and (found := _PROPERTY.match(line)):
            yield found[1].removeprefix("%prod."), found[2], number


def _yaml(lines: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """The keys of the first document; the next ones hold for single profiles."""
    blocks: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if line.startswith("---") and number > 1 and blocks:
            return
        found = _YAML.match(line.rstrip())
        if line.lstrip().startswith("#") or not found:
            continue
        indentation, key = len(found[1]), found[2].strip("\"'")
        while blocks and indentation <= blocks[-1][0]:
            blocks.pop()
        dotted = ".".join([*(name for _, name in blocks), key])
        if len(blocks) < MAX_NESTING:
            blocks.append((indentation, key))
        yield dotted, re.sub(r"\s#.*", "", found[3] or "").strip().strip("\"'"), number
