"""A database of an earlier version, brought up to date."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

from tests.rows import all_rows
from webapp.domain.batch import JobStatus, ModelChoice, Retries
from webapp.store import reads, runners, settling
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
JOBS = [
    {"id": f"j{n}", "seq": n, "batch_id": "b1", "kind": "text", "endpoint": endpoint, "model": "m",
     "status": status, "cache_key": str(n), "receipt_id": "r1"}
    for n, endpoint, status in [
        (1, "openai", "queued"), (2, "openai", "succeeded"), (3, "gemini", "queued")
    ]
]  # fmt: skip


def fill(connection: Connection, table: str, row: dict[str, Any]) -> None:
    """Insert a row; columns that it does not name get something of their type."""
    columns = inspect(connection).get_columns(table)
    other = {
        each["name"]: "[]" if str(each["type"]) == "JSON" else each["type"].python_type()
        if each["type"].python_type in (int, float, bool, str) else "2026-01-01 00:00:00"
        for each in columns
        if not each["nullable"]
    }  # fmt: skip
    values = other | row
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)


def made_by(revision: str, path: Path) -> None:
    """A database as an earlier version left it."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = open_engine(path)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        fill(connection, "receipt", {"id": "r1", "parts": "[]", "paths": '["a.py"]'})
        fill(connection, "batch", SHOP)
        for job in JOBS:
            fill(connection, "job", job)
        fill(connection, "endpoint_state", {"name": "openai"})
    engine.dispose()


def test_batches_made_by_the_version_before_go_on(tmp_path: Path) -> None:
    path = tmp_path / "omni.sqlite3"
    made_by("0002", path)
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
