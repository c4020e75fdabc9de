"""Where products and baskets are kept."""

from dataclasses import dataclass

import redis
from flask import current_app
from sqlalchemy import Engine, create_engine

from shop.config import Config


@dataclass(frozen=True)
class Storage:
    """Open connections, shared by all requests of a process."""

    database: Engine
    baskets: redis.Redis
    currency: str


def open_storage(config: Config) -> Storage:
    """Connect to both; a lost connection is replaced when it is next needed."""
    return Storage(
        database=create_engine(config.database_url, pool_pre_ping=True),
        baskets=redis.Redis.from_url(config.redis_url, decode_responses=True),
        currency=config.currency,
    )


def storage() -> Storage:
    """The storage of the current application."""
    return current_app.extensions["storage"]
