"""Answers as they came over the wire, each kept with the attempt that got it."""

from webapp.domain.errors import AnswerNotFound
from webapp.store import blobs
from webapp.store.database import Store
from webapp.store.views import attempts_of


def raw(store: Store, job_id: str, number: int) -> str:
    """The whole raw answer to an attempt of a job, counted from 1; raises AnswerNotFound."""
    with store.read() as connection:
        rows = connection.execute(attempts_of(job_id)).all()
        digest = rows[number - 1].raw_digest if 1 <= number <= len(rows) else None
        if digest is None:
            raise AnswerNotFound(number)
        return blobs.get(connection, [digest])[digest]
