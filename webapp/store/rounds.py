"""Rounds of repair: an answer with errors goes back to its model, and the best version is kept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, bindparam, select, update

from webapp.domain.artifact import Result, count_severities
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.views import RoundView
from webapp.store import artifacts, blobs, receipts
from webapp.store.batches import finding_columns
from webapp.store.database import Store
from webapp.store.group import Group
from webapp.store.models import attempt, job, receipt
from webapp.store.operations import Applied, Ended, Repair, Round
from webapp.store.views import attempt_view, attempts_of

_CLAIMED = (job.c.id == bindparam("job_id")) & (job.c.claim_no == bindparam("claim"))
_WAITING = (
    update(job)
    .where(_CLAIMED, job.c.status == JobStatus.CHECKING)
    .values(
        status=JobStatus.QUEUED,
        reason=Reason.REPAIR,
        version=bindparam("v"),
        round=job.c.round + 1,
        rounds_left=job.c.rounds_left - 1,
        tries=0,
        crashes=0,
        not_before=None,
        **{
            name: bindparam(f"new_{name}", type_=job.c[name].type)
            for name in (
                "detail", "repair_receipt_id", "artifact_id", "score", "input_tokens",
                "output_tokens", "errors", "warnings", "notes", "reserve_tokens", "reserve_cost",
            )
        },
    )
)  # fmt: skip
_EXAMINED = (
    update(attempt)
    .where(
        attempt.c.job_id == bindparam("of_job"),
        attempt.c.claim_no == bindparam("claim"),
        attempt.c.status == "ok",
    )
    .values(artifact_id=bindparam("examined"))
)


def receipt_of(row: Row[Any]) -> str:
    """The receipt of what a job is sent in its present round."""
    receipt_id: str = row.repair_receipt_id or row.receipt_id
    return receipt_id


def standing(connection: Connection, rows: Sequence[Row[Any]]) -> dict[str, Round]:
    """Where jobs stand in their repair, by id."""
    return {row.id: Round(row.round, row.rounds_left, _best(connection, row)) for row in rows}


def _best(connection: Connection, row: Row[Any]) -> Result | None:
    if row.artifact_id is None:
        return None
    found = artifacts.load(connection, row.artifact_id)
    return Result(row.artifact_id, found, row.input_tokens, row.output_tokens)


def repair(group: Group, operations: Sequence[Repair]) -> list[Applied]:
    """Jobs wait for the next round, with what was wrong and the best version so far."""
    rows = [_row(group, o) for o in operations]
    if not group.change(_WAITING, rows):
        return [False]
    for operation in operations:
        kept = {each.artifact_id: each for each in (operation.kept, operation.examined)}
        artifacts.save(group.connection, [(key, each.artifact) for key, each in kept.items()])
        group.moves[operation.batch_id].shift(JobStatus.CHECKING, JobStatus.QUEUED)
    examined(group, operations)
    for batch_id in sorted({o.batch_id for o in operations}):
        group.call_lanes(group.connection, batch_id)
    return [True] * len(operations)


def _first(operation: Repair) -> ScalarSelect[Any]:
    return select(job.c.receipt_id).where(job.c.id == operation.job_id).scalar_subquery()


def _row(group: Group, operation: Repair) -> dict[str, Any]:
    kept = operation.kept
    columns = {
        "detail": operation.detail,
        "repair_receipt_id": receipts.extend(group.connection, _first(operation), operation.part),
        "artifact_id": kept.artifact_id,
        "score": kept.artifact.score,
        "input_tokens": kept.input_tokens,
        "output_tokens": kept.output_tokens,
        "reserve_tokens": operation.reserve_tokens,
        "reserve_cost": operation.reserve_cost,
        **finding_columns(count_severities(kept.artifact.findings)),
    }
    return {
        "job_id": operation.job_id,
        "claim": operation.claim_no,
        "v": group.versions[operation.batch_id],
        **{f"new_{name}": value for name, value in columns.items()},
    }


def examined(group: Group, operations: Sequence[Repair | Ended]) -> None:
    """Keep what each answer was, where there are several rounds of it."""
    rows = [
        {"of_job": o.job_id, "claim": o.claim_no, "examined": o.examined.artifact_id}
        for o in operations
        if o.examined
    ]
    if rows:
        group.connection.execute(_EXAMINED, rows)


def views(store: Store, job_id: str) -> tuple[RoundView, ...]:
    """Every answer of a job that took several, the first one first."""
    with store.read() as connection:
        final = connection.scalar(select(job.c.artifact_id).where(job.c.id == job_id))
        attempts = connection.execute(attempts_of(job_id)).all()
        found = [row for row in attempts if row.artifact_id]
        bases = {row.base_id for row in attempts} | {final}
        return tuple(_view(connection, row, bases, final) for row in found)


def _view(
    connection: Connection, row: Row[Any], bases: set[str | None], final: str | None
) -> RoundView:
    base = artifacts.load(connection, row.base_id) if row.base_id else None
    artifact = artifacts.load(connection, row.artifact_id)
    return RoundView(
        attempt=attempt_view(row, {}),
        artifact=artifact,
        base=base,
        sent=_told(connection, row.receipt_id),
        is_kept=row.artifact_id in bases,
        is_result=row.artifact_id == final,
    )


def _told(connection: Connection, receipt_id: str | None) -> str | None:
    """What was sent besides the prompt of the job: the last part of it."""
    parts = connection.scalar(select(receipt.c.parts).where(receipt.c.id == receipt_id))
    if not parts:
        return None
    _, _, digest = parts[-1]
    return blobs.get(connection, [digest])[digest]
