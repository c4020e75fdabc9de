"""The calls of a job on one scale of time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.web.hand import Hand
from webapp.domain.views import AttemptView, JobView
from webapp.store import reads
from webapp.store.database import Store
from webapp.web.timeline import LEAST_WIDTH, WIDTH, Span, timeline

QUEUED_AT = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return QUEUED_AT + timedelta(seconds=seconds)


@pytest.fixture
def job(batch_id: str, hand: Hand, store: Store) -> JobView:
    """A job that was called for once."""
    claimed = hand.claim(batch_id)
    hand.answer(claimed)
    return replace(reads.job(store, claimed.id).job, queued_at=QUEUED_AT)


@pytest.fixture
def attempt(job: JobView, store: Store) -> AttemptView:
    """Queued for 2 s, a first text 3 s later, and 5 s in which it wrote 800 tokens."""
    (stored,) = reads.job(store, job.id).attempts
    return replace(stored, started_at=after(2), first_token_at=after(5), ended_at=after(10))


def test_a_call_waits_thinks_and_writes(job: JobView, attempt: AttemptView) -> None:
    drawn = timeline(job, [attempt], after(60))
    (lane,) = drawn.lanes
    assert lane.spans == (
        Span("queued", 0, 200), Span("thinking", 200, 300), Span("writing", 500, 500),
    )  # fmt: skip
    assert (lane.queued_s, lane.first_s, lane.tokens_per_s) == (2, 3, 160)
    assert (drawn.total_s, drawn.folds) == (10, ())


def test_a_call_that_still_runs_reaches_to_now(job: JobView, attempt: AttemptView) -> None:
    running = replace(attempt, status="sent", first_token_at=None, ended_at=None)
    (lane,) = timeline(job, [running], after(20)).lanes
    assert lane.spans == (Span("queued", 0, 100), Span("thinking", 100, 900))
    assert (lane.first_s, lane.tokens_per_s) == (None, None)


def test_a_call_whose_end_nobody_knows_ends_where_it_was_seen_last(
    job: JobView, attempt: AttemptView
) -> None:
    lost = replace(attempt, status="undecided", ended_at=None)
    drawn = timeline(job, [lost], after(900))
    assert drawn.total_s == 5
    assert drawn.lanes[0].spans[-1] == Span("writing", WIDTH - LEAST_WIDTH, LEAST_WIDTH)


def test_the_next_call_counts_from_the_one_before(job: JobView, attempt: AttemptView) -> None:
    later = replace(
        attempt, started_at=after(12), first_token_at=after(13), ended_at=after(20), round=1
    )
    first, second = timeline(job, [attempt, later], after(60)).lanes
    assert (first.queued_s, first.waited_s) == (2, None)
    assert (second.queued_s, second.waited_s) == (None, 2)
    assert first.spans[-1].x + first.spans[-1].width == second.spans[0].x == 500


def test_a_job_that_was_queued_again_counts_from_then(job: JobView, attempt: AttemptView) -> None:
    again = replace(attempt, started_at=after(103), first_token_at=after(104), ended_at=after(110))
    requeued = replace(job, queued_at=after(100))
    first, second = timeline(requeued, [attempt, again], after(200)).lanes
    assert (first.queued_s, first.waited_s) == (None, None)
    assert (second.queued_s, second.waited_s) == (3, None)


def test_a_long_pause_does_not_hide_the_calls(job: JobView, attempt: AttemptView) -> None:
    again = replace(
        attempt, started_at=after(3610), first_token_at=after(3611), ended_at=after(3618)
    )
    drawn = timeline(job, [attempt, again], after(4000))
    assert len(drawn.folds) == 1
    assert drawn.total_s == 3618
    assert drawn.lanes[0].spans[-1].x + drawn.lanes[0].spans[-1].width < drawn.folds[0]
    assert drawn.folds[0] < drawn.lanes[1].spans[1].x
    assert sum(span.width for lane in drawn.lanes for span in lane.spans[1:]) > WIDTH / 3


def test_times_that_contradict_each_other_draw_nothing_outside(
    job: JobView, attempt: AttemptView
) -> None:
    odd = replace(attempt, started_at=after(5), first_token_at=after(3), ended_at=after(4))
    drawn = timeline(job, [odd, attempt], after(1))
    assert drawn.total_s == 10
    for lane in drawn.lanes:
        assert [span.x for span in lane.spans] == sorted(span.x for span in lane.spans)
        for span in lane.spans:
            assert 0 <= span.x <= span.x + span.width <= WIDTH
            assert span.width >= 0


def test_the_page_says_the_times_in_words(client: FlaskClient, batch_id: str, hand: Hand) -> None:
    first = hand.claim(batch_id)
    hand.put_back(first, datetime.now(UTC))
    again = hand.claim(batch_id)
    hand.answer(again)
    page = client.get(f"/jobs/{again.id}?show=attempts").text
    assert "after the one before, " in page
    assert "total 0.0 s" in page
    assert page.count("<svg viewBox") == 2
    assert page.count('<rect class="thinking"') == 2
    assert 'href="#attempt-2"' in page
    assert 'id="attempt-2"' in page
