"""Claiming jobs: the next that is due, within what budgets and allowances leave."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
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
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from webapp.domain.batch import JobStatus, ModelChoice, Reason, Retries
from webapp.store import budgets, fallbacks, quotas, rounds, twins
from webapp.store.group import Group
from webapp.store.models import attempt, job
from webapp.store.operations import Applied, Claim, ClaimedJob, Outlook, Round
from webapp.store.prompts import Prompt, PromptCache

DEPENDENT_S = 1.0
_next = job.alias("next")
_HAS_TWIN_AHEAD = twins.ahead_of(_next)
_NOW = bindparam("now", type_=job.c.not_before.type)
_CLAIMING = update(job).values(
    status=case((job.c.round > 0, JobStatus.REPAIRING), else_=JobStatus.RUNNING),
    reason=None,
    detail=None,
    not_before=None,
    claim_no=job.c.claim_no + 1,
    runner_id=bindparam("runner"),
    started_at=func.coalesce(job.c.started_at, _NOW),  # a repair goes on with a job
    version=bindparam("v"),
)


def claim(group: Group, operations: Sequence[Claim], prompts: PromptCache) -> list[Applied]:
    """Give each lane the next job that is due, or say what is left."""
    made = _made_before(group, operations) if group.is_again else {}
    # One statement serves all claims that are alike.
    alike = Counter(o for o in operations if o.attempt_id not in made)
    taken = {claim: _take_within(group, claim, number) for claim, number in alike.items()}
    rows = [made.get(o.attempt_id) or _next_of(taken, o) for o in operations]
    found = [(row, o.attempt_id) for row, o in zip(rows, operations, strict=True) if row]
    _insert_attempts(group, [each for each in found if each[1] not in made])
    texts = prompts.of(group.connection, [rounds.receipt_of(row) for row, _ in found])
    standing = rounds.standing(group.connection, [row for row, _ in found])
    left: dict[str, Outlook] = {}  # by batch: many lanes may come away with nothing at once
    for batch_id in {o.batch_id for row, o in zip(rows, operations, strict=True) if not row}:
        left[batch_id] = outlook(group.connection, batch_id)
    return [
        _claimed_job(row, o.attempt_id, texts[rounds.receipt_of(row)], standing[row.id])
        if row
        else left[o.batch_id]
        for row, o in zip(rows, operations, strict=True)
    ]


def _made_before(group: Group, operations: Sequence[Claim]) -> dict[str, Row[Any]]:
    """The jobs that these very claims have got already, by attempt."""
    ids = [operation.attempt_id for operation in operations]
    query = select(job, attempt.c.id.label("made")).join(attempt).where(attempt.c.id.in_(ids))
    return {row.made: row for row in group.connection.execute(query)}


def _next_of(taken: Mapping[Claim, list[Row[Any]]], operation: Claim) -> Row[Any] | None:
    rows = taken[operation]
    return rows.pop() if rows else None


@cache
def _taking(models: int, *, is_bounded: bool, is_rationed: bool) -> ReturningUpdate[Any]:
    """The claim at so many models, built once: an IN would be written anew for each claim."""
    within = budgets.reserve(_next) <= bindparam("room", type_=BigInteger)
    due = (
        select(_next.c.id)
        .where(
            _next.c.batch_id == bindparam("of_batch"),
            _next.c.status == JobStatus.QUEUED,
            or_(*(_is_at(n, is_rationed=is_rationed) for n in range(models))),
            or_(_next.c.not_before.is_(None), _next.c.not_before <= _NOW),
            func.coalesce(_next.c.reason, "") != Reason.DEPENDENCY,
            or_(_next.c.fresh.is_(True), ~_HAS_TWIN_AHEAD),
            *([within] if is_bounded else []),
        )
        .order_by(_next.c.seq)
        .limit(bindparam("number", type_=Integer))
    )
    return _CLAIMING.where(job.c.id.in_(due)).returning(job)


def _is_at(n: int, *, is_rationed: bool) -> ColumnElement[bool]:
    """Whether a job is for one of the models, and within what that may still take."""
    model = (
        _next.c.endpoint == bindparam(f"endpoint_{n}"),
        _next.c.model == bindparam(f"model_{n}"),
    )
    within = (_next.c.reserve_tokens <= bindparam(f"tokens_{n}"),) if is_rationed else ()
    return and_(*model, *within)


def _take_within(group: Group, claim: Claim, number: int) -> list[Row[Any]]:
    """Jobs in the reverse of their order: none that may exceed a budget or an allowance."""
    has_budget = claim.batch_id in group.rooms
    if not (has_budget or claim.allowances):
        return _take(group, claim.batch_id, dict.fromkeys(claim.models), number)[::-1]
    rows: list[Row[Any]] = []
    for _ in range(number):
        models = quotas.tokens_left(group, claim.models, claim.allowances)
        room = group.rooms[claim.batch_id] if has_budget else None
        found = _take(group, claim.batch_id, models, 1, room=room)
        if not found:
            if has_budget:
                budgets.park_what_is_left(group, claim.batch_id)
            break
        group.hold(claim.batch_id, found[0].reserve_cost or 0)
        quotas.count(group, found[0])
        rows += found
    return rows[::-1]


def _take(
    group: Group,
    batch_id: str,
    models: Mapping[ModelChoice, int | None],
    number: int,
    *,
    room: int | None = None,
) -> list[Row[Any]]:
    """Claim jobs at models, each of at most so many tokens."""
    is_rationed = None not in models.values()
    if not models:
        return []
    rows = group.connection.execute(
        _taking(len(models), is_bounded=room is not None, is_rationed=is_rationed),
        {
            "of_batch": batch_id,
            "now": group.now,
            "number": number,
            "v": group.versions[batch_id],
            "runner": group.runner_id,
            **({"room": max(0, room)} if room is not None else {}),
            **_places(models, is_rationed=is_rationed),
        },
    ).all()
    if rows:
        move = group.moves[batch_id]
        for row in rows:
            move.shift(JobStatus.QUEUED, JobStatus(row.status))
        move.started_at = group.now
        if group.is_shared:  # a runner knows only its own calls
            running = group.running[batch_id] + move.calling
            move.peak_in_flight = max(move.peak_in_flight, running)
    return sorted(rows, key=lambda row: row.seq)


def _places(models: Mapping[ModelChoice, int | None], *, is_rationed: bool) -> dict[str, Any]:
    places: dict[str, Any] = {}
    for n, model in enumerate(sorted(models)):
        places |= {f"endpoint_{n}": model.endpoint, f"model_{n}": model.model}
        if is_rationed:
            places[f"tokens_{n}"] = models[model]
    return places


def _claimed_job(row: Row[Any], attempt_id: str, prompt: Prompt, standing: Round) -> ClaimedJob:
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
        round=standing,
        facts=prompt.facts,
        system=prompt.system,
        user=prompt.user,
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
            "round": row.round,
            "receipt_id": row.repair_receipt_id,
            "base_id": row.artifact_id,
        }
        for row, attempt_id in claimed
    ]
    if rows:
        group.connection.execute(insert(attempt), rows)


def outlook(connection: Connection, batch_id: str) -> Outlook:
    """What waits in a batch, by model; what depends on another job may be due in a second."""
    depends = func.coalesce(job.c.reason, "") == Reason.DEPENDENCY
    is_due = job.c.not_before.is_(None) & ~depends
    rows = connection.execute(
        select(
            job.c.endpoint,
            job.c.model,
            func.min(job.c.not_before),
            func.sum(case((is_due, 1), else_=0)),
        )
        .where(job.c.batch_id == batch_id, job.c.status == JobStatus.QUEUED)
        .group_by(job.c.endpoint, job.c.model)
    )
    soon = datetime.now(UTC) + timedelta(seconds=DEPENDENT_S)
    return Outlook(
        {ModelChoice(*model): None if due_now else first or soon for *model, first, due_now in rows}
    )
