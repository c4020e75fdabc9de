"""What shows that a rule works: an answer it must catch, and one close to it that it must spare."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.artifacts.checks.faulty import faulty

Answer = Mapping[str, str]  # text by path


@dataclass(frozen=True)
class Pair:
    """Two answers that differ as little as they can; nothing fails the second one."""

    caught: Answer
    spared: Answer


Swap = Callable[[str, str, str], Pair]


def swaps(path: str, text: str, others: Answer | None = None) -> Swap:
    """How to make pairs from a good file, with others beside it.

    The pair has `caught` or `spared` in place of the one `old`.
    """

    def swap(old: str, caught: str, spared: str) -> Pair:
        return texts(path, faulty(text, old, caught), faulty(text, old, spared), others)

    return swap


def texts(path: str, caught: str, spared: str, others: Answer | None = None) -> Pair:
    """A pair of whole files of one path, with others beside it."""
    return Pair({**(others or {}), path: caught}, {**(others or {}), path: spared})
