"""One summary for all who watch a batch, and none that is older than what they have seen."""

from tests.web.hand import Hand
from webapp.domain.views import BatchView
from webapp.store import reads
from webapp.store.database import Store
from webapp.web.live import SUMMARIES_KEPT, Summary, SummaryWatch


class Maker:
    """Makes summaries of a batch that has moved on each time."""

    def __init__(self, store: Store, batch_id: str, hand: Hand) -> None:
        self._store, self._batch_id, self._hand = store, batch_id, hand
        self.made = 0

    def __call__(self) -> Summary:
        self.made += 1
        self._hand.claim(self._batch_id)
        return Summary(self.batch, f"summary {self.made}", "")

    @property
    def batch(self) -> BatchView:
        return reads.batch(self._store, self._batch_id)


def test_a_summary_is_made_once_for_all_who_have_seen_less(
    store: Store, batch_id: str, hand: Hand
) -> None:
    make, watch = Maker(store, batch_id, hand), SummaryWatch(kept_s=3600)
    first = watch.newer(batch_id, 1, make)
    assert watch.newer(batch_id, first.batch.version - 1, make) is first
    assert make.made == 1


def test_whoever_has_seen_it_gets_a_newer_one(store: Store, batch_id: str, hand: Hand) -> None:
    make, watch = Maker(store, batch_id, hand), SummaryWatch(kept_s=3600)
    first = watch.newer(batch_id, 1, make)
    second = watch.newer(batch_id, first.batch.version, make)
    assert second.batch.version > first.batch.version


def test_an_old_one_and_one_for_a_new_page_are_made_anew(
    store: Store, batch_id: str, hand: Hand
) -> None:
    make, watch = Maker(store, batch_id, hand), SummaryWatch(kept_s=0)
    assert watch.newer(batch_id, 1, make).html == "summary 1"
    assert watch.newer(batch_id, 1, make).html == "summary 2"
    kept = SummaryWatch(kept_s=3600)
    assert kept.newer(batch_id, 0, lambda: Summary(make.batch, "a", "")).html == "a"
    assert kept.newer(batch_id, 0, lambda: Summary(make.batch, "b", "")).html == "b"


def test_only_so_many_are_kept(store: Store, batch_id: str, hand: Hand) -> None:
    make, watch = Maker(store, batch_id, hand), SummaryWatch(kept_s=3600)
    first = watch.newer(batch_id, 1, make)
    for number in range(SUMMARIES_KEPT):
        assert watch.newer(batch_id, 1, make) is first
        watch.newer(f"other {number}", 1, lambda: first)
    assert watch.newer(batch_id, 1, lambda: Summary(make.batch, "anew", "")).html == "anew"
