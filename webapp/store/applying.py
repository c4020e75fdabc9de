"""One commit for many operations: the whole of what a runner writes goes through here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from webapp.domain.batch import JobStatus, Reason
from webapp.store import claims, endings
from webapp.store.blobs import insert_missing
from webapp.store.group import Group, lock
from webapp.store.models import endpoint_state, job, runner
from webapp.store.moves import apply_moves
from webapp.store.operations import (
    Abandoned,
    Answered,
    Applied,
    Beat,
    Claim,
    Ended,
    Operation,
    Progress,
    PutBack,
    Unreachable,
)


def apply(
    connection: Connection, operations: Sequence[Operation], prompts: claims.PromptCache
) -> list[Applied]:
    """Apply operations inside the open transaction; what each gives, in their order.

    Raises `Fenced` if one of several acts under a claim that is over: the transaction is then to be
    rolled back and the operations applied one at a time.
    """
    group = Group(connection)
    ended = [operation for operation in operations if isinstance(operation, Ended)]
    waiting = claims.twins(connection, ended)
    touched = {o.batch_id for o in operations if not isinstance(o, Abandoned | Progress | Beat)}
    lock(group, touched | {twin.batch_id for twin in waiting})
    results: dict[int, Applied] = {}
    for kind, handler in _handlers(prompts).items():
        mine = [(place, o) for place, o in enumerate(operations) if isinstance(o, kind)]
        if mine:
            given = handler(group, [operation for _, operation in mine])
            results.update(zip((place for place, _ in mine), given, strict=True))
        if kind is Ended and waiting and all(results[place] for place, _ in mine):
            claims.serve(group, waiting, ended)
    apply_moves(connection, group.moves)
    return [results[place] for place in range(len(operations))]


def _handlers(prompts: claims.PromptCache) -> dict[type, Callable[[Group, Any], list[Applied]]]:
    # In this order: what is put back or served can no longer be claimed wrongly afterwards.
    return {
        Answered: endings.answer,
        PutBack: endings.put_back,
        Ended: endings.end,
        Abandoned: endings.abandon,
        Progress: endings.progress,
        Unreachable: _park,
        Beat: _beat,
        Claim: lambda group, operations: claims.claim(group, operations, prompts),
    }


def _park(group: Group, operations: Sequence[Unreachable]) -> list[Applied]:
    for operation in operations:
        parked = group.connection.execute(
            update(job)
            .where(
                job.c.batch_id == operation.batch_id,
                job.c.endpoint == operation.endpoint,
                job.c.status == JobStatus.QUEUED,
            )
            .values(
                status=JobStatus.PARKED,
                reason=Reason.KEY,
                detail=operation.sentence,
                not_before=None,
                finished_at=group.now,
                version=group.versions[operation.batch_id],
            )
        ).rowcount
        group.moves[operation.batch_id].shift(JobStatus.QUEUED, JobStatus.PARKED, parked)
    return [True] * len(operations)


def _beat(group: Group, operations: Sequence[Beat]) -> list[Applied]:
    beat = operations[-1]
    group.connection.execute(
        update(runner).where(runner.c.id == beat.runner_id).values(seen_at=group.now)
    )
    for name, cap, in_flight in beat.endpoints:
        _say(group.connection, name, cap, in_flight, group.now)
    return [True] * len(operations)


def _say(connection: Connection, name: str, cap: int | None, in_flight: int, now: datetime) -> None:
    row = {"cap": cap, "in_flight": in_flight, "seen_at": now}
    connection.execute(insert_missing(connection, endpoint_state).values(name=name, **row))
    connection.execute(update(endpoint_state).where(endpoint_state.c.name == name).values(**row))
