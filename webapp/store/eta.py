"""How fast the jobs of a batch come to their end, from the latest that did."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select

from webapp.domain.batch import JobStatus, ModelChoice, Reason
from webapp.domain.eta import Pace
from webapp.store.database import Store
from webapp.store.models import job

LATEST = 200  # jobs that are looked at
_ENDED = (
    select(job.c.endpoint, job.c.model, job.c.finished_at)
    .where(
        job.c.batch_id == bindparam("batch_id"),
        job.c.finished_at.is_not(None),
        func.coalesce(job.c.reason, "") != Reason.CACHED,
    )
    .order_by(job.c.version.desc())
    .limit(LATEST)
)
# Written out, so that SQLite sees that the partial index holds all of them.
_QUEUED = (
    select(job.c.endpoint, job.c.model, func.count())
    .where(
        job.c.status == literal_column(f"'{JobStatus.QUEUED}'"),
        job.c.batch_id == bindparam("batch_id"),
    )
    .group_by(job.c.endpoint, job.c.model)
    # Without figures of the tables it takes an index that has no models in it.
    .with_hint(job, "INDEXED BY ix_job_queued_model", "sqlite")
)


def paces(store: Store, batch_id: str) -> list[Pace]:
    """For each model with queued jobs how many there are, and when its latest ones ended."""
    key: dict[str, Any] = {"batch_id": batch_id}
    ended: defaultdict[ModelChoice, list[datetime]] = defaultdict(list)
    queued: Counter[ModelChoice] = Counter()
    with store.read() as connection:
        for endpoint, model, at in connection.execute(_ENDED, key):
            ended[ModelChoice(endpoint, model)].append(at)
        for endpoint, model, number in connection.execute(_QUEUED, key):
            queued[ModelChoice(endpoint, model)] = number
    return [Pace(number, tuple(sorted(ended[model]))) for model, number in queued.items()]
