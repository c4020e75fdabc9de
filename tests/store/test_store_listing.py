"""Which jobs of a batch are shown, in which order, and which of them have changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.store.asked import asked, put, submitted
from tests.web.hand import Hand
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.listing import ALL, JobFilter, Sort, SortKey, Window
from webapp.store import changes, listing, reads
from webapp.store.database import Store

START = datetime(2026, 1, 1, tzinfo=UTC)
S = JobStatus
BY_NUMBER = Sort()


def numbers(
    store: Store, batch_id: str, which: JobFilter = ALL, sort: Sort = BY_NUMBER, **page: int
) -> list[int]:
    size = {"page": 1, "size": 100} | page
    return [job.seq for job in listing.listed(store, batch_id, which, sort, **size)]


@pytest.fixture
def crowd(store: Store) -> str:
    """A batch of six jobs of which no two have everything in common."""
    batch_id = submitted(
        store,
        asked("kubernetes@gke", "openai:m"),
        asked("kubernetes@eks", "openai:n"),
        asked("kubernetes@gke+harden", "ollama:qwen:7b"),
        asked("compose", application="apps/shop_1"),
        asked("dockerfile", "gemini:m", name="100%.a"),
        asked("dockerfile", "openai:m", name="100x.b"),
    )
    put(store, batch_id, 1, status=S.FAILED, reason=Reason.TRUNCATED, detail="It was Cut Off.")
    put(store, batch_id, 2, status=S.FAILED, reason=Reason.INVALID, detail="No file.")
    put(store, batch_id, 3, status=S.PARKED, reason=Reason.KEY, stale=True)
    put(store, batch_id, 4, status=S.SUCCEEDED, stale=True, chosen=True)
    put(store, batch_id, 5, status=S.SUCCEEDED, chosen=True, instead_of="openai:m")
    return batch_id


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [1, 2, 3, 4, 5, 6]),
    ({"statuses": (S.FAILED,)}, [1, 2]),
    ({"statuses": (S.PARKED, S.SUCCEEDED)}, [3, 4, 5]),
    ({"statuses": (S.RUNNING,)}, []),
    ({"reasons": (Reason.TRUNCATED,)}, [1]),
    ({"reasons": (Reason.TRUNCATED, Reason.KEY)}, [1, 3]),
    ({"statuses": (S.FAILED,), "reasons": (Reason.KEY,)}, []),
    ({"kinds": ("kubernetes",)}, [1, 2, 3]),
    ({"kinds": ("kubernetes@gke",)}, [1, 3]),
    ({"kinds": ("kubernetes@gke+harden",)}, [3]),
    ({"kinds": ("kubernetes@eks", "compose")}, [2, 4]),
    ({"kinds": ("kuber",)}, []),
    ({"models": ("openai:m",)}, [1, 5, 6]),
    ({"models": ("openai",)}, [1, 2, 6]),
    ({"models": ("gemini:m",)}, [5]),
    ({"models": ("ollama:qwen:7b",)}, [3]),
    ({"models": ("ollama:qwen",)}, []),
    ({"models": ("blueprint", "gemini")}, [4, 5]),
    ({"models": ("m",)}, [1, 5, 6]),
    ({"models": ("qwen:7b",)}, [3]),
    ({"models": ("qwen",)}, []),
    ({"text": "cut off"}, [1]),
    ({"text": "HARDEN"}, [3]),
    ({"text": "GKE"}, [1, 3]),
    ({"text": "qwen"}, [3]),
    ({"text": "apps/shop"}, [4]),
    ({"text": "100"}, [5, 6]),
    ({"text": "100%"}, [5]),
    ({"text": "shop_1"}, [4]),
    ({"text": "_"}, [4]),
    ({"text": "\\"}, []),
    ({"text": "' OR 1=1 --"}, []),
    ({"is_stale": True}, [3, 4]),
    ({"is_chosen": True}, [4, 5]),
    ({"is_stale": True, "is_chosen": True, "text": "compose"}, [4]),
]


@pytest.mark.parametrize(("asked_for", "found"), FILTERS, ids=str)
def test_a_filter_finds_what_matches_all_of_it(
    store: Store, crowd: str, asked_for: dict[str, Any], found: list[int]
) -> None:
    which = JobFilter(**asked_for)
    assert numbers(store, crowd, which) == found
    assert listing.matching(store, crowd, which, Window(1, 6)) == set(found)
    assert listing.total(store, crowd, which) == len(found)


def test_a_filter_finds_nothing_of_other_batches(store: Store, crowd: str) -> None:
    other = submitted(store, asked("compose"))
    assert numbers(store, other, JobFilter(kinds=("compose",))) == [1]
    assert numbers(store, crowd, JobFilter(kinds=("compose",))) == [4]


def took(seconds: float) -> dict[str, datetime]:
    return {"started_at": START, "finished_at": START + timedelta(seconds=seconds)}


# For each key the columns of four jobs, and the order upwards and downwards.
ORDERS: list[tuple[SortKey, list[dict[str, Any]], list[int], list[int]]] = [
    (SortKey.SEQ, [{}] * 4, [1, 2, 3, 4], [4, 3, 2, 1]),
    (
        SortKey.STATUS,
        [{"status": status} for status in (S.CANCELLED, S.SUCCEEDED, S.FAILED, S.PARKED)],
        [3, 4, 2, 1],
        [1, 2, 4, 3],
    ),
    (
        SortKey.STATUS,
        [{"status": status} for status in (S.QUEUED, S.RUNNING, S.CHECKING, S.REPAIRING)],
        [4, 3, 2, 1],
        [1, 2, 3, 4],
    ),
    (
        SortKey.ARTIFACT,
        [
            {"kind": "b"},
            {"kind": "a", "target": "x", "step": "harden"},
            {"kind": "a", "target": "x"},
            {"kind": "a", "target": "y"},
        ],
        [2, 3, 4, 1],
        [1, 4, 2, 3],
    ),
    (
        SortKey.MODEL,
        [{"endpoint": e, "model": m} for e, m in (("b", "a"), ("a", "n"), ("a", "m"), ("b", "a"))],
        [3, 2, 1, 4],
        [1, 4, 2, 3],
    ),
    (SortKey.TIME, [took(10.0), {}, took(2.5), took(10.0)], [3, 1, 4, 2], [1, 4, 3, 2]),
    (SortKey.TIME, [took(90_000), {"started_at": START}, {}, took(9)], [4, 1, 2, 3], [1, 4, 2, 3]),
    (SortKey.TOKENS, [{"output_tokens": n} for n in (9, None, 0, 30)], [3, 1, 4, 2], [4, 1, 3, 2]),
    (SortKey.COST, [{"cost": n} for n in (2, 0, 1, 2)], [2, 3, 1, 4], [1, 4, 3, 2]),
    (SortKey.SCORE, [{"score": n} for n in (None, 100, 0, None)], [3, 2, 1, 4], [2, 3, 1, 4]),
    (
        SortKey.FINDINGS,
        [{"errors": e, "warnings": w, "notes": n} for e, w, n in ((0, 9, 0), (1, 0, 0), (0, 9, 2))]
        + [{}],
        [4, 1, 3, 2],
        [2, 3, 1, 4],
    ),
]


@pytest.mark.parametrize(("key", "columns", "upwards", "downwards"), ORDERS)
def test_an_order_goes_both_ways_and_what_has_no_value_comes_last(
    store: Store,
    key: SortKey,
    columns: list[dict[str, Any]],
    upwards: list[int],
    downwards: list[int],
) -> None:
    batch_id = submitted(store, *(asked(sample=n) for n in range(1, 5)))
    for seq, values in enumerate(columns, 1):
        if values:
            put(store, batch_id, seq, **values)
    assert numbers(store, batch_id, sort=Sort(key)) == upwards
    assert numbers(store, batch_id, sort=Sort(key, is_descending=True)) == downwards


def test_pages_of_an_order_hold_each_job_once(store: Store) -> None:
    batch_id = submitted(store, *(asked(sample=n) for n in range(1, 8)))
    sort = Sort(SortKey.COST, is_descending=True)  # in which all are equal
    pages = [numbers(store, batch_id, sort=sort, page=page, size=3) for page in (1, 2, 3, 4)]
    assert pages == [[1, 2, 3], [4, 5, 6], [7], []]


def test_what_matches_is_counted_in_all_and_told_of_the_rows_shown(
    store: Store, crowd: str
) -> None:
    failed = JobFilter(statuses=(S.FAILED,))
    assert listing.matching(store, crowd, failed, Window(2, 6)) == {2}
    assert listing.matching(store, crowd, failed, Window.of((1, 3, 6))) == {1}
    assert listing.matching(store, crowd, failed, Window.of(())) == set()
    assert listing.total(store, crowd, failed) == 2


@pytest.fixture
def trio(store: Store) -> str:
    """A batch of three queued jobs."""
    return submitted(store, *(asked(sample=n) for n in (1, 2, 3)))


@pytest.fixture
def hand(store: Store) -> Hand:
    return Hand(store)


def seqs_changed(
    store: Store, batch_id: str, since: int, window: Window, **more: bool
) -> list[int]:
    return [job.seq for job in listing.changed(store, batch_id, since, window, **more)]


def test_what_changed_is_told_of_a_range_and_of_a_list(store: Store, trio: str, hand: Hand) -> None:
    since = reads.batch_version(store, trio)
    hand.claim(trio)
    hand.claim(trio)
    later = reads.batch_version(store, trio)
    changes.cancel_job(store, listing.listed(store, trio, ALL, BY_NUMBER, page=3, size=1)[0].id)
    assert seqs_changed(store, trio, since, Window(1, 3)) == [1, 2, 3]
    assert seqs_changed(store, trio, since, Window(2, 2)) == [2]
    assert seqs_changed(store, trio, since, Window.of((3, 1))) == [1, 3]
    assert seqs_changed(store, trio, since, Window.of(())) == []
    assert seqs_changed(store, trio, later, Window(1, 3)) == [3]
    assert seqs_changed(store, trio, reads.batch_version(store, trio), Window.of((1, 2))) == []
    assert seqs_changed(store, trio, 0, Window(1, 100)) == [1, 2, 3]


@pytest.mark.parametrize("window", [Window(2, 3), Window.of((3, 2))], ids=str)
def test_the_pause_of_a_model_is_told_of_the_jobs_that_wait_for_it_until_it_is_over(
    store: Store, trio: str, hand: Hand, window: Window
) -> None:
    hand.claim(trio)
    since = reads.batch_version(store, trio)
    assert seqs_changed(store, trio, since, window) == []
    hand.beat("blueprint", until=datetime.now(UTC) + timedelta(minutes=5), why="cools down")
    paused = listing.changed(store, trio, since, window)
    assert [(job.seq, job.reason) for job in paused] == [(2, Reason.COOLING), (3, Reason.COOLING)]
    hand.beat("blueprint")
    since = reads.batch_version(store, trio)
    assert seqs_changed(store, trio, since, window) == []
    assert seqs_changed(store, trio, since, window, had_pause=True) == [2, 3]


def test_a_job_that_waits_for_no_pause_is_not_told_anew(store: Store, hand: Hand) -> None:
    batch_id = submitted(store, asked(), asked(model="openai:m"))
    hand.beat("openai:m", until=datetime.now(UTC) + timedelta(minutes=5), why="cools down")
    since = reads.batch_version(store, batch_id)
    assert seqs_changed(store, batch_id, since, Window(1, 2)) == [2]


def test_rows_may_have_changed_where_one_did_or_a_model_pauses(store: Store, crowd: str) -> None:
    seen = reads.batch_version(store, crowd)

    def may_have_changed(first: int, last: int, since: int = seen) -> bool:
        return store.may_have_changed(crowd, since, first, last)

    assert not may_have_changed(1, 6)
    assert may_have_changed(1, 6, since=0)
    hand = Hand(store)
    hand.claim(crowd, "openai:m")
    assert may_have_changed(1, 6)
    assert not may_have_changed(1, 5)
    assert not store.may_have_changed("another", 0, 1, 6)
    hand.beat("openai:m", until=datetime.now(UTC) + timedelta(hours=1), why="rests")
    assert may_have_changed(1, 5)
