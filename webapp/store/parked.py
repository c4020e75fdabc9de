"""Jobs that stand still until a person has mended something."""

from dataclasses import dataclass

from sqlalchemy import case, func, select

from webapp.domain.batch import JobStatus, Reason
from webapp.store.database import Store
from webapp.store.models import batch, job

AT_ENDPOINTS = (Reason.KEY, Reason.PROVIDER)


@dataclass(frozen=True, slots=True)
class Parked:
    """Jobs that go on once a person has mended something; a budget has no endpoint."""

    reason: Reason
    endpoint: str
    number: int
    sentence: str


def groups(store: Store, batch_id: str) -> list[Parked]:
    """Which jobs of a batch wait for a key, a provider or a larger budget."""
    reason, is_budget = job.c.reason, job.c.reason == Reason.BUDGET
    place = case((is_budget, ""), else_=job.c.endpoint)
    query = (
        select(reason, place, func.count(), func.min(job.c.detail))
        .where(
            job.c.batch_id == batch_id,
            job.c.status == JobStatus.PARKED,
            reason.in_((*AT_ENDPOINTS, Reason.BUDGET)),
        )
        .group_by(reason, place)
        .order_by(reason, place)
    )
    with store.read() as connection:
        return [Parked(Reason(row[0]), *row[1:]) for row in connection.execute(query)]


def at_endpoints(store: Store) -> dict[str, tuple[int, int]]:
    """How many jobs wait for an endpoint to be mended, and in how many batches, by endpoint."""
    some = select(batch.c.id).where(batch.c.parked > 0)
    query = (
        select(job.c.endpoint, func.count(), func.count(func.distinct(job.c.batch_id)))
        .where(
            job.c.batch_id.in_(some),
            job.c.status == JobStatus.PARKED,
            job.c.reason.in_(AT_ENDPOINTS),
        )
        .group_by(job.c.endpoint)
    )
    with store.read() as connection:
        return {name: (jobs, batches) for name, jobs, batches in connection.execute(query)}
