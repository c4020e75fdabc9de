"""How models stand, as the pages show it; and the jobs that must not wait for them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update

from webapp.domain.batch import JobStatus, ModelChoice
from webapp.store import blobs, runners
from webapp.store.fallbacks import HANDED_ON, Fallback, handed_on, load
from webapp.store.group import Group
from webapp.store.models import batch, endpoint_state, job
from webapp.store.operations import Applied, Beat, PaceState, Park

_QUEUED = job.c.status == JobStatus.QUEUED


def moved(group: Group, operations: Sequence[Beat | Park]) -> set[str]:
    """The batches that these change: one with a job for a model that stops, or goes on."""
    connection = group.connection
    found: set[str] = set()
    for operation in operations:
        if isinstance(operation, Park):
            found |= _with_jobs(connection, _of(operation.endpoint, operation.model))
            continue
        for state in _changed(group, operation.states):
            found |= _with_jobs(connection, _of(state.model.endpoint, state.model.model or None))
        for state in operation.states:
            if state.until is not None:
                found |= _with_jobs(
                    connection, _of_model(state.model), job.c.fallbacks.is_not(None)
                )
    return found


def _of(endpoint: str, model: str | None) -> ColumnElement[bool]:
    at_endpoint = job.c.endpoint == endpoint
    return at_endpoint if model is None else at_endpoint & (job.c.model == model)


def _of_model(model: ModelChoice) -> ColumnElement[bool]:
    return _of(model.endpoint, model.model)


def _with_jobs(connection: Connection, *which: ColumnElement[bool]) -> set[str]:
    return set(connection.scalars(select(job.c.batch_id).where(_QUEUED, *which).distinct()))


def _changed(group: Group, states: Iterable[PaceState]) -> list[PaceState]:
    """Those that stop until another time than is known."""
    mine = select(endpoint_state).where(endpoint_state.c.runner_id == group.runner_id)
    known = {
        ModelChoice(row.endpoint, row.model): row.until for row in group.connection.execute(mine)
    }
    return [state for state in states if known.get(state.model) != state.until]


def beat(group: Group, operations: Sequence[Beat]) -> list[Applied]:
    """The runner lives; what waits for a model that cools too long goes to another."""
    last = operations[-1]
    runners.beat(group.connection, group.runner_id)
    for state in _changed(group, last.states):
        _touch(group, _of(state.model.endpoint, state.model.model or None))
    for state in last.states:
        _say(group, state)
    cooling = {state.model: state.until for state in last.states if state.until is not None}
    for model, until in cooling.items():
        _leave(group, model, until, cooling)
    return [True] * len(operations)


def _touch(group: Group, which: ColumnElement[bool]) -> None:
    for batch_id in _with_jobs(group.connection, which) & group.versions.keys():
        group.touch(batch_id)


def _say(group: Group, state: PaceState) -> None:
    key = {
        "runner_id": group.runner_id,
        "endpoint": state.model.endpoint,
        "model": state.model.model,
    }
    row = {
        "cap": state.cap,
        "in_flight": state.in_flight,
        "per_s": state.per_s,
        "until": state.until,
        "why": state.why,
        "seen_at": group.now,
    }
    group.connection.execute(
        blobs.insert_missing(group.connection, endpoint_state).values(**key, **row)
    )
    group.connection.execute(
        update(endpoint_state)
        .where(*(endpoint_state.c[name] == value for name, value in key.items()))
        .values(**row)
    )


def _leave(
    group: Group,
    model: ModelChoice,
    until: datetime,
    cooling: dict[ModelChoice, datetime],
) -> None:
    """Hand on the jobs that would wait for longer than their batch lets them."""
    wait_s = (until - group.now).total_seconds()
    rows = group.connection.execute(
        select(job.c.id, job.c.batch_id, job.c.fallbacks)
        .join(batch, batch.c.id == job.c.batch_id)
        .where(
            _QUEUED,
            _of_model(model),
            job.c.fallbacks.is_not(None),
            batch.c.fallback_after_s < wait_s,
        )
    ).all()
    why = f"{model} cools down until {until:%H:%M:%S} UTC."
    _hand_on(group, rows, model, why, frozenset(cooling))


def _hand_on(
    group: Group,
    rows: Iterable[Any],
    model: ModelChoice,
    why: str,
    cooling: frozenset[ModelChoice],
) -> None:
    parameters = []
    for row in rows:
        ready = _ready(load(row.fallbacks), cooling)
        if ready and row.batch_id in group.versions:
            version = group.versions[row.batch_id]
            parameters.append(handed_on(row.id, model, ready, why, version))
            group.touch(row.batch_id)
    if parameters:
        group.connection.execute(HANDED_ON, parameters)


def _ready(fallbacks: Sequence[Fallback], cooling: frozenset[ModelChoice]) -> Sequence[Fallback]:
    """The fallbacks from the first on that does not cool down itself."""
    places = (place for place, each in enumerate(fallbacks) if each.choice not in cooling)
    first = next(places, None)
    return () if first is None else fallbacks[first:]


def park(group: Group, operations: Sequence[Park]) -> list[Applied]:
    """Hand queued jobs on where they have a fallback, and park the others."""
    for operation in operations:
        which = _of(operation.endpoint, operation.model) & job.c.retries.not_in(
            sorted(operation.spared)
        )
        _hand_all_on(group, operation, which)
        for batch_id in sorted(_with_jobs(group.connection, which) & group.versions.keys()):
            _park(group, batch_id, operation, which)
    return [True] * len(operations)


def _hand_all_on(group: Group, operation: Park, which: ColumnElement[bool]) -> None:
    query = select(job.c.id, job.c.batch_id, job.c.model, job.c.fallbacks)
    found = group.connection.execute(query.where(_QUEUED, which, job.c.fallbacks.is_not(None)))
    rows = found.all()
    for name in sorted({row.model for row in rows}):
        model = ModelChoice(operation.endpoint, name)
        mine = [row for row in rows if row.model == name]
        _hand_on(group, mine, model, operation.sentence, _gone(operation, mine))


def _gone(operation: Park, rows: Iterable[Any]) -> frozenset[ModelChoice]:
    """The fallbacks that the same fault has reached."""
    named = {each.choice for row in rows for each in load(row.fallbacks)}
    return frozenset(
        choice
        for choice in named
        if choice.endpoint == operation.endpoint and operation.model in (None, choice.model)
    )


def _park(group: Group, batch_id: str, operation: Park, which: ColumnElement[bool]) -> None:
    parked = group.connection.execute(
        update(job)
        .where(job.c.batch_id == batch_id, _QUEUED, which)
        .values(
            status=JobStatus.PARKED,
            reason=operation.reason,
            detail=operation.sentence,
            not_before=None,
            finished_at=group.now,
            version=group.versions[batch_id],
        )
    ).rowcount
    group.moves[batch_id].shift(JobStatus.QUEUED, JobStatus.PARKED, parked)
