import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.processes import OMNI
from webapp.settings import ROOT
from webapp.store import reads
from webapp.store.database import Store, open_store
from webapp.store.sqlite import SqliteStore

Omni = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup.sqlite3"


@pytest.mark.usefixtures("store")
def test_a_backup_is_one_file_for_its_owner_that_opens(omni: Omni, file: Path) -> None:
    taken = omni("db", "backup", str(file))
    assert taken.returncode == 0, taken.stderr
    assert taken.stdout.startswith(f"{file}: 0.")
    assert "keys, .env and omni.toml; keep these apart" in taken.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.glob("*backup*")] == [file.name]
    copy = open_store(file)
    assert reads.batches(copy) == ([], 0)
    copy.close()


@pytest.mark.usefixtures("store")
def test_an_existing_file_is_left_as_it_is(omni: Omni, file: Path) -> None:
    file.write_text("mine")
    refused = omni("db", "backup", str(file))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"Error: {file} exists and was left as it is: name a new file.\n"
    assert file.read_text() == "mine"


def test_without_a_database_none_is_made(omni: Omni, file: Path, env: dict[str, str]) -> None:
    database = Path(env["OMNI_DATA_DIR"]) / "omni.sqlite3"
    refused = omni("db", "backup", str(file))
    assert refused.stderr == f"Error: There is no database {database}: nothing was backed up.\n"
    assert refused.returncode == 1
    assert not database.exists()
    assert not file.exists()


@pytest.mark.usefixtures("store")
def test_a_folder_that_is_not_there_is_one_sentence(omni: Omni, tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "backup.sqlite3"
    refused = omni("db", "backup", str(file))
    assert refused.stderr == f"Error: {file} cannot be written: No such file or directory.\n"


def test_a_damaged_database_is_no_backup(omni: Omni, store: Store, file: Path) -> None:
    assert isinstance(store, SqliteStore)
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(50000) AS bytes")
    store.close()
    content = bytearray(store.path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20_000] = bytes(20_000)
    store.path.write_bytes(content)
    refused = omni("db", "backup", str(file))
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: The ")
    assert "Traceback" not in refused.stderr
    assert list(file.parent.glob("*backup*")) == []


@pytest.mark.usefixtures("store")
def test_a_full_disk_is_one_sentence_and_leaves_nothing(env: dict[str, str], file: Path) -> None:
    """On a disk of 64 KB in memory, in a mount namespace of its own."""
    disk = file.parent / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=64k none "$0" && "$@"; code=$?; ls -A "$0"; exit $code'
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, str(disk)]
    words = [*OMNI, "db", "backup", str(disk / "backup")]
    refused = subprocess.run([*command, *words], env=env, cwd=ROOT, capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "Error: The database could not be copied: database or disk is full.\n"
    )
