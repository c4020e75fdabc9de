"""Running a job inside a request, where no runner lives."""

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.batch import JobStatus
from webapp.domain.errors import CannotRunHere
from webapp.fake_provider import Behaviour
from webapp.store import reads
from webapp.store.sqlite import SqliteStore


def run_here(scene: Scene, batch_id: str) -> bool:
    return async_to_sync(scene.service.run_here)(batch_id)


def test_each_asking_runs_one_job_to_its_end(scene: Scene) -> None:
    batch_id = scene.submit(numbered(2), kind="dockerfile")
    assert run_here(scene, batch_id)
    assert [row.status for row in scene.rows(batch_id)] == [JobStatus.SUCCEEDED, JobStatus.QUEUED]
    assert run_here(scene, batch_id)
    assert not run_here(scene, batch_id)
    assert scene.batch(batch_id).is_finished
    assert broken(scene.store) == []


def test_a_living_runner_is_left_to_do_it(scene: Scene) -> None:
    scene.runner()
    with pytest.raises(CannotRunHere, match="at work"):
        run_here(scene, scene.submit(["A shop."]))


def test_a_large_batch_needs_a_runner(scene: Scene) -> None:
    batch_id = scene.submit(numbered(11))
    with pytest.raises(CannotRunHere, match="OMNI_RUN_HERE_MAX_JOBS"):
        run_here(scene, batch_id)
    assert scene.llm.counters()["calls"] == 0


def test_what_a_dead_runner_had_received_is_checked_and_not_called_again(scene: Scene) -> None:
    batch_id = scene.submit(["A rule."], kind="dockerfile")
    scene.start("runner", OMNI_CRASH_AT="before_commit").wait()
    if not isinstance(scene.store, SqliteStore):  # there a lock tells at once that it is dead
        wait_until(lambda: not reads.runner_state(scene.store).is_alive)
    assert not run_here(scene, batch_id)
    assert scene.batch(batch_id).counts[JobStatus.SUCCEEDED] == 1
    assert scene.llm.counters()["calls"] == 1


def test_a_job_cancelled_meanwhile_is_given_up(scene: Scene) -> None:
    scene.llm.set(Behaviour(latency_s=60))
    batch_id = scene.submit(["A shop."])
    request = threading.Thread(target=lambda: asyncio.run(scene.service.run_here(batch_id)))
    request.start()
    wait_until(lambda: scene.llm.counters()["in_flight"] == 1)
    async_to_sync(scene.service.cancel)(batch_id)
    request.join()
    assert scene.llm.counters()["in_flight"] == 0
    assert scene.batch(batch_id).counts[JobStatus.CANCELLED] == 1
