"""Which changed lines belong together, and which of their words changed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from webapp.compare.align import Run, Steps, equal_runs

LEAST_LIKE = 0.4  # below it two lines have little in common, and marks would cover both
MOST_PAIRS = 2500  # of removed and added lines that are compared with each other in one place
MOST_CHARACTERS = 1000  # of a line whose words are marked
STEPS_A_PAIR = 40  # to mark two lines takes as long as some more characters, however short they are

Piece = tuple[bool, str]  # whether it is changed, text
Row = tuple[int | None, int | None]  # which old and which new line stand beside each other

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def beside(old: Sequence[str], new: Sequence[str], steps: Steps) -> list[Row]:
    """The lines of a changed place in rows, each old line beside the new one it is most like.

    Lines like no other stand beside each other in their order.
    """
    if len(old) == len(new) == 1:  # the most frequent change
        return [(0, 0)]
    pairs = _alike(old, new, steps)
    rows: list[Row] = []
    left = right = 0
    for one, other in [*pairs, (len(old), len(new))]:
        rows += zip_longest(range(left, one), range(right, other))
        rows.append((one, other))
        left, right = one + 1, other + 1
    return rows[:-1]


def _alike(old: Sequence[str], new: Sequence[str], steps: Steps) -> list[tuple[int, int]]:
    """Pairs in one order, so that the lines of all pairs together are as like as can be."""
    number = len(old) * len(new)
    if not number or number > MOST_PAIRS:
        return []
    heads = [line[:MOST_CHARACTERS] for line in old]
    other_heads = [line[:MOST_CHARACTERS] for line in new]
    cost = sum(map(len, heads)) * len(new) + sum(map(len, other_heads)) * len(old)
    if not steps.take(cost // 10):
        return []
    bags, other_bags = list(map(_bag, heads)), list(map(_bag, other_heads))
    likeness = [[_likeness(one, other) for other in other_bags] for one in bags]
    # best[i][j]: the most that lines from i and from j on can have in common.
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            both = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= LEAST_LIKE else 0.0
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    return list(_chosen(best, likeness))


def _chosen(
    best: Sequence[Sequence[float]], likeness: Sequence[Sequence[float]]
) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(best) - 1 and j < len(best[0]) - 1:
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            yield i, j
            i, j = i + 1, j + 1


def _bag(line: str) -> Counter[str]:
    return Counter(token for token in _TOKEN.findall(line) if not token.isspace())


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """How many tokens two lines share: 0 to 1."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def marked(old: str, new: str, steps: Steps) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both lines in pieces, those of one that the other has not are marked.

    Lines that are long or have little in common have no marks.
    """
    if max(len(old), len(new)) > MOST_CHARACTERS or not steps.take(
        STEPS_A_PAIR + len(old) + len(new)
    ):
        return whole(old), whole(new)
    one, other = _TOKEN.findall(old), _TOKEN.findall(new)
    if _likeness(_bag(old), _bag(new)) < LEAST_LIKE:
        return whole(old), whole(new)
    runs = equal_runs(one, other, steps)
    is_old = [False] * len(one)
    is_new = [False] * len(other)
    for run in _telling(runs, one):
        is_old[run.old : run.old + run.size] = [True] * run.size
        is_new[run.new : run.new + run.size] = [True] * run.size
    return _pieces(one, is_old), _pieces(other, is_new)


def whole(line: str) -> tuple[Piece, ...]:
    """A line without marks."""
    return ((False, line),)


def _telling(runs: Sequence[Run], tokens: Sequence[str]) -> Iterator[Run]:
    """Runs without the blanks between two changes: a mark that is broken up there reads badly."""
    for run in runs:
        end = run.old + run.size
        is_between = run.old > 0 and end < len(tokens)
        if not (is_between and "".join(tokens[run.old : end]).isspace()):
            yield run


def _pieces(tokens: Sequence[str], is_equal: Sequence[bool]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for token, equal in zip(tokens, is_equal, strict=True):
        is_changed = not equal
        if pieces and pieces[-1][0] == is_changed:
            pieces[-1] = (is_changed, pieces[-1][1] + token)
        else:
            pieces.append((is_changed, token))
    return tuple(pieces)
