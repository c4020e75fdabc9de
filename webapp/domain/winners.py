"""Which of several candidates for one artifact is taken."""

from collections.abc import Iterable, Sequence

from webapp.domain.artifact import Severity
from webapp.domain.batch import JobStatus
from webapp.domain.views import JobView

RULE = (
    "The checks choose what has no error, then the fewest warnings (a disagreement with another "
    "artifact is one), then the highest score; of equals a model's answer before a template, then "
    "the cheapest. What you choose wins over that."
)


def by_artifact(jobs: Iterable[JobView]) -> dict[int, list[JobView]]:
    """The candidates for each artifact of a batch, in the order of the batch."""
    found: dict[int, list[JobView]] = {}
    for job in jobs:
        found.setdefault(job.candidate_of, []).append(job)
    return found


def winner(candidates: Sequence[JobView]) -> JobView | None:
    """The candidate that is taken: the user's choice, else the checks'; None where none is good."""
    chosen = [job for job in candidates if job.is_chosen and job.artifact_id]
    return chosen[0] if chosen else best(candidates)


def best(candidates: Iterable[JobView]) -> JobView | None:
    """The candidate that the checks choose, as RULE says; None where none is good."""
    good = [job for job in candidates if job.status is JobStatus.SUCCEEDED and job.artifact_id]
    return min(good, key=_rank, default=None)


def _rank(job: JobView) -> tuple[object, ...]:
    return (
        job.findings[Severity.ERROR],
        job.findings[Severity.WARNING],
        -(job.score or 0),
        job.is_template,
        bool(job.unpriced),
        job.cost_microusd,
        job.seq,
    )
