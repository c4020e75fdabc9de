"""What holds queued jobs back now: worked out when they are shown, and in no row of theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, literal_column, select

from webapp.domain.batch import JobStatus, ModelChoice, Reason
from webapp.domain.views import JobView, PaceView
from webapp.store import runners
from webapp.store.database import Store
from webapp.store.models import batch, endpoint_state, job
from webapp.store.views import job_view


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
    for row in standing(connection):
        model = ModelChoice(row.endpoint, row.model)
        name = str(model) if row.model else row.endpoint
        if row.until is not None and row.until > now:
            sentence = f"{name} {row.why}, until {row.until:%H:%M:%S} UTC"
            found[model] = Hold(Reason.COOLING, sentence, row.until)
        elif row.cap is not None and row.in_flight >= row.cap:
            sentence = f"waits for a slot at {name} ({row.in_flight} of {row.cap} in use)"
            found[model] = Hold(Reason.SLOT, sentence)
    return found


def standing(connection: Connection) -> list[PaceView]:
    """How all runners together stand with endpoints and models, by name."""
    query = select(endpoint_state).order_by(endpoint_state.c.endpoint, endpoint_state.c.model)
    rows = connection.execute(query).all()
    by_model = groupby(rows, key=lambda row: (row.endpoint, row.model))
    return [_together(*name, list(mine)) for name, mine in by_model]


def _together(endpoint: str, model: str, rows: Sequence[Row[Any]]) -> PaceView:
    """The cap of an endpoint is one for all runners, the bounds of a model are each one's own."""
    first = min(rows, key=lambda row: row.until or datetime.min.replace(tzinfo=UTC))
    caps = [row.cap for row in rows]
    return PaceView(
        endpoint,
        model,
        cap=caps[0] if not model else _sum(caps),
        in_flight=sum(row.in_flight for row in rows),
        per_s=_sum([row.per_s for row in rows]),
        until=first.until,  # a model is at rest only where it is for every runner
        why=first.why,
    )


def _sum(numbers: Sequence[Any]) -> Any:
    return None if None in numbers else sum(numbers)


def of(holds: Holds, model: ModelChoice) -> Hold | None:
    """What holds back the jobs of one model."""
    return holds.get(model) or holds.get(ModelChoice(model.endpoint, ""))


# Whether any model cools down at `now`.
HAS_PAUSE = exists().where(
    endpoint_state.c.until > bindparam("now", type_=endpoint_state.c.until.type)
)


def explained(connection: Connection, found: Sequence[Row[Any]]) -> list[JobView]:
    """The rows as views; a queued one without a reason gets the one that holds now."""
    if not any(row.status == JobStatus.QUEUED and row.reason is None for row in found):
        return [job_view(row, row.reason, row.detail) for row in found]
    _, is_alive = runners.last_seen(connection)
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


# Written out, not bound: by that SQLite sees that the partial indexes hold all such rows. Each poll
# of a running batch asks, so nothing here may look at each of 10,000 queued jobs.
_IS_QUEUED = job.c.status == literal_column(f"'{JobStatus.QUEUED}'")
_RETRIED = (
    select(job.c.endpoint, func.count(), func.min(job.c.not_before))
    .where(
        _IS_QUEUED,
        job.c.reason.is_not(None),
        job.c.reason == literal_column(f"'{Reason.RETRY}'"),
        job.c.batch_id == bindparam("batch"),
    )
    .group_by(job.c.endpoint)
    # Without figures of the tables it takes the index of all that are queued.
    .with_hint(job, "INDEXED BY ix_job_held_back", "sqlite")
)
_WAITS = (
    select(job.c.id)
    .where(
        _IS_QUEUED,
        job.c.endpoint == bindparam("endpoint"),
        job.c.model == bindparam("model"),
        job.c.batch_id == bindparam("batch"),
    )
    .limit(1)
)
_MODELS = select(batch.c.models).where(batch.c.id == bindparam("batch"))


def waiting(store: Store, batch_id: str) -> list[str]:
    """Why jobs of a batch wait, a sentence for each reason."""
    key = {"batch": batch_id}
    with store.read() as connection:
        sentences = [_another_try(*row) for row in connection.execute(_RETRIED, key)]
        holds = load(connection)
        models = [ModelChoice(*model) for model in connection.scalar(_MODELS, key) or ()]
        held = [(model, hold) for model in models if (hold := of(holds, model))]
        here = [
            hold.sentence for model, hold in held if connection.scalar(_WAITS, key | asdict(model))
        ]
    return sentences + list(dict.fromkeys(here))


def _another_try(endpoint: str, number: int, not_before: datetime) -> str:
    jobs = "1 job waits" if number == 1 else f"{number} jobs wait"
    return f"{jobs} for another try at {endpoint}, until {not_before:%H:%M:%S} UTC"
