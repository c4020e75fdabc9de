"""Configuration, read from the environment once."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Config:
    """What the application has to be told."""

    secret_key: str
    database_url: str
    redis_url: str
    currency: str = "EUR"


def from_environment() -> Config:
    """Read the environment; KeyError where a variable is missing."""
    return Config(
        secret_key=os.environ["SECRET_KEY"],
        database_url=os.environ["DATABASE_URL"],
        redis_url=os.environ["REDIS_URL"],
        currency=os.environ.get("SHOP_CURRENCY", "EUR"),
    )
