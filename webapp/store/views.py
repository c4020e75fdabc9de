"""Rows of the tables as the values the pages show."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Row, Select, select

from webapp.domain.artifact import Severity
from webapp.domain.batch import (
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Params,
    Policy,
    Reason,
    Retries,
)
from webapp.domain.views import AttemptView, BatchView, JobView
from webapp.store.models import attempt, job

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
        policy=Policy(row.policy),
        retries=Retries(row.retries),
        budget_microusd=row.budget,
        cost_microusd=row.cost,
        reserved_microusd=row.reserved,
        unpriced=row.unpriced,
        kinds=tuple(row.kinds),
        models=tuple(ModelChoice(*model) for model in row.models),
        saved_microusd=row.saved,
        is_judged=row.compared or not row.comparable or row.succeeded + row.failed < 2,
    )


# What `job_view` takes, in this order: a page holds a hundred rows, and unpacking one is several
# times faster than asking it for each column by name.
JOB_COLUMNS: tuple[Column[Any], ...] = (
    job.c.id, job.c.batch_id, job.c.seq, job.c.name, job.c.kind, job.c.target, job.c.endpoint,
    job.c.model, job.c.max_tokens, job.c.temperature, job.c.seed, job.c.sample, job.c.status,
    job.c.reason, job.c.detail, job.c.tries, job.c.version, job.c.input_tokens,
    job.c.output_tokens, job.c.not_before, job.c.queued_at, job.c.started_at, job.c.finished_at,
    job.c.artifact_id, job.c.errors, job.c.warnings, job.c.notes, job.c.application,
    job.c.cost, job.c.unpriced, job.c.instead_of, job.c.round, job.c.score, job.c.step,
    job.c.input_id, job.c.candidate_of, job.c.chosen, job.c.stale, job.c.receipt_id,
)  # fmt: skip
_STATUSES = {status.value: status for status in JobStatus}
_REASONS: dict[str | None, Reason | None] = {None: None} | {each.value: each for each in Reason}
# Most jobs of a batch share these.
_kind = lru_cache(maxsize=1024)(KindChoice)
_model = lru_cache(maxsize=1024)(ModelChoice)
_params = lru_cache(maxsize=1024)(Params)


def job_view(row: Row[Any], reason: str | None, detail: str | None) -> JobView:
    """A row of `JOB_COLUMNS`, with the reason and the sentence to show for it."""
    (
        job_id, batch_id, seq, name, kind, target, endpoint, model, max_tokens, temperature, seed,
        sample, status, _, _, tries, version, input_tokens, output_tokens, not_before, queued_at,
        started_at, finished_at, artifact_id, errors, warnings, notes,
        application, cost, unpriced, instead_of, round_no, score, step, input_id, candidate_of,
        is_chosen, is_stale, _,
    ) = tuple[Any, ...](row)  # fmt: skip
    return JobView(
        job_id, batch_id, seq, name, _kind(kind, target, step), _model(endpoint, model),
        _params(max_tokens, temperature, seed), sample, _STATUSES[status], _REASONS[reason], detail,
        tries, version, input_tokens, output_tokens, not_before, queued_at, started_at, finished_at,
        artifact_id, _counts(errors, warnings, notes), application, cost, unpriced, instead_of,
        round_no, score, input_id, candidate_of, is_chosen, is_stale,
    )  # fmt: skip


@lru_cache(maxsize=1024)
def _counts(errors: int, warnings: int, notes: int) -> Mapping[Severity, int]:
    return MappingProxyType(
        {Severity.ERROR: errors, Severity.WARNING: warnings, Severity.NOTE: notes}
    )


def attempts_of(job_id: str) -> Select[Any]:
    """The attempts of a job, the oldest first."""
    return select(attempt).where(attempt.c.job_id == job_id).order_by(attempt.c.id)


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
        model=row.model,
        cost_microusd=row.cost,
        round=row.round,
    )
