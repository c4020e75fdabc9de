"""A store without an application, and jobs to put into it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select
from ulid import ULID

from tests.both_databases import database_url
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Result, Severity
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    PromptPart,
)
from webapp.domain.project import SentFile
from webapp.store import batches, runners, settling
from webapp.store.applying import apply
from webapp.store.batches import NewJob, NewReceipt
from webapp.store.blobs import digest_of
from webapp.store.database import Store, open_store
from webapp.store.fallbacks import Fallback
from webapp.store.models import batch, job
from webapp.store.operations import Applied, Operation, StoredAnswer
from webapp.store.prompts import PromptCache

__all__ = ["database_url"]

RUNNER = "the one that was"
ARTIFACT = Artifact(
    (ArtifactFile("Dockerfile", "FROM debian:12\n"),),
    ("a remark",),
    (Finding("hadolint/DL3006", Severity.WARNING, "Dockerfile", 1, "Pin it."),),
)


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    store = open_store(database_url or tmp_path / "omni.sqlite3")
    yield store
    store.close()


@pytest.fixture
def result() -> Result:
    return Result(str(ULID()), ARTIFACT, 100, 20)


@pytest.fixture
def submit(store: Store) -> Callable[..., str]:
    """Store a batch of jobs with these cache keys; a hit serves a job at once."""

    def submit(*keys: str, hits: dict[str, Result] | None = None, **options: Any) -> str:
        endpoint = str(options.get("endpoint", "openai"))
        fresh, never_twice = bool(options.get("fresh")), bool(options.get("never_twice"))
        others: tuple[ModelChoice, ...] = options.get("fallbacks", ())
        told = {name: options[name] for name in _OF_BATCH if name in options}
        jobs = [
            replace(
                _job(key, endpoint, fresh, hits or {}),
                never_twice=never_twice,
                reserve_tokens=options.get("reserve_tokens", 0),
                reserve_cost=options.get("reserve_cost"),
                fallbacks=tuple(_fallback(key, model) for model in others),
            )
            for key in keys
        ]
        spec = BatchSpec("a brief", tuple(j.spec for j in jobs), Mode.ASYNC, 3, **told)
        submit_key = options.get("submit_key")
        key = submit_key if isinstance(submit_key, str) else None
        return batches.add(store, str(ULID()), key, "a title", spec, jobs)

    return submit


_OF_BATCH = ("retries", "fallbacks", "fallback_after_s", "budget_microusd")


def _fallback(key: str, model: ModelChoice) -> tuple[Fallback, NewReceipt]:
    receipt = _job(key, model.endpoint, False, {}).receipt
    its_key = digest_of(f"{key} {model}")
    return Fallback(model.endpoint, model.model, receipt.id, its_key, False, 10, 10), receipt


def _job(key: str, endpoint: str, fresh: bool, hits: dict[str, Result]) -> NewJob:
    parts = (PromptPart("system", "Role", "You write files."), PromptPart("user", "Brief", key))
    keyed = tuple((part, digest_of(part.text)) for part in parts)
    receipt = NewReceipt(
        digest_of("".join(digest for _, digest in keyed)), keyed, (SentFile("app.py", "d", 12, 4),)
    )
    spec = JobSpec("a brief", KindChoice("dockerfile"), ModelChoice(endpoint, "m"))
    return NewJob(str(ULID()), spec, 1000, receipt, digest_of(key), fresh, hits.get(key))


@pytest.fixture
def do(store: Store) -> Callable[..., list[Applied]]:
    """Apply operations in one transaction, as the writer does."""
    prompts = PromptCache()
    runners.enlist(store, RUNNER, "host", 1)

    def do(*operations: Operation, by: str = RUNNER, is_again: bool = False) -> list[Applied]:
        with store.write() as connection:
            return apply(
                connection,
                operations,
                prompts,
                by,
                is_again=is_again,
                call_lanes=store.call_lanes,
            )

    return do


def settled(store: Store) -> tuple[int, list[StoredAnswer]]:
    """What a new runner makes of what the one before it left; that one is there again after it."""
    found = settling.settle_others(store, str(ULID()))
    runners.enlist(store, RUNNER, "host", 1)
    return found


@pytest.fixture
def counts_are_true(store: Store) -> Callable[[], None]:
    """Assert that the counters of every batch are what counting its jobs gives."""

    def assert_true() -> None:
        with store.read() as connection:
            for row in connection.execute(select(batch)).mappings():
                counted = _counted(connection, row["id"])
                assert {s: row[s] for s in JobStatus} == counted
                assert row["version"] >= max_version(connection, row["id"])

    return assert_true


def _counted(connection: Connection, batch_id: str) -> dict[JobStatus, int]:
    rows = connection.execute(
        select(job.c.status, func.count()).where(job.c.batch_id == batch_id).group_by(job.c.status)
    )
    return dict.fromkeys(JobStatus, 0) | {JobStatus(s): n for s, n in rows}


def max_version(connection: Connection, batch_id: str) -> int:
    """The newest version any job of a batch has."""
    return connection.scalar(select(func.max(job.c.version)).where(job.c.batch_id == batch_id)) or 0
