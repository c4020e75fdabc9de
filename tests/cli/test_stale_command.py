import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from sqlalchemy import update

from tests.processes import Running, wait_until
from tests.rows import all_rows
from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile
from webapp.domain.batch import BatchSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.service import Service, open_service
from webapp.settings import Settings
from webapp.store.database import Store
from webapp.store.models import batch, job

Omni = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def service(env: dict[str, str]) -> Iterator[Service]:
    """The service over the data folder of the commands."""
    folder = Path(env["OMNI_DATA_DIR"])
    service = open_service(
        Settings(_env_file=None, data_dir=folder, find_ollama=False, full_checks=False)
    )
    yield service
    service.store.close()


@pytest.fixture
def store(service: Service) -> Store:
    return service.store


@pytest.fixture
def batch_id(service: Service) -> str:
    """A batch of two results."""
    kinds = [KindChoice("dockerfile"), KindChoice("compose")]
    jobs = matrix("A shop.", kinds, [ModelChoice.parse("blueprint")])
    batch_id = async_to_sync(service.submit)(BatchSpec("A shop.", jobs, Mode.ASYNC, 3))
    hand = Hand(service.store)
    for _ in jobs:
        claimed = hand.claim(batch_id)
        hand.answer(claimed)
        hand.end(claimed, artifact=Artifact((ArtifactFile("a", "b\n"),), (), ()))
    return batch_id


@pytest.fixture
def old_id(batch_id: str, store: Store) -> str:
    """The same as if another version had made it, and asked the second job otherwise."""
    with store.write() as connection:
        of_batch = update(batch).where(batch.c.id == batch_id)
        connection.execute(of_batch.values(templates="those of the version before"))
        second = (job.c.batch_id == batch_id) & (job.c.seq == 2)
        connection.execute(update(job).where(second).values(cache_key="that of before"))
    return batch_id


def marks(store: Store, batch_id: str) -> list[bool]:
    return [row.is_stale for row in all_rows(store, batch_id)]


def test_what_another_version_asked_otherwise_is_marked_once(
    omni: Omni, store: Store, old_id: str
) -> None:
    first, second = omni("stale"), omni("stale")
    assert (first.returncode, first.stdout) == (0, "1 job marked anew.\n"), first.stderr
    assert marks(store, old_id) == [False, True]
    assert (second.returncode, second.stdout) == (0, "Nothing has changed.\n")


@pytest.mark.usefixtures("batch_id")
def test_quiet_says_nothing_where_nothing_has_changed(omni: Omni) -> None:
    done = omni("stale", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_workbench_looks_for_it_when_it_starts(
    start: Callable[..., Running], store: Store, old_id: str
) -> None:
    start("serve").url()
    wait_until(lambda: marks(store, old_id) == [False, True])
