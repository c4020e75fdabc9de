"""What a new runner finds, and what it makes of it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)
from ulid import ULID

from webapp.domain.batch import CALLING, OPEN, JobStatus, Mode, ModelChoice, Reason
from webapp.store import blobs, rounds, runners
from webapp.store.database import Store
from webapp.store.models import attempt, batch, job, receipt, runner
from webapp.store.moves import Move, apply_moves
from webapp.store.operations import Reply, Round, StoredAnswer

MAX_CRASHES = 3
CRASHED = (
    "The runner ended three times while it checked this answer; retry it, or report the answer."
)
UNDECIDED = (
    "The runner ended during this call, which may have been charged: run it again if it may be "
    "paid for twice."
)


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch that a runner has work in."""

    id: str
    at_once: int
    queued: int
    models: frozenset[ModelChoice]


@dataclass(frozen=True, slots=True)
class RecentCall:
    """A call to an endpoint, when its job was claimed, and the most tokens it may have taken."""

    endpoint: str
    claimed_at: datetime
    tokens: int


def settle_others(store: Store, runner_id: str) -> tuple[int, list[StoredAnswer]]:
    """Put the jobs of all other runners right: they are dead, since this one has their lock.

    A call that was in flight is undecided: its job goes back to the queue and is called again, or
    is parked where nothing may be paid for twice. A job that was being checked is checked again,
    from its stored answer, unless three runners have ended during that. Gives the number of those
    to be called again, and the answers.
    """
    with store.write() as connection:
        connection.execute(delete(runner).where(runner.c.id != runner_id))
        return _settle(store, connection, runner_id, job.c.runner_id.is_distinct_from(runner_id))


def settle_silent(store: Store, runner_id: str, silent_s: float) -> tuple[int, list[StoredAnswer]]:
    """The same for others that have been silent for so many seconds, by the database's clock."""
    with store.write() as connection:
        others = select(runner.c.id, runner.c.seen_at, runners.NOW).where(runner.c.id != runner_id)
        seen = connection.execute(others).all()
        silent = [each for each, at, now in seen if now - at > timedelta(seconds=silent_s)]
        if not silent:
            return 0, []
        runners.take_turns(connection, runner_id)
        removed = delete(runner).where(runner.c.id.in_(silent)).returning(runner.c.id)
        dead = connection.scalars(removed).all()  # another may have been faster
        return _settle(store, connection, runner_id, job.c.runner_id.in_(dead))


def _settle(
    store: Store, connection: Connection, runner_id: str, theirs: ColumnElement[bool]
) -> tuple[int, list[StoredAnswer]]:
    _hold_batches(connection, theirs)
    _end_calls(connection, theirs)
    queued = {"status": JobStatus.QUEUED, "partial": None}
    requeued: Counter[str] = Counter()
    for calling in sorted(CALLING):
        _turn(connection, calling, _undecided(), theirs, job.c.never_twice.is_(True))
        requeued.update(_turn(connection, calling, queued, theirs))
    for batch_id in sorted(requeued):
        store.call_lanes(connection, batch_id)
    _turn(connection, JobStatus.CHECKING, _crashed(), theirs, job.c.crashes >= MAX_CRASHES)
    answers = _stored_answers(connection, theirs)
    taken_over = update(job).where(job.c.status == JobStatus.CHECKING, theirs)
    connection.execute(taken_over.values(runner_id=runner_id))
    return requeued.total(), answers


def _hold_batches(connection: Connection, theirs: ColumnElement[bool]) -> None:
    # Else a page could cancel jobs between the counting and the change.
    held = select(job.c.batch_id).where(job.c.status.in_(OPEN - {JobStatus.QUEUED}), theirs)
    connection.execute(
        select(batch.c.id).where(batch.c.id.in_(held)).order_by(batch.c.id).with_for_update()
    )


def _end_calls(connection: Connection, theirs: ColumnElement[bool]) -> None:
    """The calls in flight are undecided; nobody knows what they cost, unless they are free."""
    lost = select(attempt.c.id, job.c.id, job.c.batch_id, job.c.reserve_cost).join(job)
    rows = connection.execute(lost.where(attempt.c.status == "sent", theirs)).all()
    _count_lost(connection, [row for row in rows if row.reserve_cost != 0])
    undecided = (
        update(attempt)
        .where(attempt.c.id == bindparam("attempt_id"))
        .values(
            status="undecided",
            ended_at=datetime.now(UTC),
            cost=bindparam("its_cost", type_=attempt.c.cost.type),
            sentence="The runner ended during this call; it may have been charged.",
        )
    )
    ended = [
        {"attempt_id": row[0], "its_cost": 0 if row.reserve_cost == 0 else None} for row in rows
    ]
    if ended:
        connection.execute(undecided, ended)


def _count_lost(connection: Connection, rows: Iterable[Any]) -> None:
    moves: dict[str, Move] = {}
    for _, job_id, batch_id, _ in rows:
        moves.setdefault(batch_id, Move()).unpriced += 1
        version = select(batch.c.version + 1).where(batch.c.id == batch_id).scalar_subquery()
        connection.execute(
            update(job)
            .where(job.c.id == job_id)
            .values(unpriced=job.c.unpriced + 1, version=version)
        )
    apply_moves(connection, moves)


