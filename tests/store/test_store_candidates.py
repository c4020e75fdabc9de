"""Candidates for one artifact: who they are, and which of them is chosen."""

from collections.abc import Callable

import pytest

from tests.rows import all_rows
from tests.store.asked import asked, put, submitted
from tests.store.conftest import ARTIFACT
from tests.web.hand import Hand
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.errors import BatchNotFound, SelectionGrew
from webapp.domain.listing import ALL, JobFilter, Selection
from webapp.store import candidates, reads
from webapp.store.database import Store

OPENAI = "openai:m"


@pytest.fixture
def hand(store: Store) -> Hand:
    return Hand(store)


def firsts(store: Store, batch_id: str) -> list[int]:
    return [job.candidate_of for job in all_rows(store, batch_id)]


def test_models_and_samples_of_one_kind_are_candidates_for_one_artifact(store: Store) -> None:
    kinds = ("dockerfile", "kubernetes@gke", "kubernetes@eks", "kubernetes@gke+harden")
    jobs = [
        asked(kind, model, sample=sample)
        for kind in kinds
        for model in ("blueprint", OPENAI)
        for sample in (1, 2)
    ]
    batch_id = submitted(store, *jobs)
    assert firsts(store, batch_id) == [1] * 4 + [5] * 4 + [9] * 4 + [13] * 4
    assert [job.seq for job in candidates.of_artifact(store, batch_id, 5)] == [5, 6, 7, 8]
    assert candidates.contested(store, batch_id) == {1, 5, 9, 13}


def test_each_application_has_an_artifact_of_its_own(store: Store) -> None:
    jobs = [
        asked(model=model, application=folder)
        for folder in ("", "shop", None)
        for model in ("blueprint", OPENAI)
    ]
    assert firsts(store, submitted(store, *jobs)) == [1, 1, 3, 3, 5, 5]


def test_lines_of_a_job_file_are_candidates_where_their_briefs_are_the_same(store: Store) -> None:
    jobs = [
        asked(brief=brief, model=model, name=f"line{n}")
        for n, (brief, model) in enumerate(
            [("A shop.", OPENAI), ("A blog.", OPENAI), ("A shop.", "gemini:m")]
        )
    ]
    batch_id = submitted(store, *jobs)
    assert firsts(store, batch_id) == [1, 2, 1]
    assert candidates.contested(store, batch_id) == {1}
    assert [job.seq for job in candidates.of_artifact(store, batch_id, 2)] == [2]


def test_what_is_no_first_candidate_is_no_artifact(store: Store) -> None:
    batch_id = submitted(store, asked(), asked(model=OPENAI))
    assert candidates.of_artifact(store, batch_id, 2) == []
    assert candidates.of_artifact(store, batch_id, 99) == []


def test_candidates_that_match_are_found_up_to_so_many(store: Store) -> None:
    batch_id = submitted(store, *(asked(sample=n) for n in range(1, 6)))
    found = candidates.matching(store, batch_id, ALL, 3)
    assert [job.seq for job in found] == [1, 2, 3]


@pytest.fixture
def quartet(store: Store, hand: Hand) -> str:
    """Two artifacts, each asked of two models: 1 to 3 have files, 3 failed its check, 4 waits."""
    batch_id = submitted(
        store,
        asked("dockerfile", OPENAI),
        asked("dockerfile", "gemini:m"),
        asked("compose", OPENAI),
        asked("compose", "gemini:m"),
    )
    for model in (OPENAI, "gemini:m", OPENAI):
        job = hand.claim(batch_id, model)
        hand.answer(job)
        is_bad = job.kind == "compose"
        status, reason = (
            (JobStatus.FAILED, Reason.INVALID) if is_bad else (JobStatus.SUCCEEDED, None)
        )
        hand.end(job, status, ARTIFACT, reason)
    put(store, batch_id, 1, score=70)
    put(store, batch_id, 2, score=90)
    return batch_id


def chosen(store: Store, batch_id: str) -> list[int]:
    return [job.seq for job in all_rows(store, batch_id) if job.is_chosen]


def picked(*seqs: int) -> Selection:
    return Selection(frozenset(seqs))


