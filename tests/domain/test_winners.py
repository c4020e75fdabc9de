"""Which of several candidates for one artifact is taken."""

from itertools import permutations
from typing import Any

import pytest

from tests.domain.views import job
from webapp.domain.batch import JobStatus
from webapp.domain.winners import best, by_artifact, winner

TEMPLATE = "blueprint"

# What the better one of two has, and what the other.
BETTER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("no error", {"score": 10}, {"score": 90, "errors": 1}),
    ("fewer warnings", {"warnings": 1, "score": 10}, {"warnings": 2, "score": 90}),
    ("notes weigh nothing", {"notes": 9, "score": 91}, {"score": 90}),
    ("a higher score", {"score": 91, "cost_microusd": 9}, {"score": 90}),
    ("any score is more than none", {"score": 1}, {"score": None}),
    ("a model's answer", {"cost_microusd": 9}, {"model": TEMPLATE}),
    ("a template with a higher score", {"model": TEMPLATE, "score": 91}, {"score": 90}),
    ("a known price", {"cost_microusd": 9}, {"unpriced": 1}),
    ("the cheaper one", {"cost_microusd": 8}, {"cost_microusd": 9}),
    ("what the user chose", {"is_chosen": True, "errors": 3, "status": JobStatus.FAILED}, {}),
]


@pytest.mark.parametrize(("why", "one", "other"), BETTER, ids=[why for why, *_ in BETTER])
def test_the_better_candidate_is_taken_wherever_it_stands(
    why: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert winner([job(1, **one), job(2, **other)]) == job(1, **one)
    assert winner([job(1, **other), job(2, **one)]) == job(2, **one)


def test_of_equals_the_first_of_the_batch_is_taken() -> None:
    equals = [job(seq, score=90) for seq in (1, 2, 3)]
    assert all(winner(order) == equals[0] for order in permutations(equals))


@pytest.mark.parametrize(
    "lacking",
    [
        {"artifact_id": None},
        {"status": JobStatus.FAILED},
        {"status": JobStatus.QUEUED},
        {"status": JobStatus.CHECKING},
        {"status": JobStatus.QUEUED, "artifact_id": None, "is_chosen": True},
    ],
)
def test_what_is_not_there_or_not_good_is_not_taken(lacking: dict[str, Any]) -> None:
    assert winner([job(1, **lacking)]) is None
    assert winner([job(1, **lacking), job(2, warnings=9)]) == job(2, warnings=9)


def test_nothing_is_taken_of_no_candidates() -> None:
    assert winner([]) is None


def test_the_checks_have_their_own_best_beside_the_choice_of_the_user() -> None:
    good, chosen = job(1, score=90), job(2, score=10, is_chosen=True)
    assert best([good, chosen]) == good
    assert winner([good, chosen]) == chosen


def test_candidates_are_grouped_by_artifact_in_the_order_of_the_batch() -> None:
    jobs = [job(1), job(2, candidate_of=2), job(3), job(4, candidate_of=4), job(5, candidate_of=2)]
    found = by_artifact(jobs)
    assert {number: [each.seq for each in group] for number, group in found.items()} == {
        1: [1, 3], 2: [2, 5], 4: [4]
    }  # fmt: skip
    assert list(found) == [1, 2, 4]
