"""The jobs of a batch counted by kind, model and status."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, func, literal_column, select, text

from webapp.domain.batch import JobStatus, KindChoice, ModelChoice, Reason
from webapp.domain.listing import JobFilter
from webapp.store.database import Store
from webapp.store.listing import matches
from webapp.store.models import attempt, job


@dataclass(frozen=True, slots=True)
class Group:
    """The jobs of a kind by a model: how many have each status, and what they cost together."""

    kind: str
    model: str
    counts: Mapping[JobStatus, int]
    cost_microusd: int

    @property
    def total(self) -> int:
        """Jobs in all."""
        return sum(self.counts.values())


def groups(store: Store, batch_id: str, which: JobFilter) -> list[Group]:
    """The groups of the jobs that match, in the order in which the batch has them."""
    keys = (job.c.kind, job.c.target, job.c.step, job.c.endpoint, job.c.model)
    query = (
        select(*keys, job.c.status, func.count(), func.sum(job.c.cost), func.min(job.c.seq))
        .where(job.c.batch_id == batch_id, matches(which))
        .group_by(*keys, job.c.status)
    )
    with store.read() as connection:
        rows = connection.execute(query).all()
    found: dict[tuple[str, str], Group] = {}
    for *key, status, number, cost, _ in sorted(rows, key=lambda row: row[-1]):
        kind, model = str(KindChoice(*key[:3])), str(ModelChoice(*key[3:]))
        group = found.get((kind, model)) or Group(kind, model, {}, 0)
        counts = {**group.counts, JobStatus(status): number}
        found[kind, model] = Group(kind, model, counts, group.cost_microusd + int(cost))
    return list(found.values())


# Written out, so that SQLite sees that the partial index holds all of them.
_FAILURES = (
    select(job.c.reason, func.count())
    .where(
        job.c.batch_id == bindparam("batch_id"),
        job.c.status == literal_column(f"'{JobStatus.FAILED}'"),
    )
    .group_by(job.c.reason)
    .order_by(func.count().desc())
)
_STALE = select(func.count()).where(job.c.batch_id == bindparam("batch_id"), text("job.stale"))


def failures(store: Store, batch_id: str) -> list[tuple[Reason, int]]:
    """Why jobs of a batch failed, and how many for each reason, the most frequent first."""
    with store.read() as connection:
        rows = connection.execute(_FAILURES, {"batch_id": batch_id}).all()
    return [(Reason(reason), number) for reason, number in rows if reason]


def begun_again(store: Store, batch_id: str) -> int:
    """How many jobs of a batch had a call under way when a runner ended."""
    query = select(func.count(attempt.c.job_id.distinct())).where(
        attempt.c.status == "undecided",
        attempt.c.job_id.in_(select(job.c.id).where(job.c.batch_id == batch_id)),
    )
    with store.read() as connection:
        return connection.scalar(query) or 0


def stale(store: Store, batch_id: str) -> int:
    """How many jobs of a batch would be asked otherwise now."""
    with store.read() as connection:
        return connection.scalar(_STALE, {"batch_id": batch_id}) or 0
