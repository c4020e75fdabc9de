"""What a new runner finds, and what it makes of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from ulid import ULID

from webapp.domain.batch import OPEN, JobStatus, ModelChoice, Reason
from webapp.store import blobs
from webapp.store.database import Store
from webapp.store.models import attempt, batch, endpoint_state, job, runner
from webapp.store.moves import Move, apply_moves
from webapp.store.operations import Reply, StoredAnswer

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
    mode: str
    concurrency: int
    queued: int
    models: frozenset[ModelChoice]


@dataclass(frozen=True, slots=True)
class RecentCall:
    """A call to an endpoint, when its job was claimed, and the most tokens it may have taken."""

    endpoint: str
    claimed_at: datetime
    tokens: int


def enlist(store: Store, runner_id: str, host: str, pid: int) -> None:
    """Write the new runner down; those before it are over, since it holds their lock."""
    now = datetime.now(UTC)
    with store.write() as connection:
        connection.execute(runner.delete())
        connection.execute(endpoint_state.delete())
        connection.execute(
            insert(runner).values(id=runner_id, host=host, pid=pid, started_at=now, seen_at=now)
        )


def settle(store: Store) -> tuple[int, list[StoredAnswer]]:
    """Put the jobs of a dead runner right.

    A call that was in flight is undecided: its job goes back to the queue and is called again, or
    is parked where nothing may be paid for twice. A job that was being checked is checked again,
    from its stored answer, unless three runners have ended during that. Gives the number of those
    to be called again, and the answers.
    """
    with store.write() as connection:
        _count_lost(connection)
        connection.execute(
            update(attempt)
            .where(attempt.c.status == "sent")
            .values(
                status="undecided",
                ended_at=datetime.now(UTC),
                sentence="The runner ended during this call; it may have been charged.",
            )
        )
        _turn(connection, JobStatus.RUNNING, _undecided(), job.c.never_twice.is_(True))
        requeued = _turn(
            connection,
            JobStatus.RUNNING,
            {"status": JobStatus.QUEUED, "partial": None, "started_at": None},
        )
        _turn(
            connection,
            JobStatus.CHECKING,
            {
                "status": JobStatus.FAILED,
                "reason": Reason.CRASHED_RUNNER,
                "detail": CRASHED,
                "finished_at": datetime.now(UTC),
            },
            job.c.crashes >= MAX_CRASHES,
        )
        return requeued, _stored_answers(connection)


def _count_lost(connection: Connection) -> None:
    """Nobody knows what calls cost that were in flight, unless they are free."""
    is_lost = (attempt.c.status == "sent") & (func.coalesce(job.c.reserve_cost, 1) != 0)
    rows = connection.execute(select(job.c.id, job.c.batch_id).join(attempt).where(is_lost)).all()
    moves: dict[str, Move] = {}
    for job_id, batch_id in rows:
        moves.setdefault(batch_id, Move()).unpriced += 1
        version = select(batch.c.version + 1).where(batch.c.id == batch_id).scalar_subquery()
        connection.execute(
            update(job)
            .where(job.c.id == job_id)
            .values(unpriced=job.c.unpriced + 1, version=version)
        )
    apply_moves(connection, moves)
    is_free = exists().where(job.c.id == attempt.c.job_id, job.c.reserve_cost == 0)
    connection.execute(update(attempt).where(attempt.c.status == "sent", is_free).values(cost=0))


def _undecided() -> dict[str, Any]:
    return {
        "status": JobStatus.PARKED,
        "reason": Reason.UNDECIDED,
        "detail": UNDECIDED,
        "partial": None,
        "finished_at": datetime.now(UTC),
    }


def _turn(
    connection: Connection, old: JobStatus, values: dict[str, Any], *which: ColumnElement[bool]
) -> int:
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
    return sum(numbers.values())


def _stored_answers(connection: Connection) -> list[StoredAnswer]:
    found = connection.execute(
        select(job, attempt.c.raw_digest, attempt.c.finish_reason)
        .add_columns(
            attempt.c.input_tokens.label("call_input"), attempt.c.output_tokens.label("call_output")
        )
        .join(attempt, (attempt.c.job_id == job.c.id) & (attempt.c.claim_no == job.c.claim_no))
        .where(job.c.status == JobStatus.CHECKING, attempt.c.status == "ok")
        .order_by(job.c.crashes, job.c.id)
    ).all()
    texts = blobs.get(connection, [row.raw_digest for row in found])
    return [_stored_answer(row, texts[row.raw_digest]) for row in found]


def _stored_answer(row: Row[Any], text: str) -> StoredAnswer:
    return StoredAnswer(
        id=row.id,
        batch_id=row.batch_id,
        claim_no=row.claim_no,
        kind=row.kind,
        endpoint=row.endpoint,
        model=row.model,
        cache_key=row.cache_key,
        crashes=row.crashes,
        reply=Reply(text, row.finish_reason, row.call_input, row.call_output),
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


def open_batches(connection: Connection) -> list[OpenBatch]:
    """The batches with anything open, the oldest first."""
    rows = connection.execute(
        select(batch.c.id, batch.c.mode, batch.c.concurrency, batch.c.queued, batch.c.models)
        .where(batch.c.finished_at.is_(None))
        .order_by(batch.c.id)
    )
    return [
        OpenBatch(
            row.id,
            row.mode,
            row.concurrency,
            row.queued,
            frozenset(ModelChoice(*model) for model in row.models),
        )
        for row in rows
    ]


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
