"""What an endpoint may have in a minute, over the end of a runner."""

import pytest
from asgiref.sync import async_to_sync

from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.batch import JobStatus, Reason

REQUESTS = 5


@pytest.fixture
def endpoint_file() -> str:
    """Two endpoints, of which one may have only so many requests in a minute."""
    return f"[endpoints.openai]\nrequests_per_minute = {REQUESTS}\n"


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_new_runner_heeds_the_minute_of_the_one_before(pair: Scene, *, is_killed: bool) -> None:
    first = pair.runner()
    done = pair.submit(numbered(REQUESTS))
    assert pair.finished(done).counts[JobStatus.SUCCEEDED] == REQUESTS
    first.process.kill() if is_killed else first.process.terminate()
    first.wait()
    pair.runner()
    batch_id = pair.submit(["One more."])
    wait_until(lambda: pair.rows(batch_id)[0].reason is Reason.COOLING)
    assert "in a minute" in (pair.rows(batch_id)[0].detail or "")
    assert pair.llm.counters()["calls"] == REQUESTS


def test_jobs_run_here_heed_it_too(pair: Scene) -> None:
    batch_id = pair.submit(numbered(REQUESTS + 1))
    run_here = async_to_sync(pair.service.run_here)
    assert [run_here(batch_id) for _ in range(REQUESTS + 1)] == [True] * REQUESTS + [False]
    assert pair.llm.counters()["calls"] == REQUESTS
