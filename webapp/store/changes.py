"""Cancel and retry: conditional updates, and a look at what they changed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    case,
    func,
    select,
    update,
)

from webapp.domain.batch import OPEN, JobStatus, Reason
from webapp.domain.errors import BatchNotFound, JobNotFound, SelectionGrew
from webapp.domain.listing import Selection
from webapp.store.database import Store
from webapp.store.listing import matches
from webapp.store.models import batch, job
from webapp.store.moves import Move, apply_moves

RETRIED = (JobStatus.FAILED, JobStatus.PARKED)
STANDING = tuple(status for status in JobStatus if not status.is_open)
EVERY = Selection()
_NOTHING: Mapping[str, Any] = MappingProxyType({})
_REASON = func.coalesce(job.c.reason, "")
_ASKED_FIRST = (Reason.UNDECIDED, Reason.BUDGET)


def _goes_on(column: Column[Any], anew: Any) -> ColumnElement[Any]:
    """What a parked job has, which goes on where it stood; another begins anew."""
    return case((job.c.status == JobStatus.PARKED, column), else_=anew)


_DEPENDS = job.c.depends_on.is_not(None)
_WAITS_ANEW = _DEPENDS & ((job.c.status != JobStatus.PARKED) | job.c.input_id.is_(None))
AGAIN: dict[str, Any] = {
    # The job it starts from may have another artifact by now.
    "reason": case((_WAITS_ANEW, Reason.DEPENDENCY)),
    "receipt_id": case((_WAITS_ANEW, job.c.draft_receipt_id), else_=job.c.receipt_id),
    "cache_key": case((_WAITS_ANEW, job.c.draft_key), else_=job.c.cache_key),
    "input_id": case((_WAITS_ANEW, None), else_=job.c.input_id),
    "detail": None,
    "tries": 0,
    "crashes": 0,
    "not_before": None,
    "partial": None,
    "started_at": None,
    "finished_at": None,
    "disagreements": None,
    "stale": case((_WAITS_ANEW, False), else_=job.c.stale),
    "round": _goes_on(job.c.round, 0),
    "rounds_left": _goes_on(job.c.rounds_left, job.c.rounds_left + job.c.round),
    **{
        name: _goes_on(job.c[name], None)
        for name in ("repair_receipt_id", "artifact_id", "score", "input_tokens", "output_tokens")
    },
    **{name: _goes_on(job.c[name], 0) for name in ("errors", "warnings", "notes")},
}


def cancel_batch(store: Store, batch_id: str, selection: Selection = EVERY) -> int:
    """Cancel the open jobs of a batch, or of a selection; say how many there were."""
    with store.write() as connection:
        lock(connection, batch_id)
        which = meant(connection, batch_id, selection, job.c.status.in_(OPEN))
        return _turn(connection, batch_id, which, OPEN, _cancelled())


def cancel_job(store: Store, job_id: str) -> bool:
    """Cancel one job; False if it stands still already."""
    with store.write() as connection:
        batch_id = _batch_of(connection, job_id)
        return _turn(connection, batch_id, job.c.id == job_id, OPEN, _cancelled()) == 1


def go_on(
    store: Store,
    batch_id: str,
    reason: Reason,
    *,
    endpoint: str | None = None,
    budget_microusd: int | None = None,
) -> int:
    """Put the jobs that are parked for a reason back to the queue, perhaps with another budget.

    With an endpoint, only those that are parked there. Says how many there were.
    """
    which = (job.c.batch_id == batch_id) & (job.c.reason == reason)
    if endpoint is not None:
        which &= job.c.endpoint == endpoint
    with store.write() as connection:
        lock(connection, batch_id)
        if budget_microusd is not None:
            connection.execute(
                update(batch).where(batch.c.id == batch_id).values(budget=budget_microusd)
            )
        return queue(store, connection, batch_id, which, (JobStatus.PARKED,))


def go_on_at(store: Store, endpoint: str) -> int:
    """Put all jobs that wait for an endpoint to be mended back to the queue; say how many."""
    which = (job.c.endpoint == endpoint) & job.c.reason.in_((Reason.KEY, Reason.PROVIDER))
    parked = which & (job.c.status == JobStatus.PARKED)
    with store.write() as connection:
        with_parked = select(batch.c.id).where(batch.c.parked > 0)
        ids = connection.scalars(
            select(job.c.batch_id).where(job.c.batch_id.in_(with_parked), parked).distinct()
        )
        number = 0
        for batch_id in sorted(ids):
            lock(connection, batch_id)
            mine = which & (job.c.batch_id == batch_id)
            number += queue(store, connection, batch_id, mine, (JobStatus.PARKED,))
        return number


def retry_batch(
    store: Store, batch_id: str, selection: Selection = EVERY, *, undecided: bool = False
) -> int:
    """Put failed and parked jobs back to the queue, and cancelled ones that were picked.

    Says how many there were. Those whose last call may have been charged are put back only if they
    are asked for, and then alone.
    """
    olds = RETRIED if selection.picked is None else (*RETRIED, JobStatus.CANCELLED)
    # Those that lack budget would only be parked again.
    may = _REASON == Reason.UNDECIDED if undecided else _REASON.not_in(_ASKED_FIRST)
    with store.write() as connection:
        lock(connection, batch_id)
        which = meant(connection, batch_id, selection, may & job.c.status.in_(olds))
        return queue(store, connection, batch_id, which, olds)


def failed_ids(store: Store, batch_id: str, selection: Selection) -> list[str]:
    """The failed jobs of a selection, by id."""
    with store.read() as connection:
        which = meant(connection, batch_id, selection, job.c.status == JobStatus.FAILED)
        return list(connection.scalars(select(job.c.id).where(which).order_by(job.c.seq)))


def run_fresh(store: Store, batch_id: str, selection: Selection) -> int:
    """Put jobs that stand still back to the queue, to be asked whatever the cache holds.

    Says how many there were; those whose last call may have been charged are left alone.
    """
    with store.write() as connection:
        lock(connection, batch_id)
        may = job.c.status.in_(STANDING) & _REASON.not_in(_ASKED_FIRST)
        which = meant(connection, batch_id, selection, may)
        return queue(store, connection, batch_id, which, STANDING, {"fresh": True})


def meant(
    connection: Connection, batch_id: str, selection: Selection, may: ColumnElement[bool]
) -> ColumnElement[bool]:
    """The jobs of a selection that an action may change; SelectionGrew where they are too many."""
    which = matches(selection.matching) & (job.c.batch_id == batch_id) & may
    if selection.picked is not None:
        return which & job.c.seq.in_(selection.picked)
    number = connection.scalar(select(func.count()).where(which)) or 0
    if selection.shown is not None and selection.has_grown(number):
        raise SelectionGrew(number, selection.shown)
    return which


def retry_job(store: Store, job_id: str, changed: Mapping[str, Any] = _NOTHING) -> bool:
    """Put a job that stands still back to the queue, perhaps with other columns."""
    with store.write() as connection:
        batch_id = _batch_of(connection, job_id)
        which = job.c.id == job_id
        return queue(store, connection, batch_id, which, STANDING, changed) == 1


def job_row(store: Store, job_id: str) -> Row[Any]:
    """The columns of one job; JobNotFound if there is none."""
    with store.read() as connection:
        row = connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
    if row is None:
        raise JobNotFound(job_id)
    return row


def _cancelled() -> dict[str, Any]:
    return {
        "status": JobStatus.CANCELLED,
        "reason": None,
        "detail": None,
        "not_before": None,
        "finished_at": datetime.now(UTC),
    }


def queue(
    store: Store,
    connection: Connection,
    batch_id: str,
    which: ColumnElement[bool],
    olds: Iterable[JobStatus],
    changed: Mapping[str, Any] = _NOTHING,
) -> int:
    """Put jobs back to the queue, and call lanes for them; say how many there were."""
    number = put_back(connection, batch_id, which, olds, changed)
    if number:
        store.call_lanes(connection, batch_id)
    return number


def put_back(
    connection: Connection,
    batch_id: str,
    which: ColumnElement[bool],
    olds: Iterable[JobStatus],
    changed: Mapping[str, Any] = _NOTHING,
) -> int:
    """The same for who calls the lanes."""
    again = AGAIN | {"status": JobStatus.QUEUED, "queued_at": datetime.now(UTC)}
    _age_followers(connection, batch_id, which & job.c.status.in_(olds))
    return _turn(connection, batch_id, which, olds, again | dict(changed))


def _age_followers(connection: Connection, batch_id: str, which: ColumnElement[bool]) -> None:
    """Mark what starts from the artifacts of these jobs, which are about to be made anew."""
    firsts = select(job.c.id).where(which)
    connection.execute(
        update(job)
        .where(
            job.c.batch_id == batch_id,
            job.c.depends_on.in_(firsts),
            job.c.status == JobStatus.SUCCEEDED,
        )
        .values(stale=True, version=next_version(batch_id))
    )


def lock(connection: Connection, batch_id: str) -> None:
    """Let no other change of a batch come between; BatchNotFound if there is none."""
    found = connection.scalar(select(batch.c.id).where(batch.c.id == batch_id).with_for_update())
    if found is None:
        raise BatchNotFound(batch_id)


def _batch_of(connection: Connection, job_id: str) -> str:
    batch_id: str | None = connection.scalar(select(job.c.batch_id).where(job.c.id == job_id))
    if batch_id is None:
        raise JobNotFound(job_id)
    lock(connection, batch_id)
    return batch_id


def _turn(
    connection: Connection,
    batch_id: str,
    which: ColumnElement[bool],
    olds: Iterable[JobStatus],
    values: dict[str, Any],
) -> int:
    """Change jobs from any of the old statuses; the version they get is the batch's next one."""
    version = next_version(batch_id)
    move = Move(cached=-_cached(connection, which) if values["status"] is JobStatus.QUEUED else 0)
    for old in sorted(olds):
        changed = connection.execute(
            update(job).where(which, job.c.status == old).values(version=version, **values)
        ).rowcount
        move.shift(old, values["status"], changed)
    number = sum(count for count in move.counts.values() if count > 0)
    if number:
        _measure_anew(connection, batch_id, values["status"])
        apply_moves(connection, {batch_id: move})
    return number


def next_version(batch_id: str) -> ScalarSelect[int]:
    """The version that a batch gets by the transaction that asks."""
    return select(batch.c.version + 1).where(batch.c.id == batch_id).scalar_subquery()


def _cached(connection: Connection, which: ColumnElement[bool]) -> int:
    query = select(func.count()).where(which, job.c.reason == Reason.CACHED)
    return connection.scalar(query) or 0


def _measure_anew(connection: Connection, batch_id: str, status: JobStatus) -> None:
    # The page says how long the batch took and how many calls ran at once. A finished batch that
    # goes on would count the pause in between, so the measuring starts again.
    if status is JobStatus.QUEUED:
        connection.execute(
            update(batch)
            .where(batch.c.id == batch_id, batch.c.finished_at.is_not(None))
            .values(started_at=None, call_s=0, peak_in_flight=0, compared=False)
        )
