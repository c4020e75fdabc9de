"""Batches that may cost only so much."""

from sqlalchemy import ColumnElement, FromClause, func, update

from webapp.domain.batch import JobStatus, Reason
from webapp.store.group import Group
from webapp.store.models import job

NO_ROOM = 2**62
EXHAUSTED = (
    "What is left of the budget may not be enough for this call: raise the budget to go on. "
    "Nothing was charged for it."
)


def reserve(table: FromClause = job) -> ColumnElement[int]:
    """The most a call may cost; where nobody knows, no budget has room for it."""
    return func.coalesce(table.c.reserve_cost, NO_ROOM)


def park_what_is_left(group: Group, batch_id: str) -> None:
    """Park the jobs that the budget leaves no room for, once no call in flight can give some back.

    A call under way holds more of the budget than it will probably cost.
    """
    move = group.moves[batch_id]
    if group.running[batch_id] + move.calling > 0:
        return
    parked = group.connection.execute(
        update(job)
        .where(
            job.c.batch_id == batch_id,
            job.c.status == JobStatus.QUEUED,
            reserve() > max(0, group.rooms[batch_id]),
        )
        .values(
            status=JobStatus.PARKED,
            reason=Reason.BUDGET,
            detail=EXHAUSTED,
            not_before=None,
            finished_at=group.now,
            version=group.versions[batch_id],
        )
    ).rowcount
    move.shift(JobStatus.QUEUED, JobStatus.PARKED, parked)
