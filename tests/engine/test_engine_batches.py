"""Batches through a real runner: how many calls at once, in which order, and what ends them."""

import pytest
from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import KEY, Scene, numbered
from tests.postgres_server import PASSWORD
from tests.processes import wait_until
from webapp.domain.batch import JobStatus, Mode, Reason
from webapp.fake_provider import Behaviour
from webapp.store import reads
from webapp.store.models import metadata


def test_a_batch_runs_as_many_jobs_at_once_as_it_may(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.2))
    scene.runner()
    batch_id = scene.submit(numbered(12), at_once=5)
    view = scene.finished(batch_id)
    assert view.counts[JobStatus.SUCCEEDED] == 12
    assert scene.llm.counters()["peak_in_flight"] == view.peak_in_flight == 5
    # On a busy machine the rest takes longer than the calls: then none is shown.
    assert (view.speedup or 1) == pytest.approx(max(1, view.call_s / (view.wall_s or 0)))


def test_an_endpoint_never_has_more_calls_than_its_cap_over_all_batches(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.05))
    batches = [scene.submit(numbered(10, f"of {n}"), at_once=9) for n in range(3)]
    scene.runner(OMNI_MAX_CONCURRENT_REQUESTS="4")
    assert all(scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 10 for batch_id in batches)
    assert scene.llm.counters()["peak_in_flight"] == 4


def test_sync_runs_one_job_at_a_time_in_order(scene: Scene) -> None:
    scene.runner()
    batch_id = scene.submit(numbered(6), at_once=5, mode=Mode.SYNC)
    assert scene.finished(batch_id).peak_in_flight == 1
    asked = [request.body["messages"][-1]["content"] for request in scene.llm.requests]
    assert [text.split(".")[0] for text in asked] == [f"Brief {n}" for n in range(1, 7)]
    assert scene.llm.counters()["peak_in_flight"] == 1


def test_a_small_batch_does_not_wait_for_a_large_one(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    large = scene.submit(numbered(40, "large"), at_once=4)
    scene.runner(OMNI_MAX_CONCURRENT_REQUESTS="4")
    scene.wait_for(large, JobStatus.SUCCEEDED, 4)
    small = scene.submit(numbered(4, "small"), at_once=4)
    scene.finished(small)
    assert scene.batch(large).open > 10


def test_a_hundred_identical_jobs_in_flight_are_one_call(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.3))
    batch_id = scene.submit(["The same brief."] * 60)
    other = scene.submit(["The same brief."] * 40)
    scene.runner()
    both = scene.finished(batch_id), scene.finished(other)
    assert [view.counts[JobStatus.SUCCEEDED] for view in both] == [60, 40]
    assert sum(view.cached for view in both) == 99
    assert scene.llm.counters()["calls"] == 1


def test_a_repeated_batch_is_answered_from_the_cache_and_a_fresh_one_is_not(scene: Scene) -> None:
    scene.runner()
    scene.finished(scene.submit(numbered(5)))
    wait_until(lambda: scene.service.cache.size().entries >= 5)
    again = scene.finished(scene.submit(numbered(5)))
    assert (again.cached, scene.llm.counters()["calls"]) == (5, 5)
    assert {row.reason for row in scene.rows(again.id)} == {Reason.CACHED}
    fresh = scene.finished(scene.submit(numbered(5), fresh=True))
    assert (fresh.cached, scene.llm.counters()["calls"]) == (0, 10)


def test_cancelling_a_batch_closes_its_connections_and_calls_no_more(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=60))
    scene.runner()
    batch_id = scene.submit(numbered(20), at_once=8)
    wait_until(lambda: scene.llm.counters()["in_flight"] == 8)
    assert async_to_sync(scene.service.cancel)(batch_id) == 20
    wait_until(lambda: scene.llm.counters()["cancelled"] == 8)
    assert scene.batch(batch_id).counts[JobStatus.CANCELLED] == 20
    assert scene.llm.counters()["calls"] == 8
    first = scene.rows(batch_id)[0].id
    wait_until(lambda: reads.job(scene.store, first).attempts[0].status == "undecided")
    assert "may charge" in (reads.job(scene.store, first).attempts[0].sentence or "")


