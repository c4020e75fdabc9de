"""Texts by digest: 10,000 prompts over one project store the project once."""

import hashlib
import zlib
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Insert, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from webapp.store.models import blob

# SQLite takes at most 32,766 parameters in a statement; this many is also quick to compile.
CHUNK = 500
FAST = 1

# Built once: an `in_` is written anew each time else, which takes as long as the query itself.
_THESE = blob.c.digest.in_(bindparam("digests", expanding=True))
_KNOWN = select(blob.c.digest).where(_THESE)
_FOUND = select(blob.c.digest, blob.c.content).where(_THESE)


def digest_of(text: str) -> str:
    """The key of a text: SHA-256 of its UTF-8 bytes, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def insert_missing(connection: Connection, table: Table) -> Insert:
    """An INSERT that skips rows whose key is there already."""
    return insert_into(connection.dialect.name, table).on_conflict_do_nothing()


def insert_into(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens to rows whose key is there already."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def put(connection: Connection, texts: Mapping[str, str]) -> None:
    """Store texts under their digests; those already stored are left alone."""
    known = _known(connection, texts)
    rows = [
        {"digest": digest, "content": zlib.compress(text.encode(), FAST)}
        for digest, text in texts.items()
        if digest not in known
    ]
    if rows:
        connection.execute(insert_missing(connection, blob), rows)


def _known(connection: Connection, texts: Mapping[str, str]) -> set[str]:
    known: set[str] = set()
    for chunk in chunks(texts):
        known.update(connection.scalars(_KNOWN, {"digests": chunk}))
    return known


def get(connection: Connection, digests: Iterable[str]) -> dict[str, str]:
    """The texts under these digests; a digest that is not stored is left out."""
    found = {}
    for chunk in chunks(set(digests)):
        for digest, content in connection.execute(_FOUND, {"digests": chunk}):
            found[digest] = zlib.decompress(content).decode()
    return found


def chunks(keys: Iterable[str]) -> Iterable[list[str]]:
    """The keys in pieces that fit a statement."""
    every = list(keys)
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))
