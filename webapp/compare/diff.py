"""Two versions of files, line by line, within bounds of time and of what a page can hold."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from webapp.compare import normal
from webapp.compare.align import Steps, equal_runs
from webapp.compare.hunks import Hunk, HunkMaker, Room, changes
from webapp.compare.pairs import Pair, pairs
from webapp.domain.artifact import ArtifactFile

MOST_MARKED_LINES = 5000  # of a file; longer ones are shown plainly
MOST_LINES = 20_000  # of a file that are read
MOST_CHARACTERS = 2_000_000  # of a file that are read
MOST_FILES = 300  # that differ and are listed
# Measured on one core of a small machine: each takes 0.25 s at most.
LINE_STEPS = 120_000
WORD_STEPS = 120_000
NORMAL_STEPS = 150_000
READ_CHARACTERS = 4_000_000  # of all files of both sides

TOO_MUCH = "There is too much to compare on one page: this file is left out."
ONLY_START = "Only the first {:,} lines and {:,} characters are compared."
LAST_LINE = "Only one of them ends its last line."
PLAIN = "With more than {:,} lines it is shown in one column and without marks on words."


@dataclass(frozen=True, slots=True)
class FileDiff:
    """A file that differs; `paths` are two where the sides call it differently.

    `side` is “a” or “b” where only that one has it. `hidden` counts lines the page has no room for,
    and `is_plain` says that they are too many for two columns.
    """

    paths: tuple[str, ...]
    side: str | None
    hunks: tuple[Hunk, ...] = ()
    added: int = 0
    removed: int = 0
    hidden: int = 0
    is_plain: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The files that differ and the paths of those that do not; `left_out` counts further files."""

    files: tuple[FileDiff, ...]
    same: tuple[str, ...]
    left_out: int = 0

    @property
    def added(self) -> int:
        """Lines that only the new side has."""
        return sum(file.added for file in self.files)

    @property
    def removed(self) -> int:
        """Lines that only the old side has."""
        return sum(file.removed for file in self.files)


@dataclass(slots=True)
class _Bounds:
    """What is left for the rest of one page."""

    lines: Steps = field(default_factory=lambda: Steps(LINE_STEPS))
    words: Steps = field(default_factory=lambda: Steps(WORD_STEPS))
    normal: Steps = field(default_factory=lambda: Steps(NORMAL_STEPS))
    read: Steps = field(default_factory=lambda: Steps(READ_CHARACTERS))
    room: Room = field(default_factory=Room)


def compare(
    old: Sequence[ArtifactFile],
    new: Sequence[ArtifactFile],
    *,
    ignore_space: bool = False,
    is_normal: bool = False,
) -> Comparison:
    """What `new` has that `old` has not, and the reverse.

    With `ignore_space` lines are equal that differ in blanks alone; with `is_normal` YAML, JSON and
    HCL are compared by what they say. It takes half a second at most, whatever the files are.
    """
    bounds = _Bounds()
    files: list[FileDiff] = []
    same: list[str] = []
    left_out = 0
    for pair in pairs(old, new):
        if pair.old and pair.new and pair.old.content == pair.new.content:
            same.append(" → ".join(pair.paths))
        elif len(files) >= MOST_FILES:
            left_out += 1
        elif found := _file(pair, bounds, ignore_space=ignore_space, is_normal=is_normal):
            files.append(found)
        else:
            same.append(" → ".join(pair.paths))
    return Comparison(tuple(files), tuple(same), left_out)


def _file(pair: Pair, bounds: _Bounds, *, ignore_space: bool, is_normal: bool) -> FileDiff | None:
    """How a file differs; None where it does not after all."""
    old, new = (file.content if file else "" for file in (pair.old, pair.new))
    side = None if pair.old and pair.new else "a" if pair.old else "b"
    if not bounds.read.take(min(len(old), MOST_CHARACTERS) + min(len(new), MOST_CHARACTERS)):
        return FileDiff(pair.paths, side, notes=(TOO_MUCH,))
    notes: list[str] = []
    if is_normal:
        old, new, why = normal.both(pair, bounds.normal)
        notes += why
    if old == new and side is None:
        return None
    found = _differing(old, new, bounds, ignore_space=ignore_space)
    # Not by its hunks: there may have been no room for any.
    if side is None and not (found.added or found.removed or found.notes):
        return None
    return replace(found, paths=pair.paths, side=side, notes=(*notes, *found.notes))


def _differing(old: str, new: str, bounds: _Bounds, *, ignore_space: bool) -> FileDiff:
    (one, is_cut), (other, other_is_cut) = _lines(old), _lines(new)
    notes = [ONLY_START.format(MOST_LINES, MOST_CHARACTERS)] if is_cut or other_is_cut else []
    keys = [_without_space(one), _without_space(other)] if ignore_space else [one, other]
    found = changes(equal_runs(keys[0], keys[1], bounds.lines), len(one), len(other))
    is_plain = max(len(one), len(other)) > MOST_MARKED_LINES
    if is_plain and found:
        notes.append(PLAIN.format(MOST_MARKED_LINES))
    if one and other and not ignore_space and old.endswith("\n") != new.endswith("\n"):
        notes.append(LAST_LINE)
    maker = HunkMaker(one, other, bounds.room, Steps(0) if is_plain else bounds.words)
    return FileDiff(
        paths=(),
        side=None,
        hunks=tuple(maker.hunks(found)),
        added=sum(change.new_end - change.new for change in found),
        removed=sum(change.old_end - change.old for change in found),
        hidden=maker.hidden,
        is_plain=is_plain,
        notes=tuple(notes),
    )


def _lines(content: str) -> tuple[list[str], bool]:
    """The lines of a text as far as they are read, and whether there are more.

    Only at “\\n”: an editor and a patch see no line end in the others that Unicode knows.
    """
    lines = content[:MOST_CHARACTERS].split("\n", MOST_LINES)
    is_cut = len(content) > MOST_CHARACTERS or len(lines) > MOST_LINES
    if len(lines) > MOST_LINES or not lines[-1]:
        lines.pop()
    return lines, is_cut


def _without_space(lines: Sequence[str]) -> list[str]:
    return ["".join(line.split()) for line in lines]
