"""Unit files as their sections and settings, with the line of each, and words as systemd splits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.artifacts.checks.systemd_directives import SECTIONS
from webapp.domain.artifact import ArtifactFile

MAX_SETTINGS = 2_000
ENDINGS = (*SECTIONS, "mount", "automount", "swap", "slice", "scope")
_QUOTES = "'\""
_BLANKS = " \t\n"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line `name=value` of a section; continued lines are one value."""

    section: str
    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit file. `sections` are their names with the line where each first begins.

    `broken` are the lines that are neither a section nor a setting nor a comment.
    """

    path: str
    sections: dict[str, int]
    settings: tuple[Setting, ...]
    broken: tuple[int, ...]

    @property
    def name(self) -> str:
        """Its name, with the ending."""
        return self.path.rpartition("/")[2]

    @property
    def ending(self) -> str:
        """What sort of unit it is: `service`, `timer`, …"""
        return self.name.rpartition(".")[2]

    @property
    def own_section(self) -> str:
        """The section that only units of its sort have; empty for a target."""
        first = next(iter(SECTIONS[self.ending]))
        return "" if first == "Unit" else first

    def all(self, *names: str) -> list[Setting]:
        """The settings of these names that count: an empty one takes back those before it."""
        found: list[Setting] = []
        for setting in self.settings:
            if setting.name in names and setting.value:
                found.append(setting)
            elif setting.name in names:
                found = [one for one in found if one.name != setting.name]
        return found

    def last(self, name: str) -> Setting | None:
        """The setting of this name that counts."""
        found = self.all(name)
        return found[-1] if found else None

    def value(self, name: str) -> str:
        """What is set under a name; empty where nothing is."""
        found = self.last(name)
        return found.value if found else ""

    def line_of(self, section: str) -> int | None:
        """The line of a section, or None where there is none."""
        return self.sections.get(section)


def unit(file: ArtifactFile) -> Unit:
    """The unit in a file, its first 2,000 settings."""
    sections: dict[str, int] = {}
    settings: list[Setting] = []
    broken: list[int] = []
    section = ""
    for number, line in _logical_lines(file.content):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            sections.setdefault(section, number)
            continue
        name, equals, value = line.partition("=")
        if not equals or not section or not name.strip():
            broken.append(number)
        elif len(settings) < MAX_SETTINGS:
            settings.append(Setting(section, name.strip(), value.strip(), number))
    return Unit(file.path, sections, tuple(settings), tuple(broken))


def _logical_lines(content: str) -> Iterator[tuple[int, str]]:
    """Lines without comments; one that ends with a backslash goes on in the next."""
    parts: list[str] = []
    start = 0
    for number, line in enumerate(content.split("\n"), 1):
        text = line.strip()
        if text[:1] in ("#", ";"):
            continue
        start = start if parts else number
        if text.endswith("\\"):
            parts.append(text[:-1])
            continue
        joined = " ".join((*parts, text)).strip()
        parts = []
        if joined:
            yield start, joined
    if joined := " ".join(parts).strip():
        yield start, joined


def words(value: str) -> list[str] | None:
    """The words of a value, without their quotes; None where a quote never ends."""
    found: list[str] = []
    word: list[str] = []
    quote, is_open, is_escaped = "", False, False
    for char in value:
        if is_escaped:
            word.append(char)
            is_escaped = False
        elif char == "\\":
            is_open = is_escaped = True
        elif char == quote:
            quote = ""
        elif quote or char not in _BLANKS:
            # Within a word a quote is a character like others.
            if not quote and not is_open and char in _QUOTES:
                quote = char
            else:
                word.append(char)
            is_open = True
        elif is_open:
            found.append("".join(word))
            word, is_open = [], False
    if quote:
        return None
    return [*found, "".join(word)] if is_open else found


def described(units: Sequence[Unit], name: str) -> Unit | None:
    """The unit of this name, if the answer has it."""
    return next((one for one in units if one.name == name), None)
