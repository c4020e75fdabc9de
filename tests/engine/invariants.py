"""What must hold in a database whatever happened to the processes over it."""

from sqlalchemy import Connection, func, select, text

from webapp.domain.batch import JobStatus
from webapp.store import artifacts
from webapp.store.database import Store
from webapp.store.models import attempt, batch, job


def broken(store: Store) -> list[str]:
    """A sentence for each thing that does not hold; no runner may be at work."""
    with store.read() as connection:
        return [
            *_counters(connection),
            *_results(connection),
            *_answers(connection),
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
