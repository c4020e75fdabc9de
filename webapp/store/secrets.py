"""A secret that all processes over one database share."""

import secrets

from sqlalchemy import bindparam, select

from webapp.store import blobs
from webapp.store.database import Store
from webapp.store.models import secret

_VALUE = select(secret.c.value).where(secret.c.name == bindparam("name"))


def shared_secret(store: Store, name: str) -> str:
    """256 random bits in hexadecimal, made by whoever asks first."""
    with store.write() as connection:
        made = {"name": name, "value": secrets.token_hex(32)}
        connection.execute(blobs.insert_missing(connection, secret), made)
        value: str = connection.execute(_VALUE, {"name": name}).scalar_one()
        return value
