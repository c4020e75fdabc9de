"""Several runners over one PostgreSQL: they share the work, and each other's fate."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from sqlalchemy import select

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.postgres_server import PostgresServer
from tests.processes import wait_until
from tests.redis_server import redis_server
from webapp.domain.batch import JobStatus, Policy
from webapp.domain.errors import StoreBusy
from webapp.fake_provider import Behaviour
from webapp.store import reads
from webapp.store.models import batch, job


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


def runners_of(scene: Scene, batch_id: str) -> set[str]:
    """Who claimed the jobs of a batch."""
    with scene.store.read() as connection:
        return set(connection.scalars(select(job.c.runner_id).where(job.c.batch_id == batch_id)))


def test_two_runners_share_a_batch_and_never_exceed_its_concurrency(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    scene.runner()
    scene.runner()
    batch_id = scene.submit(numbered(120), kind="prometheus-rules", at_once=8)
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 120
    assert len(runners_of(scene, batch_id)) == 2
    counters = scene.llm.counters()
    assert (counters["calls"], counters["duplicates"]) == (120, 0)
    assert counters["peak_in_flight"] <= 8
    assert broken(scene.store) == []


def test_the_cap_of_an_endpoint_holds_over_all_runners_and_batches(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    for _ in range(3):
        scene.runner(OMNI_MAX_CONCURRENT_REQUESTS="4")
    batches = [scene.submit(numbered(40, words), at_once=6) for words in ("a", "b", "c")]
    for batch_id in batches:
        assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 40
    counters = scene.llm.counters()
    assert counters["calls"] == 120
    assert counters["peak_in_flight"] == 4


def test_the_jobs_of_a_runner_that_is_killed_for_good_go_on_at_another(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.2))
    dying = scene.runner()
    scene.runner()
    batch_id = scene.submit(numbered(200), kind="prometheus-rules", at_once=8)
    scene.wait_for(batch_id, JobStatus.SUCCEEDED, 20)
    dying.process.kill()
    dying.wait()
    in_flight = scene.batch(batch_id).counts[JobStatus.RUNNING]
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 200
    assert 0 < scene.llm.counters()["duplicates"] <= in_flight
    assert broken(scene.store) == []


def test_nothing_is_called_twice_where_nothing_may_be(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.2))
    dying = scene.runner()
    scene.runner()
    batch_id = scene.submit(numbered(200), at_once=8, policy=Policy.NEVER_TWICE)
    scene.wait_for(batch_id, JobStatus.SUCCEEDED, 20)
    dying.process.kill()
    dying.wait()
    counts = scene.finished(batch_id).counts
    assert counts[JobStatus.SUCCEEDED] + counts[JobStatus.PARKED] == 200
    assert 0 < counts[JobStatus.PARKED] <= 8
    assert scene.llm.counters()["duplicates"] == 0
    assert broken(scene.store) == []


def test_a_runner_that_was_frozen_and_taken_for_dead_writes_nothing_and_ends(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.2))
    frozen = scene.runner()
    batch_id = scene.submit(numbered(60), at_once=8)
    scene.wait_for(batch_id, JobStatus.SUCCEEDED, 10)
    os.kill(frozen.process.pid, signal.SIGSTOP)
    other = scene.runner()
    wait_until(lambda: "took over" in other.err.read_text())
    os.kill(frozen.process.pid, signal.SIGCONT)
    assert frozen.wait() == 1
    assert "was silent for too long" in frozen.err.read_text()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 60
    assert scene.llm.counters()["peak_in_flight"] <= 16
    assert broken(scene.store) == []


def test_a_process_that_freezes_while_it_changes_a_batch_holds_nobody_up_for_good(
    scene: Scene,
) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    scene.runner()
    batch_id = scene.submit(numbered(60), at_once=8)
    scene.wait_for(batch_id, JobStatus.SUCCEEDED, 10)
    with ExitStack() as frozen:
        connection = frozen.enter_context(scene.store.write())
        connection.execute(select(batch.c.id).with_for_update())
        assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 60
        with pytest.raises(StoreBusy):
            frozen.close()
    assert broken(scene.store) == []


def test_a_runner_that_is_told_to_end_hands_its_lanes_on(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=0.3))
    ending = scene.runner()
    batch_id = scene.submit(numbered(60), at_once=6)
    scene.wait_for(batch_id, JobStatus.SUCCEEDED, 6)
    scene.runner()
    ending.process.terminate()
    assert ending.wait() == 0
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 60
    counters = scene.llm.counters()
    assert (counters["calls"], counters["peak_in_flight"]) == (60, 6)
    assert broken(scene.store) == []


def test_runners_share_results_in_a_redis_and_lose_nothing_with_it(
    scene: Scene, tmp_path: Path
) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    with redis_server(tmp_path) as redis:
        for _ in range(2):
            scene.runner(OMNI_REDIS_URL=redis.url)
        first = scene.submit(numbered(40), kind="prometheus-rules", at_once=8)
        assert scene.finished(first).counts[JobStatus.SUCCEEDED] == 40
        wait_until(lambda: redis.client.dbsize() >= 40)
        assert len(runners_of(scene, first)) == 2
        second = scene.submit(numbered(80, "again"), kind="prometheus-rules", at_once=8)
        scene.wait_for(second, JobStatus.SUCCEEDED, 10)
        redis.stop()
        assert scene.finished(second).counts[JobStatus.SUCCEEDED] == 80
    counters = scene.llm.counters()
    assert (counters["calls"], counters["duplicates"]) == (120, 0)
    assert broken(scene.store) == []


def test_a_cancelled_batch_stops_at_every_runner(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=60))
    scene.runner()
    scene.runner()
    batch_id = scene.submit(numbered(40), at_once=8)
    wait_until(lambda: scene.llm.counters()["in_flight"] == 8)
    async_to_sync(scene.service.cancel)(batch_id)
    wait_until(lambda: scene.llm.counters()["in_flight"] == 0)
    assert scene.batch(batch_id).counts[JobStatus.CANCELLED] == 40
    assert scene.llm.counters()["calls"] == 8


def test_retried_jobs_find_lanes_again(scene: Scene) -> None:
    scene.runner()
    batch_id = scene.submit(numbered(5))
    scene.finished(batch_id)
    first = scene.rows(batch_id)[0]
    async_to_sync(scene.service.retry_job)(first.id)
    wait_until(lambda: len(reads.job(scene.store, first.id).attempts) == 2)
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 5
