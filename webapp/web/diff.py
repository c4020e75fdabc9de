"""What one version of files has that another has not, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from webapp.domain.artifact import ArtifactFile

CONTEXT = 3  # lines shown around a change
MOST_LINES = 4000  # of a file: beyond it, to compare takes too long for a page


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: `sign` is “+”, “-”, a space, or “@” for what is skipped."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class FileDiff:
    """A file that differs, and how many lines it gained and lost."""

    path: str
    lines: tuple[DiffLine, ...]

    @property
    def added(self) -> int:
        """Lines that only the new version has."""
        return sum(line.sign == "+" for line in self.lines)

    @property
    def removed(self) -> int:
        """Lines that only the old version has."""
        return sum(line.sign == "-" for line in self.lines)


def compare(old: Sequence[ArtifactFile], new: Sequence[ArtifactFile]) -> list[FileDiff]:
    """The files that differ, by path; a file that one side lacks is empty there."""
    before = {file.path: file.content for file in old}
    after = {file.path: file.content for file in new}
    return [
        FileDiff(path, tuple(_lines(before.get(path, ""), after.get(path, ""))))
        for path in sorted(before | after)
        if before.get(path) != after.get(path)
    ]


def _lines(old: str, new: str) -> Iterator[DiffLine]:
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MOST_LINES:
        yield DiffLine("@", f"More than {MOST_LINES:,} lines are not compared here.")
        return
    matcher = SequenceMatcher(None, before, after)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT)):
        if number or group[0][1]:
            yield DiffLine("@", f"Line {group[0][3] + 1}")
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                yield from (DiffLine(" ", line) for line in before[start:end])
                continue
            yield from (DiffLine("-", line) for line in before[start:end])
            yield from (DiffLine("+", line) for line in after[new_start:new_end])
