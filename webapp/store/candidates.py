"""Candidates for the artifacts of a batch, and the user's choice among them."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, select, update

from webapp.domain.batch import JobStatus
from webapp.domain.listing import JobFilter, Selection
from webapp.domain.views import JobView
from webapp.domain.winners import best, by_artifact
from webapp.store import holds
from webapp.store.changes import lock, meant, next_version
from webapp.store.database import Store
from webapp.store.listing import matches
from webapp.store.models import job
from webapp.store.moves import Move, apply_moves
from webapp.store.views import JOB_COLUMNS

# In the words of an index, which does not hold the first candidates.
_IS_RIVAL = job.c.candidate_of != job.c.seq


def _is_for(numbers: Collection[int]) -> ColumnElement[bool]:
    return job.c.seq.in_(numbers) & ~_IS_RIVAL | _IS_RIVAL & job.c.candidate_of.in_(numbers)


def matching(store: Store, batch_id: str, which: JobFilter, most: int) -> list[JobView]:
    """The jobs of a batch that match, in its order, and not more than so many."""
    with store.read() as connection:
        return _found(connection, batch_id, matches(which), most)


def of_artifact(store: Store, batch_id: str, number: int) -> list[JobView]:
    """All candidates for an artifact; its number is that of the first job asked for it."""
    return of_artifacts(store, batch_id, (number,))


def of_artifacts(store: Store, batch_id: str, numbers: Collection[int]) -> list[JobView]:
    """All candidates for several artifacts, in the order of the batch."""
    with store.read() as connection:
        return _found(connection, batch_id, _is_for(numbers))


def contested(store: Store, batch_id: str) -> set[int]:
    """The artifacts of a batch with more than one candidate."""
    query = select(job.c.candidate_of).where(job.c.batch_id == batch_id, _IS_RIVAL).distinct()
    with store.read() as connection:
        return set(connection.scalars(query))


def choose(store: Store, batch_id: str, selection: Selection) -> int:
    """Choose, for each artifact that jobs of a selection are for, the best of them.

    What was picked by hand may have failed its check, as long as it has files. Says for how many
    artifacts there was one.
    """
    has_files = job.c.artifact_id.is_not(None)
    is_good = has_files & (job.c.status == JobStatus.SUCCEEDED)
    with store.write() as connection:
        lock(connection, batch_id)
        which = meant(
            connection, batch_id, selection, is_good if selection.picked is None else has_files
        )
        found = by_artifact(_found(connection, batch_id, which))
        chosen = [best(jobs) or jobs[0] for jobs in found.values()]
        _mark(connection, batch_id, list(found), [job.id for job in chosen])
        return len(chosen)


def unchoose(store: Store, batch_id: str, selection: Selection) -> int:
    """Leave the artifacts that jobs of a selection are for to the checks; say how many."""
    with store.write() as connection:
        lock(connection, batch_id)
        which = meant(connection, batch_id, selection, job.c.chosen)
        found = by_artifact(_found(connection, batch_id, which))
        _mark(connection, batch_id, list(found), [])
        return len(found)


def _found(
    connection: Connection, batch_id: str, which: ColumnElement[bool], most: int | None = None
) -> list[JobView]:
    query = select(*JOB_COLUMNS).where(job.c.batch_id == batch_id, which).order_by(job.c.seq)
    return holds.explained(connection, connection.execute(query.limit(most)).all())


def _mark(
    connection: Connection, batch_id: str, artifacts: Sequence[int], chosen: Sequence[str]
) -> None:
    """Make these jobs the choice for these artifacts, and no others."""
    is_chosen = job.c.id.in_(chosen)
    connection.execute(
        update(job)
        .where(
            job.c.batch_id == batch_id,
            job.c.candidate_of.in_(artifacts),
            job.c.chosen != is_chosen,
        )
        .values(chosen=is_chosen, version=next_version(batch_id))
    )
    apply_moves(connection, {batch_id: Move()})
