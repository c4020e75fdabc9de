"""Finished batches whose artifacts have still to be compared with each other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, bindparam, select, update

from webapp.domain.artifact import Artifact, Finding, count_severities
from webapp.store import artifacts
from webapp.store.batches import finding_columns
from webapp.store.database import Store
from webapp.store.group import Group
from webapp.store.models import batch, job
from webapp.store.operations import Applied, Compared

MOST_MEMBERS = 100  # of one group: beyond it nobody would read what they disagree on
_PENDING = select(batch.c.id).where(
    batch.c.comparable, ~batch.c.compared, batch.c.finished_at.is_not(None)
)
_JOBS: Select[Any] = select(
    job.c.id, job.c.kind, job.c.endpoint, job.c.model, job.c.sample, job.c.application,
    job.c.artifact_id,
).where(job.c.batch_id == bindparam("batch_id"), job.c.artifact_id.is_not(None))  # fmt: skip
_JUDGED = (
    update(job)
    .where(job.c.id == bindparam("job_id"), job.c.artifact_id == bindparam("of_artifact"))
    .values(
        version=bindparam("v"),
        disagreements=bindparam("found", type_=job.c.disagreements.type),
        score=bindparam("new_score"),
        **{name: bindparam(f"new_{name}") for name in ("errors", "warnings", "notes")},
    )
)
_DONE = (
    update(batch)
    .where(batch.c.id == bindparam("batch_id"), ~batch.c.compared)
    .values(compared=True)
)


@dataclass(frozen=True, slots=True)
class Member:
    """The artifact of a job, and what that was for; `application` is None where it is for all."""

    kind: str
    target: str | None
    application: str | None
    artifact_id: str
    artifact: Artifact


Members = Mapping[str, Member]  # by job


def pending(store: Store) -> list[str]:
    """The batches whose artifacts are all there and were not compared yet."""
    with store.read() as connection:
        return list(connection.scalars(_PENDING))


def groups(store: Store, batch_id: str) -> list[list[str]]:
    """The jobs of a batch that ought to agree: by one model, of one sample, for one application.

    What is for all applications is in the group of each.
    """
    with store.read() as connection:
        rows = connection.execute(_JOBS, {"batch_id": batch_id}).all()
    by_origin: defaultdict[tuple[str, str, int], list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_origin[row.endpoint, row.model, row.sample].append(row)
    found = (each for rows in by_origin.values() for each in _by_application(rows))
    return [each for each in found if 1 < len(each) <= MOST_MEMBERS]


def _by_application(rows: Sequence[Row[Any]]) -> list[list[str]]:
    folders = {row.application for row in rows} - {None}
    return [
        [row.id for row in rows if row.application in (None, folder)]
        for folder in folders or {None}
    ]


def load(store: Store, job_ids: Sequence[str]) -> Members:
    """The artifacts of jobs, with what these were for."""
    wanted = (job.c.id, job.c.kind, job.c.target, job.c.application, job.c.artifact_id)
    with store.read() as connection:
        rows = connection.execute(select(*wanted).where(job.c.id.in_(job_ids)))
        return {
            row.id: Member(
                row.kind,
                row.target,
                row.application,
                row.artifact_id,
                artifacts.load(connection, row.artifact_id),
            )
            for row in rows.all()
            if row.artifact_id
        }


def compared(group: Group, operations: Sequence[Compared]) -> list[Applied]:
    """Keep what the artifacts of batches disagree on."""
    return [_compared(group, operation) for operation in operations]


def _compared(group: Group, operation: Compared) -> bool:
    if not group.connection.execute(_DONE, {"batch_id": operation.batch_id}).rowcount:
        return False  # another runner was faster, or a job has begun anew
    rows = [
        {
            "job_id": each.job_id,
            "of_artifact": each.artifact_id,
            "v": group.versions[operation.batch_id],
            "found": artifacts.dump_findings(each.found) or None,
            "new_score": each.score,
            **{f"new_{name}": number for name, number in _counts(each.findings).items()},
        }
        for each in operation.judged
    ]
    if rows:
        group.connection.execute(_JUDGED, rows)
    group.touch(operation.batch_id)
    return True


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return finding_columns(count_severities(findings))
