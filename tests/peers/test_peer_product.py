"""A real model behind the whole product: submitted, claimed by a runner, asked, stored."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync
from pydantic import SecretStr

from tests.peers.servers import KEY, free_port, loading_model
from tests.processes import Running, wait_until
from tests.rows import all_rows
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
    Reason,
)
from webapp.domain.views import JobView
from webapp.service import Service
from webapp.settings import Settings
from webapp.store import reads
from webapp.store.database import Store

START = Callable[..., Running]
JOB = JobSpec(
    "Write a long story about the sea.",
    KindChoice("text"),
    ModelChoice("openai", "any"),
    Params(max_tokens=40, temperature=0, seed=1),
)


@pytest.fixture
def port() -> int:
    """Where the model is, or will be."""
    return free_port()


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    """The endpoint `openai` is at that port."""
    return Settings(
        _env_file=None,
        data_dir=settings.data_dir,
        openai_api_key=SecretStr(KEY),
        openai_base_url=f"http://127.0.0.1:{port}/v1",
    )


@pytest.fixture
def env(env: dict[str, str], port: int) -> dict[str, str]:
    """The same for processes."""
    base_url = f"http://127.0.0.1:{port}/v1"
    return env | {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base_url, "OMNI_MAX_ATTEMPTS": "10"}


def submit(service: Service, job: JobSpec) -> str:
    spec = BatchSpec(brief=job.brief, jobs=(job,), mode=Mode.ASYNC, concurrency=1)
    return async_to_sync(service.submit)(spec)


def finished(store: Store, batch_id: str) -> JobView:
    wait_until(lambda: reads.batch(store, batch_id).is_finished)
    (row,) = all_rows(store, batch_id)
    return row


def test_a_small_limit_truncates_the_job(
    service: Service, store: Store, start: START, port: int
) -> None:
    with loading_model(port, KEY):
        batch_id = submit(service, JOB)
        start("runner")
        row = finished(store, batch_id)
    assert (row.status, row.reason) == (JobStatus.FAILED, Reason.TRUNCATED)
    assert row.output_tokens == 40


def test_a_job_waits_until_the_model_is_there(
    service: Service, store: Store, start: START, port: int
) -> None:
    brief = replace(JOB, brief="Say yes.", params=replace(JOB.params, max_tokens=400))
    batch_id = submit(service, brief)
    start("runner")
    wait_until(lambda: all_rows(store, batch_id)[0].reason is Reason.RETRY)
    with loading_model(port, KEY):
        row = finished(store, batch_id)
    assert row.status is JobStatus.SUCCEEDED