def _undecided() -> dict[str, Any]:
    return {
        "status": JobStatus.PARKED,
        "reason": Reason.UNDECIDED,
        "detail": UNDECIDED,
        "partial": None,
        "finished_at": datetime.now(UTC),
    }


def _crashed() -> dict[str, Any]:
    return {
        "status": JobStatus.FAILED,
        "reason": Reason.CRASHED_RUNNER,
        "detail": CRASHED,
        "finished_at": datetime.now(UTC),
    }


def _turn(
    connection: Connection, old: JobStatus, values: dict[str, Any], *which: ColumnElement[bool]
) -> dict[str, int]:
    """Change the jobs of a status; how many there were, by batch."""
    where = and_(job.c.status == old, *which)
    counted = connection.execute(
        select(job.c.batch_id, func.count()).where(where).group_by(job.c.batch_id)
    ).all()
    numbers: dict[str, int] = dict(tuple(row) for row in counted)
    moves = {}
    for batch_id, number in sorted(numbers.items()):
        version = select(batch.c.version + 1).where(batch.c.id == batch_id).scalar_subquery()
        connection.execute(
            update(job).where(where, job.c.batch_id == batch_id).values(version=version, **values)
        )
        moves[batch_id] = Move()
        moves[batch_id].shift(old, values["status"], number)
    apply_moves(connection, moves)
    return numbers


def _stored_answers(connection: Connection, theirs: ColumnElement[bool]) -> list[StoredAnswer]:
    found = connection.execute(
        select(job, attempt.c.raw_digest, attempt.c.finish_reason)
        .add_columns(
            attempt.c.input_tokens.label("call_input"), attempt.c.output_tokens.label("call_output")
        )
        .add_columns(receipt.c.facts)
        .join(receipt, receipt.c.id == job.c.receipt_id)
        .join(attempt, (attempt.c.job_id == job.c.id) & (attempt.c.claim_no == job.c.claim_no))
        .where(job.c.status == JobStatus.CHECKING, attempt.c.status == "ok", theirs)
        .order_by(job.c.crashes, job.c.id)
    ).all()
    digests = (digest for row in found for digest in (row.raw_digest, row.facts) if digest)
    texts = blobs.get(connection, digests)
    standing = rounds.standing(connection, found)
    return [_stored_answer(row, texts, standing[row.id]) for row in found]


def _stored_answer(row: Row[Any], texts: Mapping[str, str], standing: Round) -> StoredAnswer:
    return StoredAnswer(
        id=row.id,
        batch_id=row.batch_id,
        claim_no=row.claim_no,
        kind=row.kind,
        endpoint=row.endpoint,
        model=row.model,
        cache_key=row.cache_key,
        max_tokens=row.max_tokens,
        reserve_tokens=row.reserve_tokens,
        round=standing,
        facts=texts[row.facts] if row.facts else None,
        crashes=row.crashes,
        reply=Reply(texts[row.raw_digest], row.finish_reason, row.call_input, row.call_output),
    )


def recent_calls(store: Store, endpoints: Collection[str], within_s: float) -> list[RecentCall]:
    """The calls to these endpoints whose jobs were claimed in the last seconds, oldest first."""
    since = ULID.from_datetime(datetime.now(UTC) - timedelta(seconds=within_s))
    used = attempt.c.input_tokens + attempt.c.output_tokens
    query = (
        select(attempt.c.model, attempt.c.started_at, func.coalesce(used, job.c.reserve_tokens))
        .join(job)
        .where(
            attempt.c.id >= str(since),  # they begin with their time
            or_(*(attempt.c.model.startswith(f"{name}:", autoescape=True) for name in endpoints)),
        )
        .order_by(attempt.c.id)
    )
    with store.read() as connection:
        return [
            RecentCall(ModelChoice.parse(model).endpoint, claimed_at, tokens)
            for model, claimed_at, tokens in connection.execute(query)
        ]


_OPEN = select(batch.c.id, batch.c.mode, batch.c.concurrency, batch.c.queued, batch.c.models).where(
    batch.c.finished_at.is_(None)
)


def open_batches(connection: Connection) -> list[OpenBatch]:
    """The batches with anything open, the oldest first."""
    return [_open_batch(row) for row in connection.execute(_OPEN.order_by(batch.c.id))]


def open_batch(store: Store, batch_id: str) -> OpenBatch | None:
    """One batch; None where nothing in it is open."""
    with store.read() as connection:
        row = connection.execute(_OPEN.where(batch.c.id == batch_id)).one_or_none()
    return None if row is None else _open_batch(row)


def _open_batch(row: Any) -> OpenBatch:
    at_once = 1 if row.mode == Mode.SYNC else row.concurrency
    models = frozenset(ModelChoice(*model) for model in row.models)
    return OpenBatch(row.id, at_once, row.queued, models)


def still_held(connection: Connection, claims: dict[str, int]) -> set[str]:
    """Those of the jobs that are still running or checking under the claim given."""
    held: set[str] = set()
    for chunk in blobs.chunks(claims):
        rows = connection.execute(
            select(job.c.id, job.c.claim_no).where(
                job.c.id.in_(chunk), job.c.status.in_(OPEN - {JobStatus.QUEUED})
            )
        )
        held.update(job_id for job_id, claim_no in rows if claims[job_id] == claim_no)
    return held
