"""What must hold in a database whatever happened to the processes over it.

Each is a question in SQL that all rows answer with nothing, right at any instant: counters move in
the transaction that moves what they count. Only texts are read out, one handful at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    true,
)

from webapp.domain.batch import JobStatus, ModelChoice, Reason
from webapp.store.models import artifact, attempt, batch, job
from webapp.store.texts import sound_texts

EXAMPLES = 5
AT_ONCE = 500
GRACE_S = 60.0

# For how many seconds a call to an endpoint may be under way; None where no runner lives, and so
# the next one has still to say what became of them.
Limit = Callable[[str], float] | None


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, in how many places it does not, and the first of them."""

    name: str
    sentence: str
    broken: int
    examples: tuple[str, ...]


def check(connection: Connection, limit: Limit) -> list[Invariant]:
    """Every invariant, within the open snapshot."""
    texts = sound_texts(connection)
    found = {
        "results": _some(_without_result(connection, texts.sound)),
        "texts": (texts.damaged, texts.examples),
        "answers": _asked(connection, _ANSWERED_TWICE),
        "claims": _asked(connection, _OF_AN_OLDER_CLAIM),
        "calls": _some(_overdue(connection, limit)),
        "counters": _asked(connection, _MISCOUNTED),
        "sentences": _asked(connection, _MUTE),
        "job costs": _asked(connection, _JOB_COSTS),
        "batch costs": _asked(connection, _BATCH_COSTS),
        "holds": _asked(connection, _HELD),
        "budgets": _asked(connection, _EXCEEDED),
        "integrity": _some(_torn(connection)),
    }
    return [Invariant(name, SENTENCES[name], *found[name]) for name in SENTENCES]


SENTENCES = {
    "results": "A job that succeeded has a result, and every file of it can be read.",
    "texts": "A stored text is the one its checksum was made of.",
    "answers": "No job was answered twice under one claim.",
    "claims": "What a job shows was written under its newest claim.",
    "calls": "No call is under way for longer than its deadline and a minute.",
    "counters": "A batch counts as many jobs in each status as there are.",
    "sentences": "A job that failed, or is parked, says why.",
    "job costs": "A job has cost what its calls have cost.",
    "batch costs": "A batch has cost what its jobs have cost.",
    "holds": "A batch holds nothing of its budget for calls that are over.",
    "budgets": "No batch may exceed its budget.",
    "integrity": "The database file is whole, and every row that is referred to is there.",
}


def _some(found: Iterator[str]) -> tuple[int, tuple[str, ...]]:
    number, examples = 0, []
    for example in found:
        number += 1
        if number <= EXAMPLES:
            examples.append(example)
    return number, tuple(examples)


def _asked(connection: Connection, query: Select[Any]) -> tuple[int, tuple[str, ...]]:
    number = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    return number, tuple(connection.scalars(query.limit(EXAMPLES))) if number else ()


def _without_result(connection: Connection, sound: set[bytes]) -> Iterator[str]:
    query = (
        select(job.c.id, artifact.c.files)
        .join(artifact, artifact.c.id == job.c.artifact_id, isouter=True)
        .where(job.c.status == JobStatus.SUCCEEDED)
        .execution_options(yield_per=AT_ONCE)
    )
    for job_id, files in connection.execute(query):
        if not files or any(bytes.fromhex(digest) not in sound for _, digest, _ in files):
            yield f"job {job_id}"


def _overdue(connection: Connection, limit: Limit) -> Iterator[str]:
    if limit is None:
        return
    now = datetime.now(UTC)
    query = select(attempt.c.job_id, attempt.c.model, attempt.c.started_at)
    for job_id, model, started_at in connection.execute(query.where(attempt.c.status == "sent")):
        endpoint = ModelChoice.parse(model).endpoint if model else ""
        if now - started_at > timedelta(seconds=limit(endpoint)):
            yield f"job {job_id}"


