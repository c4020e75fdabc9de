"""The changed places of one file, with the lines around them, as a page shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from webapp.compare.align import Run, Steps
from webapp.compare.words import Piece, Row, beside, marked, whole

CONTEXT = 3  # lines shown around a change
SHOWN_CHARACTERS = 2000  # of a line
BEFORE_CHANGE = 100  # characters shown before the first change of a longer line
CHARACTERS_A_LINE = 200  # a longer line takes the room of several
ROOM = 12_000  # lines of a page: 2 MB of HTML, or 70 KB packed
GAPS = {"-": "<", "+": ">"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison, or the gap beside one; numbers count from 1.

    `sign` is “-”, “+”, a space, or “<” and “>” for a gap on the old or the new side. `twin` is the
    old text of an equal line, and `cut` counts characters that are not shown.
    """

    sign: str
    old_no: int | None = None
    new_no: int | None = None
    pieces: tuple[Piece, ...] = ()
    twin: str = ""
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Equal lines; or a change: first the lines that only the old side has, then the new ones."""

    is_change: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changes that stand close to each other, and where: first line and number of lines."""

    old_start: int
    old_size: int
    new_start: int
    new_size: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Half-open ranges, from 0, of lines that stand for each other."""

    old: int
    old_end: int
    new: int
    new_end: int


@dataclass(slots=True)
class Room:
    """How many lines a page still has room for; what comes after it was full is hidden."""

    left: int = ROOM

    def holds(self, line: str) -> bool:
        """Take the room of a line, if there is any."""
        size = 1 + min(len(line), SHOWN_CHARACTERS) // CHARACTERS_A_LINE
        self.left -= size
        return self.left >= 0


def changes(runs: Sequence[Run], old_size: int, new_size: int) -> list[Change]:
    """What lies between the equal runs of two files with so many lines."""
    ends = [Run(0, 0, 0), *runs, Run(old_size, new_size, 0)]
    between = [
        Change(one.old + one.size, other.old, one.new + one.size, other.new)
        for one, other in pairwise(ends)
    ]
    return [each for each in between if each.old < each.old_end or each.new < each.new_end]


@dataclass(slots=True)
class HunkMaker:
    """Makes the hunks of one file, and counts the lines for which there was no room."""

    old: Sequence[str]
    new: Sequence[str]
    room: Room
    words: Steps
    hidden: int = field(default=0, init=False)

    def hunks(self, found: Sequence[Change]) -> Iterator[Hunk]:
        """The hunks of these changes, as far as there is room."""
        for group in _groups(found):
            first, last = group[0], group[-1]
            head = min(CONTEXT, first.old, first.new)
            tail = min(CONTEXT, len(self.old) - last.old_end, len(self.new) - last.new_end)
            whole = Change(
                first.old - head, last.old_end + tail, first.new - head, last.new_end + tail
            )
            blocks = tuple(self._blocks(group, whole))
            if blocks:
                yield _hunk(whole, blocks)

    def _blocks(self, group: Sequence[Change], hunk: Change) -> Iterator[Block]:
        old, new = hunk.old, hunk.new
        for change in group:
            yield from _block(False, self._equal(old, new, change.old - old))
            yield from _block(True, self._changed(change))
            old, new = change.old_end, change.new_end
        yield from _block(False, self._equal(old, new, hunk.old_end - old))

    def _equal(self, old: int, new: int, size: int) -> Iterator[Line]:
        for n in range(size):
            text = self.new[new + n]
            if not self.room.holds(text):
                self.hidden += size - n
                return
            shown, cut = _cut(text)
            twin, _ = _cut(self.old[old + n])
            yield Line(" ", old + n + 1, new + n + 1, whole(shown), twin, cut)

    def _changed(self, change: Change) -> Iterator[Line]:
        old = self.old[change.old : change.old_end]
        new = self.new[change.new : change.new_end]
        rows = beside(old, new, self.words)
        # Where there is no room for all, each side gets half of it.
        shown = rows[: max(0, self.room.left) // (2 if old and new else 1)]
        self.hidden += sum((i is not None) + (j is not None) for i, j in rows[len(shown) :])
        pairs = [self._pair(change, row) for row in shown]
        for column, sign in enumerate("-+"):
            yield from self._column(sign, [pair[column] for pair in pairs])

    def _column(self, sign: str, lines: Sequence[Line | None]) -> Iterator[Line]:
        """One side of a change, with gaps where only the other one has a line, but for its end."""
        size = max((n for n, line in enumerate(lines, start=1) if line), default=0)
        for line in lines[:size]:
            if line is None:
                yield Line(GAPS[sign])
            elif self.room.holds("".join(text for _, text in line.pieces)):
                yield line
            else:
                self.hidden += 1

    def _pair(self, change: Change, row: Row) -> tuple[Line | None, Line | None]:
        """The old and the new line of a row, with marks where it has both."""
        i, j = row
        old = self.old[change.old + i] if i is not None else ""
        new = self.new[change.new + j] if j is not None else ""
        start = _start(old, new) if i is not None and j is not None else 0
        (one, cut), (other, other_cut) = _cut(old, start), _cut(new, start)
        if i is None or j is None:
            pieces, other_pieces = whole(one), whole(other)
        else:
            pieces, other_pieces = marked(one, other, self.words)
        return (
            None if i is None else Line("-", change.old + i + 1, None, pieces, cut=cut),
            None if j is None else Line("+", None, change.new + j + 1, other_pieces, cut=other_cut),
        )


def _block(is_change: bool, lines: Iterator[Line]) -> Iterator[Block]:
    found = tuple(lines)
    if found:
        yield Block(is_change, found)


def _hunk(ranges: Change, blocks: tuple[Block, ...]) -> Hunk:
    old_size, new_size = ranges.old_end - ranges.old, ranges.new_end - ranges.new
    # As in a patch: a range without lines says the line before it.
    starts = ranges.old + bool(old_size), ranges.new + bool(new_size)
    return Hunk(starts[0], old_size, starts[1], new_size, blocks)


def _groups(found: Sequence[Change]) -> Iterator[list[Change]]:
    """The changes that share a hunk, since the lines around them meet."""
    group: list[Change] = []
    for change in found:
        if group and change.old - group[-1].old_end > 2 * CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _start(old: str, new: str) -> int:
    """Where to begin, so that the first change of two lines is seen; 0 where both fit."""
    if max(len(old), len(new)) <= SHOWN_CHARACTERS:
        return 0
    low, high = 0, min(len(old), len(new))
    while low < high:  # characters in common: comparing one by one is slow for a long line
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return max(0, low - BEFORE_CHANGE)


def _cut(line: str, start: int = 0) -> tuple[str, int]:
    """What is shown of a line, and how many characters are not; the end of a CRLF line is seen."""
    shown = line[start : start + SHOWN_CHARACTERS]
    cut = len(line) - len(shown)
    return f"{'…' if start else ''}{shown}".replace("\r", "␍"), cut
