"""Which jobs of a batch are shown or meant: filters, orders and windows as SQL."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from webapp.domain.batch import BLUEPRINT, JobStatus, KindChoice, Reason
from webapp.domain.listing import JobFilter, Sort, SortKey, Window
from webapp.domain.views import JobView
from webapp.store import holds
from webapp.store.database import Store
from webapp.store.models import job
from webapp.store.views import JOB_COLUMNS

# What failed first, then what waits for somebody, what moves, and what is done.
URGENT = (
    JobStatus.FAILED, JobStatus.PARKED, JobStatus.REPAIRING, JobStatus.CHECKING, JobStatus.RUNNING,
    JobStatus.QUEUED, JobStatus.SUCCEEDED, JobStatus.CANCELLED,
)  # fmt: skip


class _Seconds(FunctionElement[float]):
    """The time from the first argument to the second, in whatever unit sorts."""

    type = Float()
    inherit_cache = True


@compiles(_Seconds, "sqlite")
def _on_sqlite(element: _Seconds, compiler: SQLCompiler, **words: Any) -> str:
    start, end = (compiler.process(each, **words) for each in element.clauses)
    return f"(julianday({end}) - julianday({start}))"


@compiles(_Seconds)
def _elsewhere(element: _Seconds, compiler: SQLCompiler, **words: Any) -> str:
    start, end = (compiler.process(each, **words) for each in element.clauses)
    return f"({end} - {start})"


_ORDERS: Mapping[SortKey, tuple[ColumnElement[Any], ...]] = {
    SortKey.SEQ: (job.c.seq,),
    SortKey.STATUS: (case(*((job.c.status == each, n) for n, each in enumerate(URGENT))),),
    SortKey.ARTIFACT: (job.c.kind, job.c.target, job.c.step, job.c.application),
    SortKey.MODEL: (job.c.endpoint, job.c.model),
    SortKey.TIME: (_Seconds(job.c.started_at, job.c.finished_at),),
    SortKey.TOKENS: (job.c.output_tokens,),
    SortKey.COST: (job.c.cost,),
    SortKey.SCORE: (job.c.score,),
    SortKey.FINDINGS: (job.c.errors, job.c.warnings, job.c.notes),
}


def matches(which: JobFilter) -> ColumnElement[bool]:
    """The condition of a filter."""
    return and_(
        true(),
        *([job.c.status.in_(which.statuses)] if which.statuses else ()),
        *([job.c.reason.in_(which.reasons)] if which.reasons else ()),
        *([or_(*map(_is_kind, which.kinds))] if which.kinds else ()),
        *([or_(*map(_is_model, which.models))] if which.models else ()),
        *([_has_text(which.text)] if which.text else ()),
        *([job.c.stale] if which.is_stale else ()),
        *([job.c.chosen] if which.is_chosen else ()),
    )


def _is_kind(text: str) -> ColumnElement[bool]:
    asked = KindChoice.parse(text)
    return and_(
        job.c.kind == asked.kind,
        *([job.c.target == asked.target] if asked.target else ()),
        *([job.c.step == asked.step] if asked.step else ()),
    )


def _is_model(text: str) -> ColumnElement[bool]:
    endpoint, colon, model = text.partition(":")
    here = job.c.endpoint == endpoint
    if not colon or endpoint == BLUEPRINT:
        return here | _is_named(text)
    return (here & (job.c.model == model)) | (job.c.instead_of == text) | _is_named(text)


def _is_named(model: str) -> ColumnElement[bool]:
    asked = job.c.instead_of
    return (job.c.model == model) | asked.endswith(f":{model}", autoescape=True)


def _has_text(text: str) -> ColumnElement[bool]:
    columns = (
        job.c.name, job.c.application, job.c.kind, job.c.target, job.c.step, job.c.model,
        job.c.endpoint, job.c.detail,
    )  # fmt: skip
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _order(sort: Sort) -> list[ColumnElement[Any]]:
    found: list[ColumnElement[Any]] = []
    for column in _ORDERS[sort.key]:
        found += [column.is_(None), column.desc() if sort.is_descending else column]
    return [*found, job.c.seq]


def listed(
    store: Store, batch_id: str, which: JobFilter, sort: Sort, *, page: int, size: int
) -> list[JobView]:
    """One page, counted from 1, of the jobs of a batch that match, in an order."""
    query = (
        select(*JOB_COLUMNS)
        .where(job.c.batch_id == batch_id, matches(which))
        .order_by(*_order(sort))
        .limit(size)
        .offset((page - 1) * size)
    )
    with store.read() as connection:
        return holds.explained(connection, connection.execute(query).all())


def total(store: Store, batch_id: str, which: JobFilter) -> int:
    """How many jobs of a batch match."""
    query = select(func.count()).where(job.c.batch_id == batch_id, matches(which))
    with store.read() as connection:
        return connection.scalar(query) or 0


def matching(store: Store, batch_id: str, which: JobFilter, shown: Window) -> set[int]:
    """Which of the jobs that a page shows match."""
    query = select(job.c.seq).where(job.c.batch_id == batch_id, _is_in(shown), matches(which))
    with store.read() as connection:
        return set(connection.scalars(query))


def _is_in(window: Window) -> ColumnElement[bool]:
    if window.numbers is not None:
        return job.c.seq.in_(window.numbers)
    return job.c.seq.between(window.first, window.last)


# Built once: to build one and find it again among the compiled takes longer than to run it.
_OF_BATCH = job.c.batch_id == bindparam("batch_id")
_IN_RANGE = job.c.seq.between(bindparam("first"), bindparam("last"))
_IN_LIST = job.c.seq.in_(bindparam("numbers", expanding=True))
# Those that may wait for a pause, which begins and ends without a change of the job.
_MAY_WAIT = (job.c.status == JobStatus.QUEUED) & job.c.reason.is_(None)
_IS_CHANGED = job.c.version > bindparam("since")
_CHANGED = {
    (is_list, had_pause): select(*JOB_COLUMNS)
    .where(
        _OF_BATCH,
        _IN_LIST if is_list else _IN_RANGE,
        _IS_CHANGED | (_MAY_WAIT if had_pause else _MAY_WAIT & holds.HAS_PAUSE),
    )
    .order_by(job.c.seq)
    for is_list in (False, True)
    for had_pause in (False, True)
}


def changed(
    store: Store, batch_id: str, since: int, window: Window, *, had_pause: bool = False
) -> list[JobView]:
    """Those of the jobs that a page shows that changed after a version, by number.

    The pause of a model begins and ends without a change of the jobs that wait for it: those that
    wait for one now are among them, and with `had_pause` all that may have waited for one.
    """
    is_list = window.numbers is not None
    where = {"numbers": window.numbers} if is_list else {"first": window.first, "last": window.last}
    asked = {"batch_id": batch_id, "since": since, "now": datetime.now(UTC), **where}
    with store.read() as connection:
        rows = connection.execute(_CHANGED[is_list, had_pause], asked)
        found = holds.explained(connection, rows.all())
    if had_pause:
        return found
    return [job for job in found if job.version > since or job.reason is Reason.COOLING]
