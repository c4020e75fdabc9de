"""How the check of an answer ends its job, or sends it into another round: pure, no I/O."""

import math
from collections.abc import Sequence
from dataclasses import replace

from ulid import ULID

from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.repair import is_better, repair_part, worst_first
from webapp.domain.artifact import Artifact, Finding, Result
from webapp.domain.batch import BLUEPRINT, JobStatus, PromptPart, Reason
from webapp.prices import Prices
from webapp.providers.base import FinishReason
from webapp.store.operations import Claimed, Ended, Repair, Reply

BYTES_A_TOKEN = 3.0  # of what goes back to a model; rather too many than too few


def after_check(job: Claimed, reply: Reply, artifact: Artifact, prices: Prices) -> Ended | Repair:
    """How a checked answer ends its job, or what is to be mended in the next round.

    Only a whole and faultless artifact serves again.
    """
    best = job.round.best
    examined = Result(str(ULID()), artifact, *_tokens(job, reply))
    if best is None:
        return _after_first(job, reply, examined, prices)
    kept = examined if _may_stay(reply) and is_better(artifact, best.artifact) else best
    kept = replace(kept, input_tokens=examined.input_tokens, output_tokens=examined.output_tokens)
    if errors := worst_first(kept.artifact):
        return _mend(job, examined, kept, errors, prices)
    return _ended(job, JobStatus.SUCCEEDED, Reason.REPAIRED, None, kept, examined)


def _after_first(job: Claimed, reply: Reply, examined: Result, prices: Prices) -> Ended | Repair:
    if reply.finish_reason == FinishReason.LENGTH:
        detail = "The model reached the output limit; the files may be cut off."
        return _ended(job, JobStatus.FAILED, Reason.TRUNCATED, detail, examined)
    if reply.finish_reason == FinishReason.FILTERED:
        detail = "The provider's content filter stopped the answer."
        return _ended(job, JobStatus.FAILED, Reason.REFUSED, detail, examined)
    if errors := worst_first(examined.artifact):
        return _mend(job, examined, examined, errors, prices)
    return _ended(job, JobStatus.SUCCEEDED, None, None, examined)


def _may_stay(reply: Reply) -> bool:
    """Whether an answer is whole: of one that broke off nobody knows what it would have mended."""
    return reply.finish_reason not in (FinishReason.LENGTH, FinishReason.FILTERED)


def _tokens(job: Claimed, reply: Reply) -> tuple[int | None, int | None]:
    """What all rounds have taken so far."""
    best = job.round.best
    if best is None:
        return reply.input_tokens, reply.output_tokens
    return (
        _sum(best.input_tokens, reply.input_tokens),
        _sum(best.output_tokens, reply.output_tokens),
    )


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _mend(
    job: Claimed, examined: Result, kept: Result, errors: Sequence[Finding], prices: Prices
) -> Ended | Repair:
    """Another round where one is left, else the end with the best version."""
    if not (job.round.left and job.endpoint != BLUEPRINT and KINDS[job.kind].is_checked):
        last = examined if job.round.number else None
        return _ended(job, JobStatus.FAILED, Reason.INVALID, _summary(errors), kept, last)
    part = repair_part(kept.artifact, job.round.number + 1)
    reserve_tokens = job.reserve_tokens + _size_tokens(part)
    given = reserve_tokens - job.max_tokens
    return Repair(
        batch_id=job.batch_id,
        job_id=job.id,
        claim_no=job.claim_no,
        examined=examined,
        kept=kept,
        part=part,
        detail=_summary(errors),
        reserve_tokens=reserve_tokens,
        reserve_cost=prices.cost(job.choice, given, job.max_tokens),
    )


def _size_tokens(part: PromptPart) -> int:
    return math.ceil(len(part.text.encode()) / BYTES_A_TOKEN)


def _ended(
    job: Claimed,
    status: JobStatus,
    reason: Reason | None,
    detail: str | None,
    kept: Result,
    examined: Result | None = None,
) -> Ended:
    return Ended(
        batch_id=job.batch_id,
        job_id=job.id,
        claim_no=job.claim_no,
        old=JobStatus.CHECKING,
        status=status,
        reason=reason,
        detail=detail,
        call=None,
        peak_in_flight=0,
        result=kept,
        cache_key=job.cache_key if status is JobStatus.SUCCEEDED else None,
        examined=examined,
    )


def _summary(errors: Sequence[Finding]) -> str:
    first = errors[0]
    place = (
        f"{first.path}:{first.line}: " if first.line else f"{first.path}: " if first.path else ""
    )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{place}{first.message}{more}"