def test_a_lane_goes_on_with_the_next_job_when_its_own_is_cancelled(scene: Scene) -> None:
    scene.runner()
    batch_id = scene.submit(["First. [[fake: latency=60]]", *numbered(3)], at_once=1)
    scene.wait_for(batch_id, JobStatus.RUNNING)
    wait_until(lambda: scene.llm.counters()["in_flight"] == 1)
    assert async_to_sync(scene.service.cancel_job)(scene.rows(batch_id)[0].id)
    view = scene.finished(batch_id)
    assert (view.counts[JobStatus.CANCELLED], view.counts[JobStatus.SUCCEEDED]) == (1, 3)


def test_a_retry_runs_only_what_failed(scene: Scene) -> None:
    scene.runner()
    batch_id = scene.submit(["Good.", "Bad. [[fake: first 1: 404]]"])
    assert scene.finished(batch_id).counts[JobStatus.FAILED] == 1
    assert async_to_sync(scene.service.retry)(batch_id) == 1
    view = scene.finished(batch_id)
    assert (view.counts[JobStatus.SUCCEEDED], scene.llm.counters()["calls"]) == (2, 3)
    attempts = reads.job(scene.store, scene.rows(batch_id)[1].id).attempts
    assert [attempt.status for attempt in attempts] == ["error", "ok"]


def test_a_truncated_answer_can_be_asked_for_with_double_the_limit(scene: Scene) -> None:
    scene.runner()
    batch_id = scene.submit(["[[fake: first 1: length]]"], kind="dockerfile")
    scene.finished(batch_id)
    (row,) = scene.rows(batch_id)
    assert (row.status, row.reason) == (JobStatus.FAILED, Reason.TRUNCATED)
    assert async_to_sync(scene.service.retry_job)(row.id, double_limit=True)
    scene.finished(batch_id)
    limits = [request.body["max_completion_tokens"] for request in scene.llm.requests]
    assert limits[1] == 2 * limits[0] == 2 * (row.params.max_tokens or 0)


ANSWERS = [
    ("prose", Reason.INVALID, "no file"),
    ("half-json", Reason.INVALID, ""),
    ("length", Reason.TRUNCATED, "output limit"),
    ("filtered", Reason.REFUSED, "filter"),
    ("empty", Reason.BROKEN_REPLY, "empty"),
    ("malformed", Reason.BROKEN_REPLY, ""),
    ("truncated", Reason.BROKEN_REPLY, ""),
    ("huge", Reason.TOO_LARGE, "far beyond"),
    ("stall", Reason.TIMEOUT, ""),
    ("404", Reason.REJECTED, ""),
    ("400", Reason.REJECTED, ""),
]


@pytest.mark.parametrize(("fault", "reason", "words"), ANSWERS)
def test_an_answer_that_is_no_good_fails_its_job_with_a_sentence(
    scene: Scene, fault: str, reason: Reason, words: str
) -> None:
    scene.runner(OMNI_MAX_ATTEMPTS="1", OMNI_ASYNC_TIMEOUT="2")
    batch_id = scene.submit([f"[[fake: {fault}]]", "Good."], kind="prometheus-rules")
    scene.finished(batch_id)
    bad, good = scene.rows(batch_id)
    assert (bad.status, bad.reason) == (JobStatus.FAILED, reason)
    assert words in (bad.detail or "")
    assert (bad.detail or "").endswith(".") or "more)" in (bad.detail or "")
    assert good.status is JobStatus.SUCCEEDED
    assert broken(scene.store) == []


PARKED = [
    ("401", Reason.KEY, "OPENAI_API_KEY"),
    ("429 code=insufficient_quota", Reason.KEY, ""),
    ("503", Reason.PROVIDER, ""),
    ("reset", Reason.PROVIDER, ""),
]


