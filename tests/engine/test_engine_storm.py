"""Batches that come to more than a provider lets in, through a real runner."""

from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Reason,
)
from webapp.fake_provider import Behaviour, RetryAfter

CAP = 16
MOST_CALLS_A_JOB = 1.15
WELL = 40


def test_a_storm_of_refusals_is_waited_out_with_few_calls_and_none_too_early(
    scene: Scene,
) -> None:
    scene.llm.set(
        Behaviour(
            latency_s=0.05, rate=40, burst=5, retry_after=RetryAfter.MIXED, rate_headers=False
        )
    )
    batch_id = scene.submit(numbered(200), at_once=CAP)
    scene.runner()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 200
    counted = scene.llm.counters()
    assert counted["early"] == 0
    assert counted["calls"] <= MOST_CALLS_A_JOB * 200
    assert counted["peak_in_flight"] <= CAP
    assert broken(scene.store) == []


def test_an_endpoint_that_asks_for_an_hour_does_not_hold_up_another_one(pair: Scene) -> None:
    batch_id = async_to_sync(pair.service.submit)(
        BatchSpec(
            brief="Both.",
            mode=Mode.ASYNC,
            jobs=(
                *jobs("second:m", 30, "[[fake: 429 retry-after=3600]]"),
                *jobs("openai:m", WELL),
            ),
            concurrency=CAP,
        )
    )
    pair.runner()
    pair.wait_for(batch_id, JobStatus.SUCCEEDED, WELL)
    wait_until(lambda: pair.llm.counters()["in_flight"] == 0)
    waiting = [row for row in pair.rows(batch_id) if row.model.endpoint == "second"]
    assert {row.status for row in waiting} == {JobStatus.QUEUED}
    assert {row.reason for row in waiting} <= {Reason.COOLING, Reason.RATE_LIMIT}
    assert all(row.not_before is not None for row in waiting)
    assert 0 < pair.llm.counters()["by_status"]["429"] <= CAP


def jobs(model: str, number: int, words: str = "") -> list[JobSpec]:
    """Jobs of one model."""
    choice = ModelChoice.parse(model)
    return [JobSpec(brief, KindChoice("text"), choice) for brief in numbered(number, words)]
