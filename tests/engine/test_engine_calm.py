"""A runner that meets a wrong key, a rate limit, or errors, and makes no storm of it."""

from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import KEY, Scene, numbered
from webapp.domain.batch import JobStatus, Reason, Retries
from webapp.fake_provider import Behaviour, RetryAfter
from webapp.store import reads

AT_ONCE = 3


def test_a_wrong_key_parks_the_jobs_of_its_endpoint_and_no_others(pair: Scene) -> None:
    pair.llm.set(Behaviour(latency_s=0.05, key=KEY))
    first = pair.runner(OPENAI_API_KEY="wrong")
    dead = [pair.submit(numbered(20, str(n)), at_once=AT_ONCE) for n in range(2)]
    alive = pair.submit(numbered(20), model="second:s", at_once=AT_ONCE)
    assert pair.finished(alive).counts[JobStatus.SUCCEEDED] == 20
    for batch_id in dead:
        assert pair.finished(batch_id).counts[JobStatus.PARKED] == 20
        assert {row.reason for row in pair.rows(batch_id)} == {Reason.KEY}
    assert 1 <= pair.llm.counters()["by_status"]["401"] <= 2 * AT_ONCE
    first.process.terminate()
    first.wait()
    second = pair.runner()
    assert async_to_sync(pair.service.go_on_at)("openai") == 40
    for batch_id in dead:
        assert pair.finished(batch_id).counts[JobStatus.SUCCEEDED] == 20
    second.process.terminate()
    second.wait()
    assert broken(pair.store) == []


def test_a_call_over_a_dead_connection_goes_again_at_once_and_is_no_try(scene: Scene) -> None:
    scene.runner(OMNI_MAX_ATTEMPTS="1")
    briefs = ["Opens a connection.", "Finds it dead. [[fake: first 1: reset]]"]
    batch_id = scene.submit(briefs, at_once=1)
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 2
    attempts = [reads.job(scene.store, row.id).attempts for row in scene.rows(batch_id)]
    assert [len(each) for each in attempts] == [1, 1]
    assert scene.llm.counters()["calls"] == 3


def test_one_refusal_makes_everybody_wait(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    scene.runner()
    limited = ["First. [[fake: first 1: 429 retry-after=2]]"]
    batch_id = scene.submit([*numbered(10), *limited, *numbered(40, "later")], at_once=4)
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 51
    counted = scene.llm.counters()
    assert (counted["calls"], counted["early"]) == (52, 0)


def test_a_rate_is_found_without_a_storm(scene: Scene) -> None:
    rate = Behaviour(rate=20, burst=5, retry_after=RetryAfter.MIXED, rate_headers=False)
    scene.llm.set(rate)
    scene.runner()
    batch_id = scene.submit(numbered(60), at_once=16)
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 60
    counted = scene.llm.counters()
    assert counted["early"] == 0
    assert counted["calls"] <= 1.2 * 60 + 16  # nobody knew when the first went together


def test_a_rate_that_is_told_is_kept_to_from_the_start(scene: Scene) -> None:
    scene.llm.set(Behaviour(rate=20, burst=5))
    scene.runner()
    scene.finished(scene.submit(numbered(60), at_once=16))
    counted = scene.llm.counters()
    assert counted["early"] == 0
    assert counted["calls"] <= 1.1 * 60


TRIES = [
    (Retries.OFF, "[[fake: first 1: 500]]", JobStatus.PARKED, 1),
    (Retries.OFF, "[[fake: first 1: 429 retry-after=1]]", JobStatus.PARKED, 1),
    (Retries.DEFAULT, "[[fake: first 1: 500]]", JobStatus.PARKED, 1),
    (Retries.PATIENT, "[[fake: first 2: 500]]", JobStatus.SUCCEEDED, 3),
]


def test_a_batch_says_how_often_a_call_is_tried_again(scene: Scene) -> None:
    running = scene.runner(OMNI_MAX_ATTEMPTS="1")
    batches = [
        scene.submit([f"{n}. {brief}"], retries=how) for n, (how, brief, *_) in enumerate(TRIES)
    ]
    for batch_id, (_, _, status, calls) in zip(batches, TRIES, strict=True):
        scene.finished(batch_id)
        (row,) = scene.rows(batch_id)
        assert (row.status, len(reads.job(scene.store, row.id).attempts)) == (status, calls)
    running.process.terminate()
    running.wait()
    assert broken(scene.store) == []
