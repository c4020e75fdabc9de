"""Flask-Caching's backends with JSON in them: its own pickle, and a planted pickle runs code."""

import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

from cachelib.serializers import FileSystemSerializer, RedisSerializer
from flask_caching.backends import FileSystemCache
from flask_caching.backends.rediscache import RedisCache
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE_S = 0.5  # how long a page waits for a Redis that is gone
PAUSE_S = 5.0  # how long it is then left alone
AT_ONCE = 1000
DRAFT_S = 60.0  # nothing takes that long to be written

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CacheSize:
    """How much a cache holds, the expired of files included."""

    entries: int
    size_bytes: int


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _FileSerializer(FileSystemSerializer):
    """Values as JSON; whatever is not JSON is a miss."""

    def dump(self, value: Any, f: IO[bytes], protocol: int = 0) -> None:
        f.write(json.dumps(value).encode())

    def load(self, f: BinaryIO) -> Any:
        return _loaded(f.read())


class _RedisSerializer(RedisSerializer):
    """The same; numbers too."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        return json.dumps(value).encode()

    def loads(self, value: bytes | None) -> Any:
        return None if value is None else _loaded(value)


class JsonFileSystemCache(FileSystemCache):
    """A file for each entry, named by the digest of its key."""

    serializer = _FileSerializer()
    trouble: str | None = None

    def __init__(self, cache_dir: str, *args: Any, **kwargs: Any) -> None:
        # Folders above, such as the data folder, would get the usual rights by `parents`.
        Path(cache_dir).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(cache_dir).mkdir(mode=0o700, exist_ok=True)
        super().__init__(cache_dir, *args, **kwargs)
        self._folder = Path(cache_dir)

    def remove_expired(self) -> None:
        """Delete the files whose time has passed; reading alone leaves them where they are.

        And those that a process left half written when it was killed: their names are their own.
        """
        now = time.time()
        for draft in self._folder.glob(f"*{self._fs_transaction_suffix}"):
            with suppress(FileNotFoundError):
                if now - draft.stat().st_mtime > DRAFT_S:
                    draft.unlink()
        self._remove_expired(now)

    def size(self) -> CacheSize:
        """What is in the folder."""
        sizes = [entry.stat().st_size for entry in self._folder.iterdir() if entry.is_file()]
        return CacheSize(len(sizes), sum(sizes))


class JsonRedisCache(RedisCache):
    """Entries of a Redis, which forgets them by itself. One that is gone is a cache that misses.

    After a failure it is left alone for 5 s, so that no page waits for it twice.
    """

    serializer = _RedisSerializer()
    _silent_until = 0.0
    _trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """A sentence while the Redis does not answer; asked at most each 5 s."""
        self._tried(self._client.ping, None)
        return self._trouble

    def get(self, key: str) -> Any:
        """The value, or None."""
        return self._tried(lambda: super(JsonRedisCache, self).get(key), None)

    def get_many(self, *keys: str) -> list[Any]:
        """The values in the order of their keys, None where there is none."""
        return self._tried(lambda: super(JsonRedisCache, self).get_many(*keys), [None] * len(keys))

    def set(self, key: str, value: Any, timeout: Any = None) -> Any:
        """Keep a value; whether it was kept."""
        return self._tried(lambda: super(JsonRedisCache, self).set(key, value, timeout), False)

    def set_many(self, mapping: dict[str, Any], timeout: Any = None) -> Any:
        """Keep values; the keys of those that were kept."""
        return self._tried(lambda: super(JsonRedisCache, self).set_many(mapping, timeout), [])

    def clear(self) -> bool:
        """Delete our entries; those of others in the same database stay."""
        return bool(self._tried(self._delete_all, False))

    def remove_expired(self) -> None:
        """Redis does it."""

    def size(self) -> CacheSize:
        """How many entries there are, and the bytes of their values."""
        return self._tried(self._measured, CacheSize(0, 0))

    @property
    def _client(self) -> "Redis":
        client: Redis = self._read_client
        return client

    def _tried(self, act: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self._silent_until:
            return otherwise
        try:
            result = act()
        except RedisError as error:
            self._silent_until = time.monotonic() + PAUSE_S
            self._say(error)
            return otherwise
        if self._trouble is not None:
            self._trouble = None
            log.info("the result cache answers again")
        return result

    def _say(self, error: RedisError) -> None:
        if self._trouble is None:
            # Its message may hold the address with its password.
            log.warning("the result cache does not answer (%s): misses", type(error).__name__)
        self._trouble = (
            "The result cache (OMNI_REDIS_URL) does not answer: models are called even for what "
            "it holds. Results are stored all the same; check that Redis runs."
        )

    def _names(self) -> list[bytes]:
        return list(self._client.scan_iter(f"{self._get_prefix()}*", count=AT_ONCE))

    def _delete_all(self) -> bool:
        names = self._names()
        for start in range(0, len(names), AT_ONCE):
            self._client.delete(*names[start : start + AT_ONCE])
        return True

    def _measured(self) -> CacheSize:
        names = self._names()
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            pipeline.strlen(name)
        return CacheSize(len(names), sum(pipeline.execute()))


def redis_options() -> dict[str, Any]:
    """How to connect: fail fast, once, and see whether an idle connection still holds."""
    return {
        "socket_timeout": 2.0,
        "socket_connect_timeout": PATIENCE_S,
        "health_check_interval": 30,
        "retry": Retry(NoBackoff(), 0),
    }