def _torn(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return  # a PostgreSQL holds what its own checksums and keys say
    for (said,) in connection.execute(text("PRAGMA integrity_check")):
        if said != "ok":
            yield str(said)
    for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
        yield f"row {row} of {table} refers to a missing {parent}"


def _job(query: Select[Any]) -> Select[Any]:
    return query.with_only_columns(literal("job ").concat(query.selected_columns[0]))


def _batch(which: ColumnElement[bool], *joined: Any) -> Select[Any]:
    query = select(literal("batch ").concat(batch.c.id)).select_from(batch)
    for each in joined:
        query = query.join(each, each.c.batch_id == batch.c.id, isouter=True)
    return query.where(which)


_ANSWERED_TWICE = _job(
    select(attempt.c.job_id)
    .where(attempt.c.status == "ok")
    .group_by(attempt.c.job_id, attempt.c.claim_no)
    .having(func.count() > 1)
)
_ANSWERED = exists().where(
    attempt.c.job_id == job.c.id,
    attempt.c.claim_no == job.c.claim_no,
    attempt.c.status == "ok",
)
_FROM_THE_FUTURE = exists().where(attempt.c.job_id == job.c.id, attempt.c.claim_no > job.c.claim_no)
_OF_AN_OLDER_CLAIM = _job(
    select(job.c.id).where(
        or_(
            job.c.status.in_((JobStatus.SUCCEEDED, JobStatus.CHECKING))
            & (func.coalesce(job.c.reason, "") != Reason.CACHED)
            & ~_ANSWERED,
            _FROM_THE_FUTURE,
        )
    )
)
_STATUSES = (
    select(
        job.c.batch_id,
        *(
            func.sum(case((job.c.status == status, 1), else_=0)).label(str(status))
            for status in JobStatus
        ),
    )
    .group_by(job.c.batch_id)
    .subquery()
)
_OPEN = sum((batch.c[status] for status in JobStatus if status.is_open), start=literal(0))
_MISCOUNTED = _batch(
    or_(
        *(batch.c[status] != func.coalesce(_STATUSES.c[status], 0) for status in JobStatus),
        batch.c.finished_at.is_(None) == (_OPEN == 0),
    ),
    _STATUSES,
)
_MUTE = _job(
    select(job.c.id).where(
        job.c.status.in_((JobStatus.FAILED, JobStatus.PARKED)),
        or_(func.coalesce(job.c.reason, "") == "", func.coalesce(job.c.detail, "") == ""),
    )
)
_PAID = (
    select(
        attempt.c.job_id,
        func.sum(attempt.c.cost).label("cost"),
        func.sum(case(((attempt.c.status != "sent") & attempt.c.cost.is_(None), 1), else_=0)).label(
            "unpriced"
        ),
    )
    .group_by(attempt.c.job_id)
    .subquery()
)
_JOB_COSTS = _job(
    select(job.c.id)
    .join(_PAID, _PAID.c.job_id == job.c.id, isouter=True)
    .where(
        or_(
            job.c.cost != func.coalesce(_PAID.c.cost, 0),
            job.c.unpriced != func.coalesce(_PAID.c.unpriced, 0),
        )
    )
)
_SUMS = (
    select(
        job.c.batch_id,
        func.sum(job.c.cost).label("cost"),
        func.sum(job.c.unpriced).label("unpriced"),
    )
    .group_by(job.c.batch_id)
    .subquery()
)
_BATCH_COSTS = _batch(
    or_(
        batch.c.cost != func.coalesce(_SUMS.c.cost, 0),
        batch.c.unpriced != func.coalesce(_SUMS.c.unpriced, 0),
    ),
    _SUMS,
)
# The calls of a cancelled batch hold on until they have ended.
_UNDER_WAY = (
    select(true())
    .select_from(attempt.join(job))
    .where(attempt.c.status == "sent", job.c.batch_id == batch.c.id)
    .correlate(batch)
    .exists()
)
_HELD = _batch(
    or_(
        batch.c.reserved < 0,
        (batch.c.reserved != 0)
        & batch.c.finished_at.is_not(None)
        & (batch.c.unpriced == 0)
        & ~_UNDER_WAY,
    )
)
_EXCEEDED = _batch(batch.c.cost + batch.c.reserved > batch.c.budget)
