"""What must hold in a database whatever happened to the processes over it."""

from sqlalchemy import Connection, func, select, text

from webapp.domain.batch import JobStatus
from webapp.store import artifacts
from webapp.store.database import Store
from webapp.store.models import attempt, batch, job

_IS_UNPRICED = (attempt.c.status != "sent") & attempt.c.cost.is_(None)


def broken(store: Store) -> list[str]:
    """A sentence for each thing that does not hold; no runner may be at work."""
    with store.read() as connection:
        return [
            *_counters(connection),
            *_results(connection),
            *_answers(connection),
            *_money(connection),
            *_sentences(connection),
            *_integrity(connection),
        ]


def _counters(connection: Connection) -> list[str]:
    faults = []
    for row in connection.execute(select(batch)).mappings():
        counted = connection.execute(
            select(job.c.status, func.count())
            .where(job.c.batch_id == row["id"])
            .group_by(job.c.status)
        )
        true = dict.fromkeys(JobStatus, 0) | {JobStatus(name): number for name, number in counted}
        if {status: row[status] for status in JobStatus} != true:
            faults.append(f"batch {row['id']} counts wrongly")
    return faults


def _results(connection: Connection) -> list[str]:
    succeeded = connection.execute(
        select(job.c.id, job.c.artifact_id).where(job.c.status == JobStatus.SUCCEEDED)
    )
    return [
        f"job {job_id} has no result"
        for job_id, artifact_id in succeeded
        if artifact_id is None or not artifacts.load(connection, artifact_id).files
    ]


def _answers(connection: Connection) -> list[str]:
    twice = connection.execute(
        select(attempt.c.job_id)
        .where(attempt.c.status == "ok")
        .group_by(attempt.c.job_id, attempt.c.claim_no)
        .having(func.count() > 1)
    )
    left = connection.execute(
        select(attempt.c.job_id)
        .join(job)
        .where(attempt.c.status == "sent", job.c.status != JobStatus.RUNNING)
    )
    return [
        *(f"job {job_id} was answered twice under one claim" for (job_id,) in twice),
        *(f"a call of job {job_id} never ended" for (job_id,) in left),
    ]


def _money(connection: Connection) -> list[str]:
    calls = (
        select(
            job.c.id.label("job_id"),
            func.coalesce(func.sum(attempt.c.cost), 0).label("cost"),
            func.count().filter(_IS_UNPRICED).label("unpriced"),
        )
        .join_from(job, attempt, isouter=True)
        .group_by(job.c.id)
        .subquery()
    )
    of_jobs = connection.execute(
        select(job, calls.c.cost.label("paid"), calls.c.unpriced.label("unknown")).join(
            calls, calls.c.job_id == job.c.id
        )
    ).all()
    wrong = [
        f"job {row.id} has not cost {row.cost}, with {row.unpriced} calls without a price"
        for row in of_jobs
        if (row.cost, row.unpriced) != (row.paid, row.unknown)
    ]
    for found in connection.execute(select(batch)):
        mine = [row for row in of_jobs if row.batch_id == found.id]
        sums = sum(row.paid for row in mine), sum(row.unknown for row in mine)
        if (found.cost, found.unpriced) != sums:
            wrong.append(f"batch {found.id} has not cost {found.cost}")
        is_settled = found.finished_at is not None and not found.unpriced
        if found.reserved < 0 or (is_settled and found.reserved):
            wrong.append(f"batch {found.id} still holds {found.reserved}")
        if found.budget is not None and found.cost + found.reserved > found.budget:
            wrong.append(f"batch {found.id} may exceed its budget")
    return wrong


def _sentences(connection: Connection) -> list[str]:
    mute = connection.execute(
        select(job.c.id).where(
            job.c.status.in_([JobStatus.FAILED, JobStatus.PARKED]),
            job.c.reason.is_(None) | job.c.detail.is_(None),
        )
    )
    return [f"job {job_id} does not say why it failed" for (job_id,) in mute]


def _integrity(connection: Connection) -> list[str]:
    said = connection.execute(text("PRAGMA integrity_check")).scalar_one()
    return [] if said == "ok" else [str(said)]
