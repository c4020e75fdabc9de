"""Who answers instead: the models a job may go on to, and how it does."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, func, update

from webapp.domain.batch import JobStatus, ModelChoice
from webapp.store.models import job


@dataclass(frozen=True, slots=True)
class Fallback:
    """A job as another model would answer it: what differs from the job as it was asked for."""

    endpoint: str
    model: str
    receipt_id: str
    cache_key: str
    never_twice: bool
    reserve_tokens: int
    reserve_cost: int | None

    @property
    def choice(self) -> ModelChoice:
        """Who would answer."""
        return ModelChoice(self.endpoint, self.model)


_COLUMNS = tuple(Fallback.__dataclass_fields__)


def dump(fallbacks: Sequence[Fallback]) -> list[dict[str, Any]] | None:
    """Fallbacks as a column holds them."""
    return [asdict(each) for each in fallbacks] or None


def load(stored: list[dict[str, Any]] | None) -> tuple[Fallback, ...]:
    """Fallbacks out of a column."""
    return tuple(Fallback(**each) for each in stored or ())


HANDED_ON = (
    update(job)
    .where(job.c.id == bindparam("job_id"), job.c.status == JobStatus.QUEUED)
    .values(
        instead_of=func.coalesce(job.c.instead_of, bindparam("asked")),
        fallbacks=bindparam("rest", type_=job.c.fallbacks.type),
        version=bindparam("v"),
        tries=0,
        reason=None,
        detail=bindparam("why"),
        not_before=None,
        # The other model answers for itself: it mends nothing that it did not write.
        artifact_id=None,
        score=None,
        errors=0,
        warnings=0,
        notes=0,
        round=0,
        rounds_left=job.c.rounds_left + job.c.round,
        repair_receipt_id=None,
        **{name: bindparam(f"new_{name}", type_=job.c[name].type) for name in _COLUMNS},
    )
)


def handed_on(
    job_id: str, asked: ModelChoice, fallbacks: Sequence[Fallback], why: str, version: int
) -> dict[str, Any]:
    """The parameters of `HANDED_ON`: the first of the fallbacks takes a queued job over."""
    first, *rest = fallbacks
    return {
        "job_id": job_id,
        "asked": str(asked),
        "rest": dump(rest),
        "why": why,
        "v": version,
        **{f"new_{name}": getattr(first, name) for name in _COLUMNS},
    }
