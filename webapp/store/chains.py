"""Jobs that start from the artifact of another job: they wait for it, and begin once it is there.

`reason` is `dependency` while they wait: in the queue while the other job may still deliver, parked
once it stands still without a good artifact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    literal_column,
    select,
    update,
)

from webapp.domain.artifact import Artifact, count_severities
from webapp.domain.batch import OPEN, JobStatus, Reason
from webapp.store import artifacts, receipts
from webapp.store.batches import finding_columns
from webapp.store.database import Store
from webapp.store.group import Group
from webapp.store.models import job
from webapp.store.operations import Applied, Begin, Depend

FAILED = "Job {seq}, which it starts from, has no good artifact: retry that one, and this goes on."
_first = job.alias("first")
_WAITS = (job.c.id == bindparam("job_id")) & (job.c.reason == Reason.DEPENDENCY)
_BEGUN = (
    update(job)
    .where(_WAITS, job.c.status == JobStatus.QUEUED)
    .values(
        detail=None,
        version=bindparam("v"),
        **{
            name: bindparam(f"new_{name}", type_=job.c[name].type)
            for name in (
                "status", "reason", "receipt_id", "cache_key", "input_id", "artifact_id", "score",
                "input_tokens", "output_tokens", "errors", "warnings", "notes", "started_at",
                "finished_at",
            )
        },
    )
)  # fmt: skip
_TURNED = (
    update(job)
    .where(_WAITS, job.c.status == bindparam("old"))
    .values(
        version=bindparam("v"),
        status=bindparam("new", type_=job.c.status.type),
        detail=bindparam("why"),
        finished_at=bindparam("at", type_=job.c.finished_at.type),
    )
)
# In the words of the index: others would have all jobs looked through, ten times a second.
_DEPENDENT: Select[Any] = (
    select(
        job.c.id,
        job.c.batch_id,
        job.c.endpoint,
        job.c.status,
        job.c.draft_key,
        job.c.fresh,
        _first.c.seq,
        _first.c.status.label("first_status"),
        _first.c.artifact_id,
    )
    .join(_first, _first.c.id == job.c.depends_on)
    .where(job.c.reason == literal_column(f"'{Reason.DEPENDENCY}'"))
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A job whose artifact to start from is there."""

    id: str
    batch_id: str
    endpoint: str
    draft_key: str
    fresh: bool
    input_id: str
    given: Artifact


def look(store: Store) -> tuple[list[Ready], list[Depend]]:
    """The jobs that can begin, and those that have to wait in another way than they do."""
    with store.read() as connection:
        rows = connection.execute(_DEPENDENT).all()
        ready = [row for row in rows if row.status == JobStatus.QUEUED and _is_there(row)]
        begun = [_ready(connection, row) for row in ready]
    return begun, [turn for row in rows if (turn := _turn(row)) is not None]


def _is_there(row: Row[Any]) -> bool:
    return bool(row.first_status == JobStatus.SUCCEEDED and row.artifact_id)


def _ready(connection: Connection, row: Row[Any]) -> Ready:
    given = artifacts.load(connection, row.artifact_id)
    return Ready(
        row.id, row.batch_id, row.endpoint, row.draft_key, row.fresh, row.artifact_id, given
    )


def _turn(row: Row[Any]) -> Depend | None:
    may_come = _is_there(row) or JobStatus(row.first_status) in OPEN
    new = JobStatus.QUEUED if may_come else JobStatus.PARKED
    if row.status == new:
        return None
    why = None if may_come else FAILED.format(seq=row.seq)
    return Depend(row.batch_id, row.id, JobStatus(row.status), new, why)


def begin(group: Group, operations: Sequence[Begin]) -> list[Applied]:
    """Jobs have what they start from: they wait like any other now, or their result is known."""
    return [_begin(group, operation) for operation in operations]


def _begin(group: Group, operation: Begin) -> bool:
    if not group.change(_BEGUN, [_begun_row(group, operation)]):
        return False
    hit = operation.hit
    if hit:
        artifacts.save(group.connection, [(hit.artifact_id, hit.artifact)])
        group.moves[operation.batch_id].shift(JobStatus.QUEUED, JobStatus.SUCCEEDED)
        group.moves[operation.batch_id].cached += 1
    else:
        group.touch(operation.batch_id)
        group.call_lanes(group.connection, operation.batch_id)
    return True


def _begun_row(group: Group, operation: Begin) -> dict[str, Any]:
    hit = operation.hit
    columns: dict[str, Any] = {
        "status": JobStatus.SUCCEEDED if hit else JobStatus.QUEUED,
        "reason": Reason.CACHED if hit else None,
        "receipt_id": receipts.extend(group.connection, _draft(operation), operation.part),
        "cache_key": operation.cache_key,
        "input_id": operation.input_id,
        "artifact_id": hit.artifact_id if hit else None,
        "score": hit.artifact.score if hit else None,
        "input_tokens": hit.input_tokens if hit else None,
        "output_tokens": hit.output_tokens if hit else None,
        "started_at": group.now if hit else None,
        "finished_at": group.now if hit else None,
        **finding_columns(count_severities(hit.artifact.findings if hit else ())),
    }
    return {
        "job_id": operation.job_id,
        "v": group.versions[operation.batch_id],
        **{f"new_{name}": value for name, value in columns.items()},
    }


def _draft(operation: Begin) -> ScalarSelect[Any]:
    return select(job.c.draft_receipt_id).where(job.c.id == operation.job_id).scalar_subquery()


def turn(group: Group, operations: Sequence[Depend]) -> list[Applied]:
    """Jobs wait in another way: for a person, or again for the other job."""
    given: list[Applied] = []
    for operation in operations:
        is_parked = operation.new is JobStatus.PARKED
        row = {
            "job_id": operation.job_id,
            "old": operation.old,
            "new": operation.new,
            "v": group.versions[operation.batch_id],
            "why": operation.why,
            "at": group.now if is_parked else None,
        }
        is_turned = group.change(_TURNED, [row])
        if is_turned:
            group.moves[operation.batch_id].shift(operation.old, operation.new)
        given.append(is_turned)
    return given
