"""Uploaded job files, kept between the form and its submit: a browser never fills one in again."""

from datetime import UTC, datetime

from sqlalchemy import insert, select
from ulid import ULID

from webapp.domain.errors import JobFileNotFound
from webapp.store import blobs
from webapp.store.database import Store
from webapp.store.models import job_file


def add(store: Store, name: str, text: str) -> str:
    """Store a job file and say its id."""
    job_file_id, digest = str(ULID()), blobs.digest_of(text)
    with store.write() as connection:
        blobs.put(connection, {digest: text})
        connection.execute(
            insert(job_file).values(
                id=job_file_id, name=name, digest=digest, created_at=datetime.now(UTC)
            )
        )
    return job_file_id


def load(store: Store, job_file_id: str) -> tuple[str, str]:
    """Name and text of a job file; JobFileNotFound if there is none."""
    with store.read() as connection:
        row = connection.execute(select(job_file).where(job_file.c.id == job_file_id)).one_or_none()
        if row is None:
            raise JobFileNotFound(job_file_id)
        return row.name, blobs.get(connection, [row.digest])[row.digest]
