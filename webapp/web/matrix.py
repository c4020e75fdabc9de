"""A batch as a matrix: a row for each artifact, a column for each model."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from webapp.domain.artifact import Severity
from webapp.domain.batch import BLUEPRINT, JobStatus
from webapp.domain.listing import JobFilter
from webapp.domain.views import BatchView, JobView
from webapp.domain.winners import by_artifact, winner
from webapp.store import candidates, overview
from webapp.store.database import Store
from webapp.store.overview import Group
from webapp.web import live
from webapp.web.listing import View

MOST_JOBS = 300  # that have a place of their own; of more, kinds are counted


@dataclass(frozen=True, slots=True)
class Row:
    """An artifact with its candidates: for each model those that it was asked for."""

    jobs: tuple[JobView, ...]
    cells: tuple[tuple[JobView, ...], ...]
    winner: JobView | None

    @property
    def first(self) -> JobView:
        """One that says what all of them are for."""
        return self.jobs[0]

    @property
    def differs(self) -> bool:
        """Whether the candidates come to different ends."""
        ends = {
            (job.status, job.score, *(job.findings[each] for each in Severity)) for job in self.jobs
        }
        return len(ends) > 1


@dataclass(frozen=True, slots=True)
class Sum:
    """What a model delivers alone: for how many artifacts, and what the cheapest of each cost.

    The template, which costs nothing, is never called the cheapest.
    """

    model: str
    passed: int
    cost_microusd: int
    is_known: bool  # whether anybody knows what each of them cost
    is_cheapest: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows by models; where there are too many jobs for that, `kinds` by models, counted.

    The sums are those of all `artifacts`, also where only some of them are rows.
    """

    models: tuple[str, ...]
    rows: tuple[Row, ...]
    sums: tuple[Sum, ...]
    artifacts: int
    kinds: tuple[tuple[str, tuple[Group, ...]], ...] = ()

    @property
    def jobs(self) -> list[JobView]:
        """All that have a place of their own."""
        return [job for row in self.rows for job in row.jobs]

    @property
    def is_counted(self) -> bool:
        """Whether it counts jobs instead of showing each."""
        return bool(self.kinds)


def matrix_of(store: Store, batch: BatchView, view: View) -> Matrix:
    """The matrix of what matches a filter."""
    jobs = candidates.matching(store, batch.id, view.which, MOST_JOBS + 1)
    if len(jobs) > MOST_JOBS:
        return _counted(store, batch, view.which)
    models = tuple(dict.fromkeys(job.asked_model for job in jobs))
    shown = by_artifact(jobs)
    # The winner is one of all candidates, also of those that the filter leaves out.
    among = shown if view.which.is_empty else _rivals(store, batch.id, shown)
    rows = tuple(_row(shown[number], models, winner(among[number])) for number in shown)
    kept = tuple(row for row in rows if row.differs or not view.is_differing)
    return Matrix(models, kept, _sums(models, rows), len(rows))


def _rivals(store: Store, batch_id: str, numbers: Collection[int]) -> dict[int, list[JobView]]:
    return by_artifact(candidates.of_artifacts(store, batch_id, numbers))


def _row(jobs: Sequence[JobView], models: Iterable[str], taken: JobView | None) -> Row:
    cells = tuple(tuple(job for job in jobs if job.asked_model == model) for model in models)
    return Row(tuple(jobs), cells, taken)


def _sums(models: Sequence[str], rows: Sequence[Row]) -> tuple[Sum, ...]:
    sums = [_sum(model, [row.cells[column] for row in rows]) for column, model in enumerate(models)]
    whole = [
        each
        for each in sums
        if each.passed == len(rows) and each.is_known and each.model != BLUEPRINT
    ]
    cheapest = min(whole, key=lambda each: each.cost_microusd, default=None)
    return tuple(
        Sum(each.model, each.passed, each.cost_microusd, each.is_known, each is cheapest)
        for each in sums
    )


def _sum(model: str, cells: Iterable[tuple[JobView, ...]]) -> Sum:
    passed = [
        min(good, key=lambda job: (bool(job.unpriced), job.cost_microusd))
        for cell in cells
        if (good := [job for job in cell if job.status is JobStatus.SUCCEEDED])
    ]
    return Sum(
        model,
        len(passed),
        sum(job.cost_microusd for job in passed),
        not any(job.unpriced for job in passed),
    )


def _counted(store: Store, batch: BatchView, which: JobFilter) -> Matrix:
    def make() -> list[Group]:
        return overview.groups(store, batch.id, which)

    # To count 10,000 jobs takes 20 ms; of a batch that is through the last counts have to be true.
    groups = make() if batch.is_finished else live.counted((batch.id, which), make)
    models = tuple(dict.fromkeys(group.model for group in groups))
    kinds: dict[str, dict[str, Group]] = {}
    for group in groups:
        kinds.setdefault(group.kind, {})[group.model] = group
    rows = tuple(
        (kind, tuple(cells.get(model, Group(kind, model, {}, 0)) for model in models))
        for kind, cells in kinds.items()
    )
    return Matrix(models, (), (), 0, rows)
