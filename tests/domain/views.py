"""Jobs as pages see them, made by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from webapp.domain.artifact import Severity
from webapp.domain.batch import JobStatus, KindChoice, ModelChoice, Params
from webapp.domain.views import JobView

_JOB = JobView(
    id="",
    batch_id="b",
    seq=1,
    name=None,
    kind=KindChoice("dockerfile"),
    model=ModelChoice("openai", "m"),
    params=Params(),
    sample=1,
    status=JobStatus.SUCCEEDED,
    reason=None,
    detail=None,
    tries=0,
    version=1,
    input_tokens=None,
    output_tokens=None,
    not_before=None,
    queued_at=datetime(2026, 1, 1, tzinfo=UTC),
    started_at=None,
    finished_at=None,
    artifact_id="a",
    findings=dict.fromkeys(Severity, 0),
    candidate_of=1,
)


def job(seq: int, model: str = "openai:m", **changes: Any) -> JobView:
    """A job that succeeded; `errors` and `warnings` are counts of findings."""
    found = {Severity(name[:-1]): changes.pop(name, 0) for name in ("errors", "warnings", "notes")}
    return replace(
        _JOB,
        id=f"job{seq}",
        seq=seq,
        model=ModelChoice.parse(model),
        findings=found,
        **changes,
    )
