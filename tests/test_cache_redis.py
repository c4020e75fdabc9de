"""The result cache in a real Redis, and without one."""

import asyncio
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.scene import Scene
from tests.processes import Running, wait_until
from tests.redis_server import PASSWORD, RedisServer, redis_server
from tests.test_cache import RESULT, Planted, found
from webapp import create_app
from webapp.cache import ResultCache, open_cache
from webapp.domain.batch import JobStatus
from webapp.domain.endpoint import Health
from webapp.fake_provider import FakeProvider
from webapp.service import open_service
from webapp.settings import Settings


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture
def cache(redis: RedisServer, tmp_path: Path) -> ResultCache:
    return open_cache(tmp_path / "cache", 60, redis.url)


def test_a_result_comes_back_whole_and_another_process_sees_it(
    cache: ResultCache, redis: RedisServer, tmp_path: Path
) -> None:
    cache.set_many({"a": RESULT})
    assert found(cache, "a", "b", "a") == {"a": RESULT}
    assert found(open_cache(tmp_path, 60, redis.url), "a") == {"a": RESULT}
    assert cache.trouble is None


def test_results_are_forgotten_in_time(cache: ResultCache, redis: RedisServer) -> None:
    cache.set_many({"a": RESULT})
    assert 0 < redis.client.ttl("omni:a") <= 60


def test_a_planted_pickle_is_a_miss_and_runs_nothing(
    cache: ResultCache, redis: RedisServer, tmp_path: Path
) -> None:
    planted = b"!" + pickle.dumps(Planted(tmp_path / "ran"))
    redis.client.set("omni:a", planted)
    assert found(cache, "a") == {}
    assert not (tmp_path / "ran").exists()
    pickle.loads(planted[1:])
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"nothing", b"[" * 100_000, b"{}", b"7", b"null"])
def test_what_cannot_be_read_is_a_miss(
    cache: ResultCache, redis: RedisServer, content: bytes
) -> None:
    redis.client.set("omni:a", content)
    assert found(cache, "a") == {}


def test_clearing_leaves_what_belongs_to_others(cache: ResultCache, redis: RedisServer) -> None:
    redis.client.set("theirs", "kept")
    cache.set_many({f"key {number}": RESULT for number in range(2500)})
    assert cache.size().entries == 2500
    assert cache.size().size_bytes > 2500 * 100
    cache.clear()
    assert cache.size().entries == 0
    assert redis.client.get("theirs") == b"kept"


def test_what_an_endpoint_said_is_remembered(cache: ResultCache) -> None:
    health = Health("openai", True, "2 models", ("a", "b"), 0.25)
    asyncio.run(cache.set_health(health))
    assert asyncio.run(cache.health("openai")) == health


def test_a_redis_that_is_gone_is_a_cache_that_misses(
    cache: ResultCache, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    cache.set_many({"a": RESULT})
    redis.stop()
    cache.set_many({"b": RESULT})
    assert found(cache, "a", "b") == {}
    assert asyncio.run(cache.health("openai")) is None
    assert cache.size().entries == 0
    cache.clear()
    assert "OMNI_REDIS_URL" in (cache.trouble or "")
    assert len(caplog.records) == 1  # said once
    assert PASSWORD not in caplog.text


def test_pages_say_that_the_cache_is_gone(redis: RedisServer, settings: Settings) -> None:
    redis.stop()
    told = Settings(_env_file=None, data_dir=settings.data_dir, redis_url=redis.url)
    answer = create_app(told).test_client().get("/batches")
    assert answer.status_code == 200
    assert 'id="cache-trouble"' in answer.text
    assert PASSWORD not in answer.text


def test_a_page_with_a_cache_that_answers_says_nothing(
    redis: RedisServer, settings: Settings
) -> None:
    told = Settings(_env_file=None, data_dir=settings.data_dir, redis_url=redis.url)
    assert 'id="cache-trouble"' not in create_app(told).test_client().get("/batches").text


def test_a_batch_is_answered_from_redis_and_runs_without_it(
    redis: RedisServer, llm: FakeProvider, start: Callable[..., Running], settings: Settings
) -> None:
    service = open_service(
        Settings(_env_file=None, data_dir=settings.data_dir, redis_url=redis.url)
    )
    scene = Scene(service, service.store, llm, start)
    scene.runner(OMNI_REDIS_URL=redis.url)
    first = scene.finished(scene.submit(["A shop."], kind="dockerfile", model="blueprint"))
    assert (first.counts[JobStatus.SUCCEEDED], first.cached) == (1, 0)
    wait_until(lambda: service.cache.size().entries)
    again = scene.submit(["A shop."], kind="dockerfile", model="blueprint")
    assert scene.finished(again).cached == 1
    redis.stop()
    without = scene.finished(scene.submit(["A shop."], kind="dockerfile", model="blueprint"))
    assert (without.counts[JobStatus.SUCCEEDED], without.cached) == (1, 0)
    assert not list(settings.cache_dir.glob("*"))


@pytest.mark.parametrize("url", ["http://host", "redis://", "host:6379", "redis"])
def test_an_address_that_is_none_stops_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="redis://host:6379/0"):
        Settings(_env_file=None, redis_url=url)
