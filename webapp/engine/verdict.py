"""How the check of an answer ends its job: a pure decision, no I/O."""

from ulid import ULID

from webapp.domain import artifact as of_artifact
from webapp.domain.artifact import Artifact, Finding, Severity
from webapp.domain.batch import JobStatus, Reason
from webapp.providers.base import FinishReason
from webapp.store.operations import Claimed, Ended, Reply


def after_check(job: Claimed, reply: Reply, artifact: Artifact) -> Ended:
    """How a checked answer ends its job; only a whole and faultless one serves again."""
    status, reason, detail = _verdict(artifact, reply.finish_reason)
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
        result=of_artifact.Result(str(ULID()), artifact, reply.input_tokens, reply.output_tokens),
        cache_key=job.cache_key if status is JobStatus.SUCCEEDED else None,
    )


def _verdict(artifact: Artifact, finish_reason: str) -> tuple[JobStatus, Reason | None, str | None]:
    if finish_reason == FinishReason.LENGTH:
        detail = "The model reached the output limit; the files may be cut off."
        return JobStatus.FAILED, Reason.TRUNCATED, detail
    if finish_reason == FinishReason.FILTERED:
        detail = "The provider's content filter stopped the answer."
        return JobStatus.FAILED, Reason.REFUSED, detail
    errors = [f for f in artifact.findings if f.severity is Severity.ERROR]
    if errors:
        return JobStatus.FAILED, Reason.INVALID, _summary(errors)
    return JobStatus.SUCCEEDED, None, None


def _summary(errors: list[Finding]) -> str:
    first = errors[0]
    place = (
        f"{first.path}:{first.line}: " if first.line else f"{first.path}: " if first.path else ""
    )
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{place}{first.message}{more}"
