"""The result cache: Flask-Caching with a JSON backend, behind an async face."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching import Cache

from webapp.cache import backends
from webapp.cache.backends import (
    CacheSize,
    JsonFileSystemCache,
    JsonRedisCache,
    redis_options,
)
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Result, Severity
from webapp.domain.endpoint import Health

HEALTH_TTL_S = 30


class ResultCache:
    """Checked results by their key, and what endpoints said of themselves."""

    def __init__(self, backend: JsonFileSystemCache | JsonRedisCache, ttl_s: int) -> None:
        self._backend = backend
        self._ttl_s = ttl_s

    @property
    def trouble(self) -> str | None:
        """A sentence while the cache does not answer: then everything is a miss."""
        return self._backend.trouble

    @property
    def is_on(self) -> bool:
        """Whether results are kept at all."""
        return self._ttl_s > 0

    async def get_many(self, keys: Sequence[str]) -> dict[str, Result]:
        """The results that are there, by key."""
        if not (keys and self.is_on):
            return {}
        return await asyncio.to_thread(self._get_many, keys)

    def _get_many(self, keys: Sequence[str]) -> dict[str, Result]:
        distinct = list(dict.fromkeys(keys))
        values = self._backend.get_many(*distinct)
        pairs = zip(distinct, values, strict=True)
        results = ((key, _result(value)) for key, value in pairs if value is not None)
        return {key: result for key, result in results if result is not None}

    def set_many(self, results: Mapping[str, Result]) -> None:
        """Keep results for the configured time. Blocks: call it in a thread."""
        if results and self.is_on:
            values = {key: asdict(result) for key, result in results.items()}
            self._backend.set_many(values, timeout=self._ttl_s)

    async def health(self, endpoint: str) -> Health | None:
        """What the endpoint said in the last 30 s."""
        value = await asyncio.to_thread(self._backend.get, f"health:{endpoint}")
        return Health(**(value | {"models": tuple(value["models"])})) if value else None

    async def set_health(self, health: Health) -> None:
        """Remember what an endpoint said."""
        key = f"health:{health.endpoint}"
        await asyncio.to_thread(self._backend.set, key, asdict(health), timeout=HEALTH_TTL_S)

    def remove_expired(self) -> None:
        """Give the space of expired entries back. Blocks."""
        self._backend.remove_expired()

    def size(self) -> CacheSize:
        """What the cache holds."""
        return self._backend.size()

    def clear(self) -> None:
        """Forget everything; stored artifacts stay."""
        self._backend.clear()


def _result(value: Any) -> Result | None:
    try:
        held = value["artifact"]
        artifact = Artifact(
            files=tuple(ArtifactFile(**file) for file in held["files"]),
            notes=tuple(held["notes"]),
            findings=tuple(
                Finding(**(finding | {"severity": Severity(finding["severity"])}))
                for finding in held["findings"]
            ),
            honoured=held["honoured"],
            score=held["score"],
        )
        return Result(value["artifact_id"], artifact, value["input_tokens"], value["output_tokens"])
    except (KeyError, TypeError, ValueError):
        return None  # an entry of another version: a miss


def open_cache(folder: Path, ttl_s: int, redis_url: str | None = None) -> ResultCache:
    """The cache in a folder or in a Redis, for web, runner and command line alike."""
    cache = Cache()
    # Flask-Caching works on an app; the runner has none, so the cache brings its own.
    app = Flask(__name__)
    place = _redis_config(redis_url) if redis_url else _folder_config(folder)
    cache.init_app(app, config=place | {"CACHE_DEFAULT_TIMEOUT": ttl_s})
    # Not `cache` itself: within a request it would look for its backend in the app that serves it.
    return ResultCache(app.extensions["cache"][cache], ttl_s)


def _folder_config(folder: Path) -> dict[str, Any]:
    return {
        "CACHE_TYPE": f"{backends.__name__}.{JsonFileSystemCache.__name__}",
        "CACHE_DIR": str(folder),
        "CACHE_THRESHOLD": 0,  # unlimited: otherwise 500 entries, and a set counts the files
    }


def _redis_config(url: str) -> dict[str, Any]:
    return {
        "CACHE_TYPE": f"{backends.__name__}.{JsonRedisCache.__name__}",
        "CACHE_REDIS_URL": url,
        "CACHE_REDIS_DB": None,  # the one that the URL names
        "CACHE_KEY_PREFIX": "omni:",
        "CACHE_OPTIONS": redis_options(),
    }
