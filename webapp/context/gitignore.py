"""What .gitignore files leave out, as Git reads them, at a bounded cost for any pattern.

A pattern comes from the upload, and so does the name it is matched with: the regular expressions
of pathspec go back and forth for minutes over `*a*a*a*a*b`. Those of fnmatch never go back.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate

from webapp.domain.errors import BadUpload

MAX_PATTERNS = 1000  # of all .gitignore files together
MAX_PATTERN_CHARS = 500
MAX_STEPS = 3_000_000  # parts of patterns compared with parts of paths: a few seconds
_ESCAPED = re.compile(r"\\(.)")
_END_SPACES = re.compile(r"(?<![\\ \t])[ \t]+$")


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line. `parts` are matched with the parts of a path; None stands for `**`."""

    parts: tuple[re.Pattern[str] | None, ...]
    is_negated: bool
    only_folders: bool

    @property
    def is_name(self) -> bool:
        return len(self.parts) == 2 and self.parts[0] is None and self.parts[1] is not None

    def cost(self, path: Sequence[str]) -> int:
        return 1 if self.is_name else len(path) * min(len(self.parts), 2 * len(path))

    def names(self, path: Sequence[str]) -> bool:
        """Whether the pattern names this very path, not one below it."""
        if self.is_name:
            path = path[-1:]
        ends = {0}  # how many parts of the pattern may be used up so far
        for part in path:
            ends = set(self._steps(ends, part))
            if not ends:
                return False
        return len(self.parts) in ends

    def _steps(self, ends: set[int], part: str) -> Iterator[int]:
        for end in self._skipped(ends):
            regex = self.parts[end]
            if regex is None:
                yield end
                if end + 1 == len(self.parts):
                    yield end + 1  # `folder/**` names all that lies in the folder
            elif regex.match(part):
                yield end + 1

    def _skipped(self, ends: set[int]) -> set[int]:
        """Also the places behind a `**`, which stands for nothing too, except at the end."""
        known = {end for end in ends if end < len(self.parts)}
        behind = {end + 1 for end in known if self.parts[end] is None}
        return known | {end for end in behind if end < len(self.parts)}


class GitIgnore:
    """The .gitignore files of a project, each for its own folder."""

    def __init__(self) -> None:
        self._patterns: dict[str, list[_Pattern]] = {}
        self._patterns_left = MAX_PATTERNS
        self._steps_left = MAX_STEPS

    def add(self, folder: str, text: str) -> None:
        """Take the .gitignore of a folder, "" for the top.

        Patterns past 1,000 and those longer than 500 characters are passed over.
        """
        given = [line.rstrip("\r") for line in text.split("\n")]
        lines = [line for line in given if len(line) <= MAX_PATTERN_CHARS]
        patterns = list(filter(None, map(_pattern, lines[: 10 * MAX_PATTERNS])))
        patterns = patterns[: self._patterns_left]
        self._patterns_left -= len(patterns)
        if patterns:
            self._patterns[folder] = patterns[::-1]  # the last one that matches decides

    def names(self, path: str, *, is_folder: bool) -> bool:
        """Whether a path is ignored, not counting that a folder above it may be.

        Raises BadUpload where so many patterns meet so many files that it would take too long.
        """
        parts = path.split("/")
        for depth in reversed(range(len(parts))):
            below = parts[depth:]
            for pattern in self._patterns.get("/".join(parts[:depth]), ()):
                self._spend(pattern.cost(below))
                if (is_folder or not pattern.only_folders) and pattern.names(below):
                    return not pattern.is_negated
        return False

    def _spend(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise BadUpload(
                "The .gitignore files hold too many patterns for so many files: leave out what "
                "need not be uploaded."
            )


def _pattern(line: str) -> _Pattern | None:
    line = _END_SPACES.sub("", line)
    if not line or line.startswith("#"):
        return None
    is_negated = line.startswith("!")
    line = line[is_negated:]
    given = [part for part in line.split("/") if part]
    if not given:
        return None
    if "/" not in line.rstrip("/"):
        given.insert(0, "**")  # a name alone is meant at any depth
    pairs = zip(given, [None, *given], strict=False)
    parts = [part for part, before in pairs if not part == before == "**"]
    return _Pattern(tuple(map(_part, parts)), is_negated, line.endswith("/"))


def _part(part: str) -> re.Pattern[str] | None:
    if part == "**":
        return None
    literal = _ESCAPED.sub(lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], part)
    return re.compile(translate(literal.replace("[^", "[!")))
