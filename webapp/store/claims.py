"""Claiming jobs, and serving the twins of a job that has ended.

Two queued jobs with the same cache key are twins: only one of them is called for. The other waits
in the queue and is finished by the commit that finishes the first, over batches and runners alike.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Row,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from ulid import ULID

from webapp.domain.artifact import Result, count_severities
from webapp.domain.batch import JobStatus, ModelChoice, Reason, Retries
from webapp.store import blobs, budgets, fallbacks
from webapp.store.batches import count, finding_columns
from webapp.store.group import Group
from webapp.store.models import attempt, job
from webapp.store.operations import Applied, Claim, ClaimedJob, Ended, Outlook
from webapp.store.prompts import PromptCache

_next = job.alias("next")
_twin = job.alias("twin")
# The words of the condition of `ix_job_open_key`: for others SQLite does not use that index.
_OPEN: list[ColumnElement[str]] = [
    literal_column(f"'{status}'") for status in JobStatus if status.is_open
]
_HAS_TWIN_AHEAD = (
    select(_twin.c.id)
    .where(
        _twin.c.status.in_(_OPEN),
        _twin.c.cache_key == _next.c.cache_key,
        _twin.c.fresh.is_(False),
        or_(
            _twin.c.status == JobStatus.RUNNING,
            _twin.c.status == JobStatus.CHECKING,
            and_(
                _twin.c.status == JobStatus.QUEUED,
                _twin.c.batch_id == _next.c.batch_id,
                _twin.c.seq < _next.c.seq,
            ),
        ),
    )
    .exists()
)


def claim(group: Group, operations: Sequence[Claim], prompts: PromptCache) -> list[Applied]:
    """Give each lane the next job that is due, or say what is left."""
    alike = Counter(_likeness(o) for o in operations)
    taken = {key: _take_within(group, key, number) for key, number in alike.items()}
    texts = prompts.of(group.connection, [row for rows in taken.values() for row in rows])
    claimed: list[tuple[Row[Any], str]] = []
    results: list[Applied] = []
    left: dict[str, Outlook] = {}  # by batch: many lanes may come away with nothing at once
    for operation in operations:
        rows = taken[_likeness(operation)]
        if not rows:
            if operation.batch_id not in left:
                left[operation.batch_id] = outlook(group.connection, operation.batch_id)
            results.append(left[operation.batch_id])
            continue
        row = rows.pop()
        claimed.append((row, str(ULID())))
        results.append(_claimed_job(row, claimed[-1][1], *texts[row.receipt_id]))
    _insert_attempts(group, claimed)
    return results


def _likeness(operation: Claim) -> tuple[str, frozenset[ModelChoice]]:
    # One statement serves all claims that are alike.
    return operation.batch_id, operation.models


@cache
def _taking(models: int, *, is_bounded: bool) -> ReturningUpdate[Any]:
    """The claim at so many models, built once: an IN would be written anew for each claim."""
    now = bindparam("now", type_=job.c.not_before.type)
    at_these = or_(
        *(
            and_(
                _next.c.endpoint == bindparam(f"endpoint_{n}"),
                _next.c.model == bindparam(f"model_{n}"),
            )
            for n in range(models)
        )
    )
    within = budgets.reserve(_next) <= bindparam("room", type_=BigInteger)
    due = (
        select(_next.c.id)
        .where(
            _next.c.batch_id == bindparam("of_batch"),
            _next.c.status == JobStatus.QUEUED,
            at_these,
            or_(_next.c.not_before.is_(None), _next.c.not_before <= now),
            or_(_next.c.fresh.is_(True), ~_HAS_TWIN_AHEAD),
            *([within] if is_bounded else []),
        )
        .order_by(_next.c.seq)
        .limit(bindparam("number", type_=Integer))
    )
    return (
        update(job)
        .where(job.c.id.in_(due))
        .values(
            status=JobStatus.RUNNING,
            reason=None,
            detail=None,
            not_before=None,
            claim_no=job.c.claim_no + 1,
            started_at=now,
            version=bindparam("v"),
        )
        .returning(job)
    )


def _take_within(
    group: Group, key: tuple[str, frozenset[ModelChoice]], number: int
) -> list[Row[Any]]:
    """Jobs in the reverse of their order; where a budget bounds them, none that may exceed it."""
    batch_id, _ = key
    if batch_id not in group.rooms:
        return _take(group, key, number)[::-1]
    rows: list[Row[Any]] = []
    for _ in range(number):
        found = _take(group, key, 1, room=group.rooms[batch_id])
        if not found:
            budgets.park_what_is_left(group, batch_id)
            break
        group.hold(batch_id, found[0].reserve_cost or 0)
        rows += found
    return rows[::-1]


def _take(
    group: Group,
    key: tuple[str, frozenset[ModelChoice]],
    number: int,
    *,
    room: int | None = None,
) -> list[Row[Any]]:
    batch_id, models = key
    rows = group.connection.execute(
        _taking(len(models), is_bounded=room is not None),
        {
            "of_batch": batch_id,
            "now": group.now,
            "number": number,
            "v": group.versions[batch_id],
            **({"room": max(0, room)} if room is not None else {}),
            **{
                f"{part}_{place}": getattr(model, part)
                for place, model in enumerate(sorted(models))
                for part in ("endpoint", "model")
            },
        },
    ).all()
    if rows:
        move = group.moves[batch_id]
        move.shift(JobStatus.QUEUED, JobStatus.RUNNING, len(rows))
        move.started_at = group.now
    return sorted(rows, key=lambda row: row.seq)


def _claimed_job(row: Row[Any], attempt_id: str, system: str, user: str) -> ClaimedJob:
    return ClaimedJob(
        id=row.id,
        batch_id=row.batch_id,
        attempt_id=attempt_id,
        claim_no=row.claim_no,
        tries=row.tries,
        kind=row.kind,
        endpoint=row.endpoint,
        model=row.model,
        max_tokens=row.max_tokens,
        temperature=row.temperature,
        seed=row.seed,
        never_twice=row.never_twice,
        retries=Retries(row.retries),
        reserve_tokens=row.reserve_tokens,
        reserve_cost=row.reserve_cost,
        fallbacks=fallbacks.load(row.fallbacks),
        cache_key=row.cache_key,
        system=system,
        user=user,
    )


def _insert_attempts(group: Group, claimed: Sequence[tuple[Row[Any], str]]) -> None:
    rows = [
        {
            "id": attempt_id,
            "job_id": row.id,
            "claim_no": row.claim_no,
            "status": "sent",
            "started_at": group.now,
            "model": str(ModelChoice(row.endpoint, row.model)),
        }
        for row, attempt_id in claimed
    ]
    if rows:
        group.connection.execute(insert(attempt), rows)


def outlook(connection: Connection, batch_id: str) -> Outlook:
    """What waits in a batch, by model."""
    rows = connection.execute(
        select(
            job.c.endpoint,
            job.c.model,
            func.min(job.c.not_before),
            func.count() - func.count(job.c.not_before),
        )
        .where(job.c.batch_id == batch_id, job.c.status == JobStatus.QUEUED)
        .group_by(job.c.endpoint, job.c.model)
    )
    return Outlook(
        {ModelChoice(*model): None if due_now else first for *model, first, due_now in rows}
    )


_TWINS = select(job.c.id, job.c.batch_id, job.c.cache_key).where(
    job.c.cache_key.in_(bindparam("keys", expanding=True)),
    job.c.status.in_(_OPEN),
    job.c.status == JobStatus.QUEUED,
    job.c.fresh.is_(False),
)


def twins(connection: Connection, operations: Sequence[Ended]) -> list[Row[Any]]:
    """The queued jobs that the results of these operations serve as well."""
    keys = [o.cache_key for o in operations if o.cache_key]
    found: list[Row[Any]] = []
    for chunk in blobs.chunks(keys):
        found.extend(connection.execute(_TWINS, {"keys": chunk}))
    return found


def serve(group: Group, waiting: Sequence[Row[Any]], operations: Sequence[Ended]) -> None:
    """Finish twins with the results they waited for."""
    results = {o.cache_key: o.result for o in operations if o.cache_key and o.result}
    for twin in waiting:
        result = results[twin.cache_key]
        group.connection.execute(
            update(job).where(job.c.id == twin.id).values(**_served(group, twin.batch_id, result))
        )
        move = group.moves[twin.batch_id]
        move.shift(JobStatus.QUEUED, JobStatus.SUCCEEDED)
        move.cached += 1
    count(group.connection, "cache_shared", len(waiting))


def _served(group: Group, batch_id: str, result: Result) -> dict[str, Any]:
    return {
        "status": JobStatus.SUCCEEDED,
        "reason": Reason.CACHED,
        "detail": None,
        "version": group.versions[batch_id],
        "artifact_id": result.artifact_id,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "started_at": group.now,
        "finished_at": group.now,
        **finding_columns(count_severities(result.artifact.findings)),
    }