def test_what_is_picked_is_chosen_and_what_was_before_no_longer(
    store: Store, quartet: str, counts_are_true: Callable[[], None]
) -> None:
    assert candidates.choose(store, quartet, picked(1)) == 1
    assert chosen(store, quartet) == [1]
    assert candidates.choose(store, quartet, picked(2)) == 1
    assert chosen(store, quartet) == [2]
    counts_are_true()


def test_of_several_that_are_picked_for_an_artifact_the_best_is_chosen(
    store: Store, quartet: str
) -> None:
    assert candidates.choose(store, quartet, picked(1, 2)) == 1
    assert chosen(store, quartet) == [2]


def test_an_artifact_that_failed_its_check_can_be_picked_but_is_not_chosen_by_a_filter(
    store: Store, quartet: str
) -> None:
    assert candidates.choose(store, quartet, Selection()) == 1
    assert chosen(store, quartet) == [2]
    assert candidates.choose(store, quartet, picked(3)) == 1
    assert chosen(store, quartet) == [2, 3]


def test_a_job_without_files_cannot_be_chosen(store: Store, quartet: str) -> None:
    version = reads.batch_version(store, quartet)
    assert candidates.choose(store, quartet, picked(4)) == 0
    assert candidates.choose(store, quartet, picked()) == 0
    assert chosen(store, quartet) == []
    assert all(job.version <= version for job in all_rows(store, quartet))


def test_a_filter_chooses_the_best_of_those_that_match(store: Store, quartet: str) -> None:
    assert candidates.choose(store, quartet, Selection(matching=JobFilter(models=(OPENAI,)))) == 1
    assert chosen(store, quartet) == [1]


def test_a_choice_moves_the_version_of_the_batch_and_of_the_rows_that_changed(
    store: Store, quartet: str
) -> None:
    candidates.choose(store, quartet, picked(1))
    before = reads.batch_version(store, quartet)
    candidates.choose(store, quartet, picked(2))
    after = reads.batch_version(store, quartet)
    assert after == before + 1
    assert [job.seq for job in all_rows(store, quartet) if job.version == after] == [1, 2]
    candidates.choose(store, quartet, picked(2))
    assert all(job.version <= after for job in all_rows(store, quartet))


def test_what_was_chosen_is_left_to_the_checks(
    store: Store, quartet: str, counts_are_true: Callable[[], None]
) -> None:
    candidates.choose(store, quartet, picked(1))
    candidates.choose(store, quartet, picked(3))
    assert candidates.unchoose(store, quartet, picked(1, 2)) == 1
    assert chosen(store, quartet) == [3]
    assert candidates.unchoose(store, quartet, Selection()) == 1
    assert chosen(store, quartet) == []
    assert all_rows(store, quartet)[2].version == reads.batch_version(store, quartet)
    counts_are_true()


@pytest.mark.parametrize("act", [candidates.choose, candidates.unchoose])
def test_more_matches_than_were_shown_are_refused_and_nothing_is_changed(
    store: Store, quartet: str, act: Callable[[Store, str, Selection], int]
) -> None:
    candidates.choose(store, quartet, picked(1))
    version = reads.batch_version(store, quartet)
    with pytest.raises(SelectionGrew):
        act(store, quartet, Selection(shown=0))
    assert chosen(store, quartet) == [1]
    assert reads.batch_version(store, quartet) == version


@pytest.mark.parametrize("act", [candidates.choose, candidates.unchoose])
def test_a_choice_in_no_batch_is_told(
    store: Store, act: Callable[[Store, str, Selection], int]
) -> None:
    with pytest.raises(BatchNotFound):
        act(store, "nope", Selection())


def test_a_choice_stays_in_its_batch(store: Store, quartet: str, hand: Hand) -> None:
    other = submitted(store, asked("dockerfile", OPENAI))
    job = hand.claim(other, OPENAI)
    hand.answer(job)
    hand.end(job, artifact=ARTIFACT)
    candidates.choose(store, other, picked(1))
    candidates.choose(store, quartet, picked(2))
    candidates.unchoose(store, quartet, Selection())
    assert chosen(store, other) == [1]
