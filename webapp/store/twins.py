"""Twins: two queued jobs with the same cache key, of which only one is called for.

The other waits in the queue and is finished by the commit that finishes the first, over batches and
runners alike.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    FromClause,
    Row,
    and_,
    bindparam,
    literal_column,
    or_,
    select,
    update,
)

from webapp.domain.artifact import Result, count_severities
from webapp.domain.batch import OPEN, JobStatus, Reason
from webapp.store import blobs
from webapp.store.batches import count, finding_columns
from webapp.store.group import Group
from webapp.store.models import job
from webapp.store.operations import Ended

_twin = job.alias("twin")
_UNDER_WAY = OPEN - {JobStatus.QUEUED}
# The words of the condition of `ix_job_open_key`: for others SQLite does not use that index.
_OPEN: list[ColumnElement[str]] = [
    literal_column(f"'{status}'") for status in JobStatus if status.is_open
]


def ahead_of(table: FromClause) -> Exists:
    """Whether a twin of a job is under way, or is to go first."""
    return (
        select(_twin.c.id)
        .where(
            _twin.c.status.in_(_OPEN),
            _twin.c.cache_key == table.c.cache_key,
            _twin.c.fresh.is_(False),
            or_(
                *(_twin.c.status == status for status in JobStatus if status in _UNDER_WAY),
                and_(
                    _twin.c.status == JobStatus.QUEUED,
                    _twin.c.batch_id == table.c.batch_id,
                    _twin.c.seq < table.c.seq,
                ),
            ),
        )
        .exists()
    )


_TWINS = select(job.c.id, job.c.batch_id, job.c.cache_key).where(
    job.c.cache_key.in_(bindparam("keys", expanding=True)),
    job.c.status.in_(_OPEN),
    job.c.status == JobStatus.QUEUED,
    job.c.fresh.is_(False),
)


def waiting_for(connection: Connection, operations: Sequence[Ended]) -> list[Row[Any]]:
    """The queued jobs that the results of these operations serve as well."""
    keys = [o.cache_key for o in operations if o.cache_key]
    found: list[Row[Any]] = []
    for chunk in blobs.chunks(keys):
        found.extend(connection.execute(_TWINS, {"keys": chunk}))
    return found


def serve(group: Group, waiting: Sequence[Row[Any]], operations: Sequence[Ended]) -> None:
    """Finish twins with the results they waited for."""
    results = {o.cache_key: o.result for o in operations if o.cache_key and o.result}
    shared = 0
    for twin in waiting:
        served = _served(group, twin.batch_id, results[twin.cache_key])
        still_waits = (job.c.id == twin.id) & (job.c.status == JobStatus.QUEUED)
        # It was found before its batch was held: another runner or a page may have been faster.
        if not group.connection.execute(update(job).where(still_waits).values(**served)).rowcount:
            continue
        shared += 1
        move = group.moves[twin.batch_id]
        move.shift(JobStatus.QUEUED, JobStatus.SUCCEEDED)
        move.cached += 1
    count(group.connection, "cache_shared", shared)


def _served(group: Group, batch_id: str, result: Result) -> dict[str, Any]:
    return {
        "status": JobStatus.SUCCEEDED,
        "reason": Reason.CACHED,
        "detail": None,
        "version": group.versions[batch_id],
        "artifact_id": result.artifact_id,
        "score": result.artifact.score,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "started_at": group.now,
        "finished_at": group.now,
        **finding_columns(count_severities(result.artifact.findings)),
    }
