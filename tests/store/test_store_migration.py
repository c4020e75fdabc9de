"""A database of an earlier version, brought up to date."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from tests.rows import all_rows
from webapp.domain.batch import JobStatus, ModelChoice, Retries
from webapp.store import candidates, reads, renewing, runners, settling
from webapp.store.applying import apply
from webapp.store.database import open_store
from webapp.store.operations import Claim, ClaimedJob
from webapp.store.prompts import PromptCache
from webapp.store.schema import MIGRATIONS
from webapp.store.sqlite import open_engine

SHOP = {
    "id": "b1",
    "title": "a shop",
    "mode": "async",
    "queued": 2,
    "succeeded": 1,
    "version": 3,
    "policy": "finish_all",
}
JOBS: list[dict[str, Any]] = [
    {"id": f"j{n}", "seq": n, "batch_id": "b1", "kind": "text", "endpoint": endpoint, "model": "m",
     "status": status, "cache_key": str(n), "receipt_id": "r1"}
    for n, endpoint, status in [
        (1, "openai", "queued"), (2, "openai", "succeeded"), (3, "gemini", "queued")
    ]
]  # fmt: skip


def fill(connection: Connection, table: str, row: Mapping[str, Any]) -> None:
    """Insert a row; columns without a default that it does not name get what fits."""
    columns = inspect(connection).get_columns(table)
    other = {
        each["name"]: "[]" if str(each["type"]) == "JSON" else each["type"].python_type()
        if each["type"].python_type in (int, float, bool, str) else "2026-01-01 00:00:00"
        for each in columns
        if not each["nullable"] and each["default"] is None
    }  # fmt: skip
    values = other | dict(row)
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def made_by(
    revision: str,
    path: Path,
    jobs: Sequence[dict[str, Any]],
    receipt: Mapping[str, str] = MappingProxyType({}),
    endpoint: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """A database as an earlier version left it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = open_engine(path)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        fill(connection, "receipt", {"id": "r1", "parts": "[]", **receipt})
        fill(connection, "batch", SHOP | {"queued": len(jobs) - 1})
        for job in jobs:
            fill(connection, "job", job)
        if endpoint:
            fill(connection, "endpoint_state", endpoint)
    engine.dispose()


def test_batches_made_by_the_version_before_go_on(tmp_path: Path) -> None:
    path = tmp_path / "omni.sqlite3"
    made_by("0002", path, JOBS, {"paths": '["a.py"]'}, {"name": "openai"})
    store = open_store(path)
    view = reads.batch(store, "b1")
    assert (view.title, view.total, view.cost_microusd) == ("a shop", 3, 0)
    openai, gemini = ModelChoice("openai", "m"), ModelChoice("gemini", "m")
    assert set(reads.models(store, "b1")) == {openai, gemini}
    with store.read() as connection:
        (found,) = settling.open_batches(connection)
    assert (set(found.models), found.queued) == ({openai, gemini}, 2)
    assert [row.status for row in all_rows(store, "b1")] == [
        JobStatus.QUEUED, JobStatus.SUCCEEDED, JobStatus.QUEUED
    ]  # fmt: skip
    runners.enlist(store, "r", "host", 1)
    with store.write() as connection:
        (claimed,) = apply(
            connection,
            [Claim("b1", found.models)],
            PromptCache(),
            "r",
            call_lanes=store.call_lanes,
        )
    assert isinstance(claimed, ClaimedJob)
    assert (claimed.id, claimed.retries, claimed.reserve_cost) == ("j1", Retries.DEFAULT, None)
    store.close()


def test_a_batch_of_the_version_before_gets_its_candidates_and_kinds(tmp_path: Path) -> None:
    path = tmp_path / "omni.sqlite3"
    asked: list[dict[str, Any]] = [
        {"kind": "kubernetes", "target": "gke"},
        {"kind": "kubernetes", "target": "eks"},
        {"kind": "kubernetes", "target": "gke", "step": "harden"},
        {"kind": "kubernetes", "target": "gke", "endpoint": "gemini"},
        {"kind": "kubernetes", "target": "gke", "application": "shop"},
        {"kind": "kubernetes", "target": "gke", "name": "line-1"},
        {"kind": "compose"},
        {"kind": "kubernetes", "target": "eks", "sample": 2},
    ]
    made_by("0005", path, [JOBS[0] | {"id": f"j{n}", "seq": n} | a for n, a in enumerate(asked, 1)])
    store = open_store(path)
    assert [row.candidate_of for row in all_rows(store, "b1")] == [1, 2, 3, 1, 5, 6, 7, 2]
    assert reads.batch(store, "b1").kinds == (
        "kubernetes@gke", "kubernetes@eks", "kubernetes@gke+harden", "compose"
    )  # fmt: skip
    assert candidates.contested(store, "b1") == {1, 2}
    assert [job.seq for job in candidates.of_artifact(store, "b1", 2)] == [2, 8]
    # What the user ticked was not kept: nobody can say what would be asked now.
    assert renewing.of_other_templates(store, "those of now", 9) == []
    assert not any(row.is_chosen or row.is_stale for row in all_rows(store, "b1"))
    store.close()
