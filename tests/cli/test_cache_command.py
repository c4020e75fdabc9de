import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from webapp.cache import open_cache
from webapp.domain.artifact import Artifact, ArtifactFile, Result
from webapp.store import batches
from webapp.store.database import open_store

Omni = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def data_dir(env: dict[str, str]) -> Path:
    """A data folder with three cached results."""
    folder = Path(env["OMNI_DATA_DIR"])
    folder.mkdir()
    artifact = Artifact((ArtifactFile("Dockerfile", "FROM scratch\n"),), (), ())
    results = {f"key {number}": Result("id", artifact, None, None) for number in range(3)}
    open_cache(folder / "cache", 3600).set_many(results)
    return folder


@pytest.mark.usefixtures("data_dir")
def test_stats_of_a_new_cache_say_its_size_and_no_share(omni: Omni) -> None:
    done = omni("cache", "stats")
    assert done.returncode == 0
    assert done.stdout == "3 entries, 0.0 MB\n0 of 0 look-ups served from the cache\n"


def test_stats_say_how_often_it_served(omni: Omni, data_dir: Path) -> None:
    store = open_store(data_dir / "omni.sqlite3")
    with store.write() as connection:
        batches.count(connection, "cache_hits", 1)
        batches.count(connection, "cache_misses", 3)
    store.close()
    assert omni("cache", "stats").stdout.splitlines()[1] == (
        "1 of 4 look-ups served from the cache (25 %)"
    )


@pytest.mark.usefixtures("data_dir")
def test_clear_deletes_all_entries(omni: Omni) -> None:
    assert omni("cache", "clear").stdout == "3 entries deleted\n"
    assert omni("cache", "stats").stdout.startswith("0 entries, 0.0 MB\n")
