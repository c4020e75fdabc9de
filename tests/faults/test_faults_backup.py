"""A backup that is taken while a batch runs can be gone on from."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.batch import JobStatus
from webapp.fake_provider import Behaviour
from webapp.store import reads
from webapp.store.database import Store, open_store

Omni = Callable[..., subprocess.CompletedProcess[str]]
JOBS = 400
SUCCEEDED = JobStatus.SUCCEEDED


def done(store: Store, batch_id: str) -> int:
    return reads.batch(store, batch_id).counts[SUCCEEDED]


@pytest.fixture
def restored(tmp_path: Path) -> Path:
    """A data folder with nothing in it yet."""
    folder = tmp_path / "restored"
    folder.mkdir(mode=0o700)
    return folder


def test_a_batch_goes_on_from_a_backup_taken_while_it_ran(
    scene: Scene, omni: Omni, restored: Path, tmp_path: Path
) -> None:
    scene.llm.set(Behaviour(latency_s=0.2))
    batch_id = scene.submit(numbered(JOBS), kind="prometheus-rules", at_once=16)
    live = scene.runner()
    backups: list[tuple[Path, int, int]] = []
    for least in (50, 150, 300):
        scene.wait_for(batch_id, SUCCEEDED, least)
        file = tmp_path / f"backup-{least}.sqlite3"
        before = done(scene.store, batch_id)
        taken = omni("db", "backup", str(file))
        assert taken.returncode == 0, taken.stderr
        backups.append((file, before, done(scene.store, batch_id)))
    live.process.kill()
    live.wait()

    shutil.copyfile(backups[1][0], restored / "omni.sqlite3")
    for file, before, after in backups:
        copy = open_store(file)
        assert before <= done(copy, batch_id) <= after < JOBS
        copy.close()
    scene.runner(OMNI_DATA_DIR=str(restored))
    store = open_store(restored / "omni.sqlite3")
    wait_until(lambda: reads.batch(store, batch_id).is_finished)
    assert done(store, batch_id) == JOBS
    assert broken(store) == []
    store.close()
