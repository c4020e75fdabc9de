"""What holds queued jobs back now: worked out when they are shown, and in no row of theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from webapp.domain.batch import JobStatus, ModelChoice, Reason
from webapp.domain.views import JobView
from webapp.store.models import endpoint_state, runner
from webapp.store.views import job_view

RUNNER_SILENT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why no job may start at a model; `until` is None where nobody can know."""

    reason: Reason
    sentence: str
    until: datetime | None = None


Holds = Mapping[ModelChoice, Hold]  # of whole endpoints, where the model is empty


def load(connection: Connection) -> Holds:
    """What holds back the jobs of models, and of whole endpoints."""
    now = datetime.now(UTC)
    found = {}
    for row in connection.execute(select(endpoint_state)):
        model = ModelChoice(row.endpoint, row.model)
        name = str(model) if row.model else row.endpoint
        if row.until is not None and row.until > now:
            sentence = f"{name} {row.why}, until {row.until:%H:%M:%S} UTC"
            found[model] = Hold(Reason.COOLING, sentence, row.until)
        elif row.cap is not None and row.in_flight >= row.cap:
            sentence = f"waits for a slot at {name} ({row.in_flight} of {row.cap} in use)"
            found[model] = Hold(Reason.SLOT, sentence)
    return found


def of(holds: Holds, model: ModelChoice) -> Hold | None:
    """What holds back the jobs of one model."""
    return holds.get(model) or holds.get(ModelChoice(model.endpoint, ""))


def has_pause(connection: Connection) -> bool:
    """Whether any model cools down now."""
    query = select(endpoint_state.c.until).where(endpoint_state.c.until > datetime.now(UTC))
    return connection.scalar(query.limit(1)) is not None


def explained(connection: Connection, found: Sequence[Row[Any]]) -> list[JobView]:
    """The rows as views; a queued one without a reason gets the one that holds now."""
    if not any(row.status == JobStatus.QUEUED and row.reason is None for row in found):
        return [job_view(row, row.reason, row.detail) for row in found]
    seen_at = connection.scalar(select(runner.c.seen_at).order_by(runner.c.seen_at.desc()))
    is_alive = seen_at is not None and abs(datetime.now(UTC) - seen_at) < RUNNER_SILENT
    holds = load(connection)
    return [_waiting_view(row, is_alive, holds) for row in found]


def _waiting_view(row: Row[Any], is_alive: bool, holds: Holds) -> JobView:
    if row.status != JobStatus.QUEUED or row.reason is not None:
        return job_view(row, row.reason, row.detail)
    if not is_alive:
        return job_view(row, Reason.NO_RUNNER, "no runner lives: start one with `omni runner`")
    hold = of(holds, ModelChoice(row.endpoint, row.model))
    if hold is None:
        return job_view(row, None, row.detail)
    view = job_view(row, hold.reason, hold.sentence)
    return replace(view, not_before=hold.until) if hold.until else view
