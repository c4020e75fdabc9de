"""Runners that are dead, frozen, or stand still, and clocks that jump."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import Running, wait_until
from webapp.domain.batch import JobStatus
from webapp.fake_provider import Behaviour
from webapp.settings import ROOT
from webapp.store import reads


def test_a_dead_runner_is_told_on_the_page_and_to_who_asks_for_readiness(
    scene: Scene, client: FlaskClient
) -> None:
    scene.llm.set(Behaviour(latency_s=60))
    batch_id = scene.submit(["A shop."])
    runner = scene.runner()
    wait_until(lambda: client.get("/readyz").status_code == 200)
    assert 'id="no-runner"' not in client.get(f"/batches/{batch_id}").text
    runner.process.kill()
    wait_until(lambda: client.get("/readyz").status_code == 503)
    wait_until(lambda: 'id="no-runner"' in client.get(f"/batches/{batch_id}").text)
    assert client.get("/healthz").status_code == 200


def test_a_frozen_runner_is_told_and_nobody_takes_over_what_it_still_holds(
    scene: Scene, client: FlaskClient
) -> None:
    scene.llm.set(Behaviour(latency_s=1))
    frozen, *waiting = scene.runner(), scene.start("runner"), scene.start("runner")
    batch_id = scene.submit(numbered(9), at_once=3)
    wait_until(lambda: scene.llm.counters()["in_flight"] == 3)
    frozen.process.send_signal(signal.SIGSTOP)
    wait_until(lambda: 'id="no-runner"' in client.get(f"/batches/{batch_id}").text)
    wait_until(lambda: all("another runner" in each.err.read_text() for each in waiting))
    assert scene.llm.counters()["calls"] == 3
    frozen.process.send_signal(signal.SIGCONT)
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 9
    assert frozen.process.poll() is None
    assert scene.llm.counters()["calls"] == 9
    assert not any(" works\n" in each.err.read_text() for each in waiting)
    assert broken(scene.store) == []


def test_a_runner_whose_loop_stands_still_ends_and_says_where(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    batch_id = scene.submit(numbered(3))
    err = tmp_path / "blocked.txt"
    with err.open("wb") as stderr:
        command = [sys.executable, "-m", "tests.faults.blocked_runner"]
        with subprocess.Popen(command, env=env, cwd=ROOT, stderr=stderr) as blocked:
            assert blocked.wait(90) == 70
    assert "the runner has stood still at " in err.read_text()
    scene.runner()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 3


@pytest.fixture
def at_time(
    env: dict[str, str], tmp_path: Path, start: Callable[..., Running]
) -> Callable[[str], Running]:
    """Start a runner whose clock is off by so much, as long as the file `clock` does not change."""
    faketime = shutil.which("faketime")
    assert faketime is not None
    shown = subprocess.run(
        [faketime, "-f", "+0", "sh", "-c", "echo $LD_PRELOAD"], capture_output=True, text=True
    )
    clock = tmp_path / "clock"

    def begin(offset: str) -> Running:
        clock.write_text(offset)
        return start(
            "runner",
            LD_PRELOAD=shown.stdout.strip(),
            FAKETIME_TIMESTAMP_FILE=str(clock),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )

    return begin


def durations(scene: Scene, batch_id: str) -> list[float]:
    """Of every job and call, in seconds."""
    jobs = [reads.job(scene.store, row.id) for row in scene.rows(batch_id)]
    calls = [attempt.elapsed_s for each in jobs for attempt in each.attempts]
    return [each for each in (*calls, *(j.job.elapsed_s for j in jobs)) if each is not None]


def test_runners_with_clocks_an_hour_apart_follow_each_other(
    scene: Scene, at_time: Callable[[str], Running]
) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    batch_id = scene.submit(numbered(160), at_once=8)
    in_flight = 0
    for offset, done in (("+0", 20), ("+3600s", 60), ("-3600s", 100)):
        runner = at_time(offset)
        scene.wait_for(batch_id, JobStatus.SUCCEEDED, done)
        runner.process.kill()
        runner.wait()
        in_flight += scene.batch(batch_id).counts[JobStatus.RUNNING]
    at_time("+0")
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 160
    assert scene.llm.counters()["duplicates"] <= in_flight
    assert min(durations(scene, batch_id)) >= 0
    assert broken(scene.store) == []


def test_a_clock_that_jumps_makes_no_call_longer_and_none_too_early(
    scene: Scene, at_time: Callable[[str], Running], tmp_path: Path
) -> None:
    scene.llm.set(Behaviour(latency_s=0.5, rate=20, burst=5))
    batch_id = scene.submit(numbered(60), at_once=8)
    at_time("+0")
    for offset, done in (("+3600s", 10), ("-3600s", 25), ("+0", 40)):
        scene.wait_for(batch_id, JobStatus.SUCCEEDED, done)
        clock = tmp_path / "clock.new"
        clock.write_text(offset)
        os.replace(clock, tmp_path / "clock")
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 60
    counters = scene.llm.counters()
    assert (counters["duplicates"] <= counters["by_status"].get("429", 0), counters["early"]) == (
        True, 0
    )  # fmt: skip
    calls = [
        attempt.elapsed_s
        for row in scene.rows(batch_id)
        for attempt in reads.job(scene.store, row.id).attempts
        if attempt.elapsed_s is not None
    ]
    assert min(calls) >= 0
    assert max(calls) < 30
    assert broken(scene.store) == []
