"""Batches that may cost only so much, through a real runner."""

import pytest
from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from webapp.domain.batch import JobStatus, Params, Reason
from webapp.domain.views import BatchView
from webapp.fake_provider import Behaviour

BUDGET = 12_000  # micro-dollars
SHORT = Params(max_tokens=300)  # a call is thought to cost at most 3,000 of them, and its prompt


@pytest.fixture(autouse=True)
def answers(pair: Scene) -> None:
    """Each answer costs 1,000 micro-dollars, and its prompt."""
    pair.llm.set(Behaviour(latency_s=0.05, answer="word" * 100))


def bounded(pair: Scene, at_once: int) -> str:
    return pair.submit(numbered(10), at_once=at_once, params=SHORT, budget_microusd=BUDGET)


@pytest.mark.parametrize("at_once", [1, 8])
def test_a_batch_stops_before_its_budget_and_goes_on_with_a_larger_one(
    pair: Scene, at_once: int
) -> None:
    running = pair.runner()
    batch_id = bounded(pair, at_once)
    view = pair.finished(batch_id)
    assert 0 < view.cost_microusd <= BUDGET
    assert 3 <= view.counts[JobStatus.SUCCEEDED] < 10
    assert view.counts[JobStatus.PARKED] == 10 - view.counts[JobStatus.SUCCEEDED]
    parked = [row for row in pair.rows(batch_id) if row.status is JobStatus.PARKED]
    assert {row.reason for row in parked} == {Reason.BUDGET}
    assert pair.llm.counters()["calls"] == view.counts[JobStatus.SUCCEEDED]
    more = async_to_sync(pair.service.go_on)(batch_id, Reason.BUDGET, budget_microusd=10 * BUDGET)
    assert more == len(parked)
    assert pair.finished(batch_id).counts[JobStatus.SUCCEEDED] == 10
    running.process.terminate()
    running.wait()
    assert broken(pair.store) == []


def test_a_call_that_broke_off_stays_held_and_is_counted(pair: Scene) -> None:
    running = pair.runner(OMNI_MAX_ATTEMPTS="1")
    batch_id = pair.submit(["[[fake: truncated]]"], params=SHORT, budget_microusd=BUDGET)
    view: BatchView = pair.finished(batch_id)
    assert (view.cost_microusd, view.unpriced) == (0, 1)
    running.process.terminate()
    running.wait()
    assert broken(pair.store) == []
