import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.redis_server import RedisServer, redis_server
from webapp.settings import ROOT
from webapp.store import runners
from webapp.store.database import Store, open_store
from webapp.store.invariants import SENTENCES
from webapp.store.models import runner

Omni = Callable[..., subprocess.CompletedProcess[str]]
CHECKS = ["database", "journal", "disk", "rights", "clock", "cache", "runner"]


@pytest.fixture
def folder(env: dict[str, str]) -> Path:
    """A data folder as the first start leaves it."""
    return Path(env["OMNI_DATA_DIR"])


@pytest.fixture
def store(folder: Path) -> Store:
    return open_store(folder / "omni.sqlite3")


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


def report(omni: Omni, **variables: str) -> dict[str, Any]:
    done = omni("doctor", "--json", **variables)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if told["ok"] else 1)
    return told


def trouble(omni: Omni, **variables: str) -> dict[str, str]:
    """What is not well, by name, with what is to be done."""
    told = report(omni, **variables)
    assert [each["name"] for each in told["checks"]] == CHECKS
    assert [each["name"] for each in told["invariants"]] == list(SENTENCES)
    return {each["name"]: each["to_do"] for each in told["checks"] if not each["is_ok"]} | {
        each["name"]: ", ".join(each["examples"]) for each in told["invariants"] if each["broken"]
    }


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_workbench_is_well_and_looking_changes_nothing(
    omni: Omni, store: Store, folder: Path
) -> None:
    store.close()
    before = contents(folder)
    assert trouble(omni) == {}
    assert {p: b for p, b in contents(folder).items() if p in before} == before
    # SQLite makes both for whoever reads; nothing is in them.
    assert {p.name for p in contents(folder).keys() - before.keys()} <= {
        "omni.sqlite3-wal", "omni.sqlite3-shm", "omni.log"
    }  # fmt: skip


def test_without_a_database_it_is_one_sentence(omni: Omni, folder: Path) -> None:
    done = omni("doctor")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: There is no database at {folder}/omni.sqlite3: the first start makes it. "
        "Check OMNI_DATA_DIR.\n"
    )


def test_a_file_that_is_no_database_is_one_sentence(omni: Omni, folder: Path) -> None:
    folder.mkdir()
    (folder / "omni.sqlite3").write_bytes(b"no database at all, but long enough" * 100)
    done = omni("doctor")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("cannot be read: file is not a database.\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("revision", "to_do"), [("0001", "Start this version once"), ("9999", "Install the version")]
)
def test_tables_of_another_version_are_left_alone(
    omni: Omni, store: Store, revision: str, to_do: str
) -> None:
    with store.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    done = omni("doctor")
    assert (done.returncode, done.stdout) == (1, "")
    assert to_do in done.stderr
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    assert found == revision


@pytest.mark.usefixtures("store")
def test_what_others_can_read_is_named(omni: Omni, folder: Path) -> None:
    (folder / "keys").mkdir(mode=0o700)
    (folder / "keys" / "secret_key").touch(mode=0o644)
    os.chmod(folder / "keys" / "secret_key", 0o644)
    assert trouble(omni) == {"rights": "Run chmod go-rwx on each."}
    assert "keys/secret_key." in omni("doctor").stdout


def test_a_clock_that_is_behind_what_was_written_is_told(omni: Omni, store: Store) -> None:
    runners.enlist(store, "r1", "host", 1)
    with store.write() as connection:
        later = datetime.now(UTC) + timedelta(hours=1)
        connection.execute(runner.update().values(seen_at=later))
    assert "NTP" in trouble(omni)["clock"]


def test_a_redis_is_asked_and_told_when_it_is_gone(
    omni: Omni, store: Store, redis: RedisServer
) -> None:
    assert trouble(omni, OMNI_REDIS_URL=redis.url) == {}
    redis.stop()
    assert trouble(omni, OMNI_REDIS_URL=redis.url) == {"cache": "Start it."}


def test_jobs_without_a_runner_are_told(omni: Omni, start: Callable[..., Any]) -> None:
    omni("submit", "--brief", "A shop.", "--kinds", "dockerfile", "--models", "blueprint")
    found = trouble(omni)
    assert found == {"runner": "Start one: omni serve, or omni runner."}
    start("runner")
    deadline = time.monotonic() + 30
    while trouble(omni):
        assert time.monotonic() < deadline
    assert "A runner works; 0 jobs are open." in omni("doctor").stdout


def test_what_does_not_hold_is_counted_and_named(omni: Omni, store: Store) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("INSERT INTO blob VALUES ('ab', x'00')")
    assert trouble(omni) == {"texts": "text ab"}
    said = omni("doctor")
    assert said.returncode == 1
    assert "texts        BAD A stored text is the one its checksum was made of.\n" in said.stdout
    assert "-> not so in 1 place: text ab\n" in said.stdout


def test_every_finding_is_explained() -> None:
    page = (ROOT / "docs/doctor.md").read_text()
    assert [name for name in [*CHECKS, *SENTENCES] if f"`{name}`" not in page] == []