@pytest.mark.parametrize(("fault", "reason", "words"), PARKED)
def test_what_a_person_must_mend_parks_the_job(
    scene: Scene, fault: str, reason: Reason, words: str
) -> None:
    scene.runner(OMNI_MAX_ATTEMPTS="1")
    batch_id = scene.submit([f"[[fake: {fault}]]"])
    scene.finished(batch_id)
    (bad,) = scene.rows(batch_id)
    assert (bad.status, bad.reason) == (JobStatus.PARKED, reason)
    assert words in (bad.detail or "")
    assert KEY not in (bad.detail or "")


@pytest.mark.parametrize("fault", ["503", "reset"])
def test_a_provider_failing_one_job_does_not_park_the_next(scene: Scene, fault: str) -> None:
    scene.runner(OMNI_MAX_ATTEMPTS="1")
    batch_id = scene.submit([f"[[fake: {fault}]]", "Good."])
    counts = scene.finished(batch_id).counts
    assert (counts[JobStatus.PARKED], counts[JobStatus.SUCCEEDED]) == (1, 1)


def test_a_failure_that_may_pass_is_tried_as_often_as_allowed(scene: Scene) -> None:
    scene.runner(OMNI_MAX_ATTEMPTS="3")
    batch_id = scene.submit(["[[fake: first 2: 503]]", "[[fake: truncated]]"])
    view = scene.finished(batch_id)
    assert (view.counts[JobStatus.SUCCEEDED], view.counts[JobStatus.FAILED]) == (1, 1)
    assert scene.llm.counters()["calls"] == 3 + 3


def test_nobody_comes_back_before_the_provider_said(scene: Scene) -> None:
    scene.runner(OMNI_MAX_ATTEMPTS="1")
    batch_id = scene.submit(["[[fake: first 2: 429 retry-after=1]]"])
    scene.wait_for(batch_id, JobStatus.QUEUED)
    wait_until(lambda: scene.rows(batch_id)[0].reason is Reason.RATE_LIMIT)
    assert scene.rows(batch_id)[0].not_before is not None
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 1
    counted = scene.llm.counters()
    assert (counted["calls"], counted["early"]) == (3, 0)


def test_an_endpoint_that_this_runner_does_not_have_parks_its_jobs(scene: Scene) -> None:
    batch_id = scene.submit(numbered(3))
    scene.runner(OPENAI_API_KEY="", OPENAI_BASE_URL="")
    assert scene.finished(batch_id).counts[JobStatus.PARKED] == 3
    row = scene.rows(batch_id)[0]
    assert (row.reason, "openai is not set up" in (row.detail or "")) == (Reason.KEY, True)


def test_a_provider_that_is_gone_parks_its_jobs_and_leaves_the_others_alone(scene: Scene) -> None:
    scene.runner(OPENAI_BASE_URL="http://127.0.0.1:9/v1", OMNI_MAX_ATTEMPTS="1")
    batch_id = scene.submit(numbered(2))
    other = scene.submit(["A Flask shop."], "dockerfile", "blueprint")
    assert scene.finished(other).counts[JobStatus.SUCCEEDED] == 1
    assert scene.finished(batch_id).counts[JobStatus.PARKED] == 2
    assert scene.rows(batch_id)[0].reason is Reason.PROVIDER


def test_the_key_stands_nowhere_in_what_is_kept_or_shown(scene: Scene) -> None:
    said = {"error": {"message": f"Incorrect API key provided: {KEY}.", "code": "invalid_api_key"}}
    scene.llm.will_reply(401, said)
    scene.runner(OMNI_LOG_LEVEL="debug")
    batch_id = scene.submit(["A shop."])
    scene.finished(batch_id)
    (attempt,) = reads.job(scene.store, scene.rows(batch_id)[0].id).attempts
    assert "Incorrect API key provided" in (attempt.provider_message or "")
    assert KEY not in repr(attempt)
    kept = [path for path in scene.service.settings.data_dir.rglob("*") if path.is_file()]
    assert kept
    with scene.store.read() as connection:
        rows = [
            row for table in metadata.sorted_tables for row in connection.execute(table.select())
        ]
    for secret in (KEY, PASSWORD):
        assert [path for path in kept if secret.encode() in path.read_bytes()] == []
        assert secret not in repr(rows)
