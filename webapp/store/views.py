"""Rows of the tables as the values the pages show."""

from typing import Any

from sqlalchemy import Row

from webapp.domain.artifact import Severity
from webapp.domain.batch import (
    AttemptView,
    BatchView,
    JobStatus,
    JobView,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
    Reason,
)

RAW_SHOWN = 1_000_000  # characters; the whole answer is stored


def batch_view(row: Row[Any]) -> BatchView:
    """A row of `batch`."""
    return BatchView(
        id=row.id,
        title=row.title,
        brief=row.brief,
        mode=Mode(row.mode),
        concurrency=row.concurrency,
        version=row.version,
        counts={status: row._mapping[status] for status in JobStatus},
        cached=row.cached,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        peak_in_flight=row.peak_in_flight,
        call_s=row.call_s,
        project_id=row.project_id,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def job_view(row: Row[Any], reason: str | None, detail: str | None) -> JobView:
    """A row of `job`, with the reason and the sentence to show for it."""
    return JobView(
        id=row.id,
        batch_id=row.batch_id,
        seq=row.seq,
        name=row.name,
        kind=KindChoice(row.kind, row.target),
        model=ModelChoice(row.endpoint, row.model),
        params=Params(row.max_tokens, row.temperature, row.seed),
        sample=row.sample,
        status=JobStatus(row.status),
        reason=Reason(reason) if reason else None,
        detail=detail,
        tries=row.tries,
        version=row.version,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        not_before=row.not_before,
        queued_at=row.queued_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        artifact_id=row.artifact_id,
        findings={
            Severity.ERROR: row.errors,
            Severity.WARNING: row.warnings,
            Severity.NOTE: row.notes,
        },
    )


def attempt_view(row: Row[Any], raws: dict[str, str]) -> AttemptView:
    """A row of `attempt`, with its raw answer out of the texts by digest."""
    raw = raws.get(row.raw_digest)
    return AttemptView(
        id=row.id,
        claim_no=row.claim_no,
        status=row.status,
        error_kind=row.error_kind,
        sentence=row.sentence,
        provider_message=row.provider_message,
        http_status=row.http_status,
        request_id=row.request_id,
        finish_reason=row.finish_reason,
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        started_at=row.started_at,
        first_token_at=row.first_token_at,
        ended_at=row.ended_at,
        raw=raw[:RAW_SHOWN] if raw else raw,
        raw_is_cut=raw is not None and len(raw) > RAW_SHOWN,
    )
