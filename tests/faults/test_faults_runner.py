"""`kill -9` of the runner: nothing is lost, nothing finished is done again."""

import signal

import pytest
from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.batch import JobStatus, Policy, Reason
from webapp.fake_provider import Behaviour
from webapp.store import reads

AT_ONCE = 16


def finished_ids(scene: Scene, batch_id: str) -> set[str]:
    return {row.id for row in scene.rows(batch_id) if row.status is JobStatus.SUCCEEDED}


def test_200_jobs_survive_a_runner_that_is_killed_again_and_again(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.05))
    batch_id = scene.submit(numbered(200), kind="prometheus-rules", at_once=AT_ONCE)
    in_flight = 0
    attempts = 0
    for done in (20, 80, 150):
        runner = scene.runner()
        scene.wait_for(batch_id, JobStatus.SUCCEEDED, done)
        runner.process.kill()
        runner.wait()
        in_flight += scene.batch(batch_id).counts[JobStatus.RUNNING]
        before = finished_ids(scene, batch_id)
        attempts = sum(len(reads.job(scene.store, job_id).attempts) for job_id in before)
        assert len(before) >= done
    scene.runner()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 200
    assert attempts == sum(len(reads.job(scene.store, job_id).attempts) for job_id in before)
    assert 0 < in_flight <= 3 * AT_ONCE
    assert scene.llm.counters()["duplicates"] <= in_flight
    assert broken(scene.store) == []


@pytest.mark.parametrize(
    ("point", "calls"),
    [
        ("after_mark", 1),  # it died before the first byte left
        ("after_send", 2),
        ("during_stream", 2),
        ("after_answer", 2),
        ("during_check", None),  # the answer may or may not have been stored by then
        ("before_commit", 1),  # the answer was stored: it is checked again
        ("after_commit", 1),
    ],
)
def test_a_runner_that_dies_at_a_named_point_is_followed_by_one_that_finishes(
    scene: Scene, point: str, calls: int | None
) -> None:
    batch_id = scene.submit(["A rule."], kind="dockerfile")
    dying = scene.start("runner", OMNI_CRASH_AT=point)
    assert dying.wait() == -signal.SIGKILL
    scene.runner()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 1
    assert calls in (None, scene.llm.counters()["calls"])
    assert broken(scene.store) == []


def test_a_call_in_flight_at_a_kill_is_repeated_and_told(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=60))
    batch_id = scene.submit(["A shop."])
    runner = scene.runner()
    wait_until(lambda: scene.llm.counters()["in_flight"] == 1)
    runner.process.kill()
    runner.wait()
    scene.llm.set(Behaviour())
    scene.runner()
    scene.finished(batch_id)
    attempts = reads.job(scene.store, scene.rows(batch_id)[0].id).attempts
    assert [attempt.status for attempt in attempts] == ["undecided", "ok"]
    assert "may have been charged" in (attempts[0].sentence or "")


def test_nothing_is_called_twice_over_kills_where_nothing_may_be(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.05))
    batch_id = scene.submit(
        numbered(100), kind="prometheus-rules", at_once=AT_ONCE, policy=Policy.NEVER_TWICE
    )
    for done in (20, 60):
        runner = scene.runner()
        scene.wait_for(batch_id, JobStatus.SUCCEEDED, done)
        runner.process.kill()
        runner.wait()
    scene.runner()
    counts = scene.finished(batch_id).counts
    assert counts[JobStatus.SUCCEEDED] + counts[JobStatus.PARKED] == 100
    assert 0 < counts[JobStatus.PARKED] <= 2 * AT_ONCE
    assert reads.undecided(scene.store, batch_id) == counts[JobStatus.PARKED]
    assert scene.llm.counters()["duplicates"] == 0
    assert broken(scene.store) == []


def test_an_answer_whose_check_kills_the_runner_again_and_again_is_given_up(scene: Scene) -> None:
    batch_id = scene.submit(["A rule."], kind="dockerfile")
    for _ in range(4):  # the first time others were checked beside it
        assert scene.start("runner", OMNI_CRASH_AT="before_commit").wait() == -signal.SIGKILL
    scene.runner()
    scene.finished(batch_id)
    row = scene.rows(batch_id)[0]
    assert (row.status, row.reason) == (JobStatus.FAILED, Reason.CRASHED_RUNNER)
    assert scene.llm.counters()["calls"] == 1


def test_a_second_runner_waits_says_so_and_takes_over(scene: Scene) -> None:
    first = scene.runner()
    second = scene.start("runner")
    wait_until(lambda: "another runner works on this data folder" in second.err.read_text())
    batch_id = scene.submit(numbered(3))
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 3
    first.process.kill()
    wait_until(lambda: " works" in second.err.read_text())
    assert scene.finished(scene.submit(["Another."])).counts[JobStatus.SUCCEEDED] == 1


def test_a_runner_that_waits_can_be_ended(scene: Scene) -> None:
    scene.runner()
    second = scene.start("runner")
    wait_until(lambda: "another runner" in second.err.read_text())
    second.process.terminate()
    assert second.wait() == 0


def test_a_runner_that_is_told_to_end_lets_calls_end_and_claims_no_more(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=1))
    runner = scene.runner()
    batch_id = scene.submit(numbered(9), at_once=3)
    wait_until(lambda: scene.llm.counters()["in_flight"] == 3)
    runner.process.terminate()
    assert runner.wait() == 0
    counts = scene.batch(batch_id).counts
    assert (counts[JobStatus.SUCCEEDED], counts[JobStatus.QUEUED]) == (3, 6)
    assert scene.llm.counters()["calls"] == 3
    assert broken(scene.store) == []


def test_lanes_that_wait_for_a_slot_claim_nothing_once_the_runner_ends(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=1))
    runner = scene.runner(OMNI_MAX_CONCURRENT_REQUESTS="2")
    batches = [scene.submit(numbered(9, f"of {n}"), at_once=9) for n in range(2)]
    wait_until(lambda: scene.llm.counters()["in_flight"] == 2)
    runner.process.terminate()
    assert runner.wait() == 0
    assert scene.llm.counters()["calls"] == 2
    assert sum(scene.batch(batch_id).counts[JobStatus.QUEUED] for batch_id in batches) == 16
    assert broken(scene.store) == []


def test_the_lanes_of_a_cancelled_batch_let_others_go_on(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.2))
    scene.runner(OMNI_MAX_CONCURRENT_REQUESTS="2")
    cancelled, other = (scene.submit(numbered(9, f"of {n}"), at_once=9) for n in range(2))
    scene.wait_for(cancelled, JobStatus.SUCCEEDED)
    async_to_sync(scene.service.cancel)(cancelled)
    assert scene.finished(other).counts[JobStatus.SUCCEEDED] == 9
    again = scene.submit(numbered(9, "again"), at_once=9)
    assert scene.finished(again).counts[JobStatus.SUCCEEDED] == 9


def test_a_runner_that_is_told_twice_hands_its_jobs_back(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=60))
    runner = scene.runner()
    batch_id = scene.submit(numbered(4), at_once=3)
    wait_until(lambda: scene.llm.counters()["in_flight"] == 3)
    runner.process.terminate()
    wait_until(lambda: "told to end" in runner.err.read_text())
    runner.process.terminate()
    assert runner.wait() == 0
    assert scene.batch(batch_id).counts[JobStatus.QUEUED] == 4
    attempts = reads.job(scene.store, scene.rows(batch_id)[0].id).attempts
    assert [attempt.status for attempt in attempts] == ["undecided"]
    assert broken(scene.store) == []
