"""The result cache: JSON in files, an async face, and nothing that a planted file could run."""

import asyncio
import hashlib
import os
import pickle
import time
from pathlib import Path

import pytest

from webapp.cache import ResultCache, open_cache
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Result, Severity
from webapp.domain.endpoint import Health

ARTIFACT = Artifact(
    (ArtifactFile("Dockerfile", "FROM debian:12\n# ü\n"),),
    ("a remark",),
    (Finding("hadolint/DL3006", Severity.WARNING, "Dockerfile", 1, "Pin it."),),
)
RESULT = Result("01ARZ3NDEKTSV4RRFFQ69G5FAV", ARTIFACT, 100, None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def cache(folder: Path) -> ResultCache:
    return open_cache(folder, ttl_s=60)


def found(cache: ResultCache, *keys: str) -> dict[str, Result]:
    return asyncio.run(cache.get_many(keys))


def entry(folder: Path, key: str) -> Path:
    """The file of a key."""
    return folder / hashlib.sha256(key.encode()).hexdigest()


def test_a_result_comes_back_whole(cache: ResultCache) -> None:
    cache.set_many({"a": RESULT})
    assert found(cache, "a", "b", "a") == {"a": RESULT}


def test_another_process_sees_it_too(cache: ResultCache, folder: Path) -> None:
    cache.set_many({"a": RESULT})
    assert found(open_cache(folder, ttl_s=60), "a") == {"a": RESULT}


def test_more_than_500_results_are_kept(cache: ResultCache) -> None:
    keys = [f"key {number}" for number in range(600)]
    cache.set_many(dict.fromkeys(keys, RESULT))
    assert found(cache, *keys).keys() == set(keys)
    assert cache.size().entries >= 600


class Planted:
    """Whoever unpickles this makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_planted_pickle_is_a_miss_and_runs_nothing(
    cache: ResultCache, folder: Path, tmp_path: Path
) -> None:
    cache.set_many({"a": RESULT})
    head = entry(folder, "a").read_bytes()[:4]  # until when it holds
    entry(folder, "a").write_bytes(head + pickle.dumps(Planted(tmp_path / "ran")))
    assert found(cache, "a") == {}
    assert not (tmp_path / "ran").exists()
    pickle.loads(entry(folder, "a").read_bytes()[4:])
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"nothing", b"[" * 100_000, b"{}", b"[]", b"null", b'{"artifact": {"files": 1}}'],
    ids=["empty", "no JSON", "too deep", "other keys", "a list", "null", "other values"],
)
def test_what_cannot_be_read_is_a_miss(cache: ResultCache, folder: Path, content: bytes) -> None:
    cache.set_many({"a": RESULT})
    path = entry(folder, "a")
    path.write_bytes(path.read_bytes()[:4] + content)
    assert found(cache, "a") == {}


def test_what_has_expired_is_a_miss_and_its_space_comes_back(
    cache: ResultCache, folder: Path
) -> None:
    cache.set_many({"a": RESULT, "b": RESULT})
    path = entry(folder, "a")
    path.write_bytes(int(time.time() - 1).to_bytes(4, "little") + path.read_bytes()[4:])
    assert found(cache, "a", "b").keys() == {"b"}
    cache.remove_expired()
    assert not path.exists()
    assert found(cache, "b").keys() == {"b"}


def test_what_was_half_written_at_a_kill_is_cleaned_up_and_what_is_being_written_is_not(
    cache: ResultCache, folder: Path
) -> None:
    old, young = (folder / f"{name}.__wz_cache" for name in ("old", "young"))
    old.write_bytes(b"")
    young.write_bytes(bytes(4))
    os.utime(old, (0, time.time() - 3600))
    cache.remove_expired()
    assert (old.exists(), young.exists()) == (False, True)


def test_the_folders_above_are_the_owners_too(tmp_path: Path) -> None:
    open_cache(tmp_path / "data" / "cache", 60)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_cleared_is_empty(cache: ResultCache) -> None:
    cache.set_many({"a": RESULT})
    cache.clear()
    assert found(cache, "a") == {}


def test_without_a_time_to_live_nothing_is_kept(folder: Path) -> None:
    cache = open_cache(folder, ttl_s=0)
    cache.set_many({"a": RESULT})
    assert (cache.is_on, found(cache, "a"), cache.size().entries) == (False, {}, 0)


def test_what_an_endpoint_said_is_remembered(cache: ResultCache) -> None:
    health = Health("openai", True, "2 models", ("a", "b"), 0.25)
    assert asyncio.run(cache.health("openai")) is None
    asyncio.run(cache.set_health(health))
    assert asyncio.run(cache.health("openai")) == health


def test_only_the_owner_can_look_into_it(cache: ResultCache, folder: Path) -> None:
    cache.set_many({"a": RESULT})
    modes = {path.stat().st_mode & 0o077 for path in [folder, *folder.iterdir()]}
    assert modes == {0}
