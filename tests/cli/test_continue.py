import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import Running, wait_until
from webapp.domain.batch import JobStatus
from webapp.store import reads
from webapp.store.database import Store, open_store

Omni = Callable[..., subprocess.CompletedProcess[str]]
OFF = ("--brief", "A shop.", "--kinds", "dockerfile", "--models", "openai:m", "--retries", "off")
CLOSED = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}


@pytest.fixture
def store(env: dict[str, str]) -> Iterator[Store]:
    """The database that the commands write."""
    store = open_store(Path(env["OMNI_DATA_DIR"]) / "omni.sqlite3")
    yield store
    store.close()


@pytest.fixture
def parked(start: Callable[..., Running], store: Store, omni: Omni) -> str:
    """A batch whose one job is parked, since nobody answers at its endpoint."""
    start("runner", **CLOSED)
    wait_until(lambda: reads.runner_state(store).is_alive)
    done = omni("submit", *OFF, "--json", **CLOSED)
    said = json.loads(done.stdout)
    assert said["parked"] == 1, done.stderr
    return str(said["batch"])


def test_parked_jobs_go_on_and_are_waited_for(omni: Omni, store: Store, parked: str) -> None:
    version = reads.batch(store, parked).version
    done = omni("continue", parked, "--reason", "provider", "--json", **CLOSED)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["parked"] == 1  # it was called, and nobody answered again
    assert reads.batch(store, parked).version > version


def test_jobs_parked_for_another_reason_stay(omni: Omni, store: Store, parked: str) -> None:
    version = reads.batch(store, parked).version
    omni("continue", parked, "--reason", "key", **CLOSED)
    assert reads.batch(store, parked).version == version


def test_all_jobs_of_an_endpoint_go_on_without_waiting(omni: Omni, parked: str) -> None:
    done = omni("continue", "--endpoint", "openai", **CLOSED)
    assert (done.returncode, done.stdout) == (0, "1 jobs of openai go on.\n")
    assert parked


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "Give either a batch or --endpoint."),
        (("x", "--endpoint", "openai"), 2, "Give either a batch or --endpoint."),
        (("--endpoint", "openai", "--json"), 2, "--endpoint goes alone"),
        (("x",), 1, "There is no batch x."),
    ],
)
def test_what_cannot_go_on_is_one_sentence(
    omni: Omni, words: tuple[str, ...], code: int, sentence: str
) -> None:
    done = omni("continue", *words)
    assert done.returncode == code
    assert sentence in done.stderr


def test_the_statuses_of_a_finished_batch_do_not_change(omni: Omni, store: Store) -> None:
    omni("submit", "--brief", "x", "--kinds", "dockerfile", "--models", "blueprint")
    ((batch,), _) = reads.batches(store)
    assert omni("continue", batch.id).returncode == 3  # no runner lives
    assert reads.batch(store, batch.id).counts[JobStatus.QUEUED] == 1
