"""A database that is locked, read for long, or of another version."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask.testing import FlaskClient

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.batch import JobStatus
from webapp.fake_provider import Behaviour
from webapp.store import reads, schema
from webapp.store.runners import enlist
from webapp.store.sqlite import KEPT_WAL_BYTES, SqliteStore, sqlite_module

FORM = {"brief": "A shop.", "kinds": "text", "models": "openai:m", "nonce": "n1"}
HEADERS = {"Sec-Fetch-Site": "same-origin"}
MOST_WAL_BYTES = 256 * 1024 * 1024


def file_of(scene: Scene) -> Path:
    """Where the database is."""
    assert isinstance(scene.store, SqliteStore)
    return scene.store.path


@contextmanager
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A program of somebody else that looks into the database."""
    other = sqlite_module().connect(path, isolation_level=None)
    try:
        yield other
    finally:
        other.close()


def test_while_the_database_is_locked_nothing_is_lost_and_it_is_told(
    scene: Scene, client: FlaskClient
) -> None:
    scene.llm.set(Behaviour(latency_s=0.5))
    running = scene.submit(numbered(20), at_once=4)
    runner = scene.runner()
    scene.wait_for(running, JobStatus.SUCCEEDED, 4)
    with connection(file_of(scene)) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused = client.post("/batches", data=FORM, headers=HEADERS)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert "The database is busy; nothing was saved." in refused.text
        wait_until(lambda: "holds its results" in runner.err.read_text())
        assert client.get(f"/batches/{running}").status_code == 200
        other.execute("ROLLBACK")
    assert client.post("/batches", data=FORM, headers=HEADERS).status_code == 303
    assert scene.finished(running).counts[JobStatus.SUCCEEDED] == 20
    wait_until(lambda: all(each.is_finished for each in reads.batches(scene.store)[0]))
    assert [each.total for each in reads.batches(scene.store)[0]] == [1, 20]
    assert scene.llm.counters()["calls"] == 21
    runner.process.terminate()
    runner.wait()
    assert broken(scene.store) == []


def test_the_log_of_the_database_shrinks_once_a_long_reader_is_gone(scene: Scene) -> None:
    scene.runner()
    log = file_of(scene).with_name(file_of(scene).name + "-wal")
    with connection(file_of(scene)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM job").fetchall()
        batch_id = scene.submit(numbered(3000, "words " * 200), at_once=64)
        wait_until(lambda: scene.batch(batch_id).counts[JobStatus.SUCCEEDED] >= 1500)
        grown = log.stat().st_size
    assert KEPT_WAL_BYTES < grown < MOST_WAL_BYTES
    wait_until(lambda: log.stat().st_size <= KEPT_WAL_BYTES)


def migrate(scene: Scene, revision: str) -> None:
    with connection(file_of(scene)) as other:
        other.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_a_runner_that_outlives_an_upgrade_stops_with_a_sentence_and_writes_no_more(
    scene: Scene,
) -> None:
    scene.llm.set(Behaviour(latency_s=0.3))
    batch_id = scene.submit(numbered(40), at_once=4)
    runner = scene.runner()
    scene.wait_for(batch_id, JobStatus.SUCCEEDED, 4)
    migrate(scene, "9999")
    before = scene.batch(batch_id)
    assert runner.wait() == 1
    assert scene.batch(batch_id) == before
    said = runner.err.read_text()
    assert "the runner ended: The database was changed by another version" in said
    assert "Traceback" not in said
    another = scene.start("runner")
    assert another.wait() == 1
    assert "is of a newer version of Omni-Architect (9999)" in another.err.read_text()
    migrate(scene, schema.newest())
    scene.runner()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 40
    assert scene.llm.counters()["duplicates"] <= 4
    assert broken(scene.store) == []


def test_pages_that_outlive_an_upgrade_say_so(scene: Scene, client: FlaskClient) -> None:
    enlist(scene.store, "r1", "host", 1)
    assert client.get("/readyz").status_code == 200
    migrate(scene, "9999")
    refused = client.post("/batches", data=FORM, headers=HEADERS)
    assert refused.status_code == 503
    assert "another version of Omni-Architect (9999 instead of" in refused.text
    assert client.get("/readyz").get_json() == {"database": True, "schema": False, "runner": True}
    with connection(file_of(scene)) as other:
        other.execute("ALTER TABLE batch RENAME COLUMN title TO name")
    unreadable = client.get("/batches")
    assert unreadable.status_code == 503
    assert "another version of Omni-Architect" in unreadable.text


def test_fifty_submits_of_one_form_at_once_are_one_batch(scene: Scene, client: FlaskClient) -> None:
    app = client.application
    statuses: list[int] = []

    def submit() -> None:
        answer = app.test_client().post("/batches", data=FORM, headers=HEADERS)
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=submit) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [303] * 50
    assert reads.batches(scene.store)[1] == 1
