"""What becomes of times to come when the clock is set back."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from webapp.domain.batch import JobStatus
from webapp.store.group import Group
from webapp.store.models import job
from webapp.store.operations import Applied, SetBack

_FROM_BEFORE = select(job.c.id, job.c.not_before).where(
    job.c.status == JobStatus.QUEUED,
    job.c.not_before > bindparam("half_way", type_=job.c.not_before.type),
)
_EARLIER = (
    update(job)
    .where(job.c.id == bindparam("job_id"))
    .values(not_before=bindparam("until", type_=job.c.not_before.type))
)


def set_back(group: Group, operations: Sequence[SetBack]) -> list[Applied]:
    """Jobs wait by the new clock for no longer than they had to by the old one.

    What is more than half of that away was put back before. No version moves: the pages show it
    with the next change.
    """
    # The clocks of other machines were not: theirs are the times of jobs that they have had.
    mine = _FROM_BEFORE.where(job.c.runner_id == group.runner_id)
    query = mine if group.is_shared else _FROM_BEFORE
    for operation in operations:
        waiting = group.connection.execute(query, {"half_way": group.now + operation.by / 2})
        rows = [{"job_id": row.id, "until": row.not_before - operation.by} for row in waiting]
        if rows:
            group.connection.execute(_EARLIER, rows)
    return [True] * len(operations)
