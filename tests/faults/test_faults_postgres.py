"""A PostgreSQL that goes away and comes back: what waits, waits; nothing is lost."""

from collections.abc import Iterator

import pytest

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.postgres_server import PostgresServer, postgres_server
from webapp.domain.batch import JobStatus
from webapp.fake_provider import Behaviour

TIMES = 10


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """A server of the test's own."""
    with postgres_server() as server:
        server.make_template()
        yield server


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.mark.parametrize("hard", [False, True])
def test_a_batch_survives_a_database_that_is_started_again_and_again(
    scene: Scene, postgres: PostgresServer, hard: bool
) -> None:
    scene.llm.set(Behaviour(latency_s=0.1))
    runners = [scene.runner(), scene.runner()]
    batch_id = scene.submit(numbered(400), kind="prometheus-rules", at_once=8)
    for time in range(TIMES):
        scene.wait_for(batch_id, JobStatus.SUCCEEDED, 5 + 20 * time)
        postgres.stop(hard=hard)
        postgres.start()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 400
    assert [runner.process.poll() for runner in runners] == [None, None]
    assert scene.llm.counters()["duplicates"] == 0
    assert broken(scene.store) == []
