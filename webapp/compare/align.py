"""Which items of two sequences stand for each other, within a bounded number of steps."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

# difflib compares each pair of equal items again for each match it finds: this many at most.
MOST_IN_A_GAP = 1_000_000
PAIRS_A_STEP = 10  # difflib looks at so many pairs while we look at one item


@dataclass(slots=True)
class Steps:
    """How many items may still be looked at; what is left over then counts as changed."""

    left: int

    def take(self, number: int) -> bool:
        """Use up that many, and say whether there were enough."""
        self.left -= number
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Run:
    """`size` items that are equal, from `old` on in one sequence and from `new` on in the other."""

    old: int
    new: int
    size: int


@dataclass(frozen=True, slots=True)
class _Region:
    """Half-open ranges of both sequences."""

    old: int
    old_end: int
    new: int
    new_end: int

    @property
    def is_empty(self) -> bool:
        return self.old == self.old_end or self.new == self.new_end


def equal_runs(old: Sequence[Hashable], new: Sequence[Hashable], steps: Steps) -> list[Run]:
    """The runs that stand in both, in their order; they neither cross nor touch each other.

    Items that are unique on both sides anchor the rest, and difflib sees only what lies between:
    alone it takes minutes for some thousand lines of a few kinds.
    """
    runs: list[Run] = []
    regions = [_Region(0, len(old), 0, len(new))]
    while regions:
        region = _trimmed(old, new, regions.pop(), runs)
        size = region.old_end - region.old + region.new_end - region.new
        if region.is_empty or not steps.take(size):
            continue
        anchors = _anchors(old, new, region)
        if anchors:
            regions += _between(region, anchors)
        else:
            runs += _small(old, new, region, steps)
    return _joined(sorted(runs, key=lambda run: run.old))


def _trimmed(
    old: Sequence[Hashable], new: Sequence[Hashable], region: _Region, runs: list[Run]
) -> _Region:
    """What is left of a region without the equal items at its ends, which become runs."""
    most = min(region.old_end - region.old, region.new_end - region.new)
    head = 0
    while head < most and old[region.old + head] == new[region.new + head]:
        head += 1
    tail = 0
    while tail < most - head and old[region.old_end - tail - 1] == new[region.new_end - tail - 1]:
        tail += 1
    rest = _Region(
        region.old + head, region.old_end - tail, region.new + head, region.new_end - tail
    )
    if head:
        runs.append(Run(region.old, region.new, head))
    if tail:
        runs.append(Run(rest.old_end, rest.new_end, tail))
    return rest


def _anchors(
    old: Sequence[Hashable], new: Sequence[Hashable], region: _Region
) -> list[tuple[int, int]]:
    """The longest series of items that are unique on both sides and in the same order there."""
    places = _unique(new, region.new, region.new_end)
    both = [
        (index, places[item])
        for item, index in _unique(old, region.old, region.old_end).items()
        if item in places
    ]
    return _longest_rising(both)


def _unique(items: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    counts = Counter(items[start:end])
    return {items[index]: index for index in range(start, end) if counts[items[index]] == 1}


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs that rise in the first number the most that rise in the second: patience sorting."""
    tops: list[int] = []  # the second number on top of each pile
    top_pairs: list[int] = []
    before: list[int | None] = []
    for index, (_, place) in enumerate(pairs):
        pile = bisect_left(tops, place)
        before.append(top_pairs[pile - 1] if pile else None)
        tops[pile : pile + 1] = [place]
        top_pairs[pile : pile + 1] = [index]
    found: list[tuple[int, int]] = []
    at = top_pairs[-1] if top_pairs else None
    while at is not None:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def _between(region: _Region, anchors: Sequence[tuple[int, int]]) -> Iterator[_Region]:
    # Each begins with its anchor, which trimming takes off: so every round makes them smaller.
    cuts = [(region.old, region.new), *anchors, (region.old_end, region.new_end)]
    for (old, new), (old_end, new_end) in pairwise(cuts):
        yield _Region(old, old_end, new, new_end)


def _small(
    old: Sequence[Hashable], new: Sequence[Hashable], region: _Region, steps: Steps
) -> Iterator[Run]:
    """What difflib finds in a region without anchors, if that is sure not to take long."""
    one, other = old[region.old : region.old_end], new[region.new : region.new_end]
    counts = Counter(other)
    cost = sum(counts[item] for item in one) * min(len(one), len(other))
    if cost > MOST_IN_A_GAP or not steps.take(cost // PAIRS_A_STEP):
        return
    for match in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        if match.size:
            yield Run(region.old + match.a, region.new + match.b, match.size)


def _joined(runs: Sequence[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and (last.old + last.size, last.new + last.size) == (run.old, run.new):
            joined[-1] = Run(last.old, last.new, last.size + run.size)
        else:
            joined.append(run)
    return joined
