"""What a piece of work costs the processor, beside one that is always the same."""

from collections.abc import Callable
from time import thread_time

WORDS = 400_000


def effort(work: Callable[[], object]) -> float:
    """How many times the cost of counting 400,000 words it is: 0.1 s on a small machine.

    What the machine does besides counts on both sides.
    """
    before = _cost(_count)
    cost = _cost(work)
    return 2 * cost / (before + _cost(_count))


def _cost(work: Callable[[], object]) -> float:
    started = thread_time()
    work()
    return thread_time() - started


def _count() -> None:
    counts: dict[str, int] = {}
    for number in range(WORDS):
        word = f"word {number % 1000}"
        counts[word] = counts.get(word, 0) + 1
