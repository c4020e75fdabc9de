"""What becomes of a claimed job: answered, put back, ended; and of its attempt."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, case, delete, or_, select, update

from webapp.domain.artifact import count_severities
from webapp.domain.batch import CALLING, JobStatus
from webapp.store import artifacts, blobs, fallbacks, rounds, stats
from webapp.store.batches import finding_columns
from webapp.store.group import Group
from webapp.store.models import attempt, job
from webapp.store.operations import (
    Abandoned,
    Answered,
    Applied,
    Call,
    Ended,
    Progress,
    PutBack,
    Rechecking,
    Unsent,
)

_CLAIMED = (job.c.id == bindparam("job_id")) & (job.c.claim_no == bindparam("claim"))
_PAID = {
    "cost": job.c.cost + bindparam("d_cost"),
    "unpriced": job.c.unpriced + bindparam("d_unpriced"),
}
_PAID_LATE = update(job).where(job.c.id == bindparam("job_id")).values(**_PAID)
_IS_CALLING = or_(*(job.c.status == status for status in sorted(CALLING)))
_CHECKING = (
    update(job)
    .where(_CLAIMED, _IS_CALLING)
    .values(status=JobStatus.CHECKING, version=bindparam("v"), partial=None, **_PAID)
)
_QUEUED = (
    update(job)
    .where(_CLAIMED, _IS_CALLING)
    .values(
        status=JobStatus.QUEUED,
        version=bindparam("v"),
        tries=bindparam("new_tries"),
        reason=bindparam("new_reason"),
        detail=bindparam("new_detail"),
        not_before=bindparam("until", type_=job.c.not_before.type),
        partial=None,
        **_PAID,
    )
)
_ENDED = (
    update(job)
    .where(_CLAIMED, job.c.status == bindparam("old"))
    .values(
        version=bindparam("v"),
        partial=None,
        **_PAID,
        **{
            name: bindparam(f"new_{name}", type_=job.c[name].type)
            for name in (
                "status", "reason", "detail", "artifact_id", "score", "input_tokens",
                "output_tokens", "errors", "warnings", "notes", "finished_at",
            )
        },
    )
)  # fmt: skip
_UNSENT = (
    update(job)
    .where(_CLAIMED, _IS_CALLING)
    .values(
        status=JobStatus.QUEUED,
        version=bindparam("v"),
        started_at=case((or_(job.c.tries > 0, job.c.round > 0), job.c.started_at)),
        not_before=bindparam("until", type_=job.c.not_before.type),
    )
)
_RECHECKING = (
    update(job)
    .where(_CLAIMED, job.c.status == JobStatus.CHECKING)
    .values(crashes=job.c.crashes + 1)
)
_PROGRESS = update(job).where(_CLAIMED, _IS_CALLING).values(partial=bindparam("new_partial"))
_ATTEMPT_COLUMNS = (
    "status", "http_status", "request_id", "error_kind", "sentence", "provider_message",
    "finish_reason", "input_tokens", "output_tokens", "raw_digest",
    "started_at", "first_token_at", "ended_at", "cost",
)  # fmt: skip
_ATTEMPT_ENDED = (
    update(attempt)
    .where(attempt.c.id == bindparam("attempt_id"))
    .values({
        attempt.c[name]: bindparam(f"new_{name}", type_=attempt.c[name].type)
        for name in _ATTEMPT_COLUMNS
    })
)  # fmt: skip


def _key(group: Group, operation: Answered | PutBack | Unsent | Ended) -> dict[str, Any]:
    return {
        "job_id": operation.job_id,
        "claim": operation.claim_no,
        "v": group.versions[operation.batch_id],
    }


def _paid(call: Call | None) -> dict[str, int]:
    if call is None:
        return {"d_cost": 0, "d_unpriced": 0}
    return {"d_cost": call.cost or 0, "d_unpriced": int(call.cost is None)}


def _end_attempts(group: Group, calls: Sequence[Call]) -> None:
    """Say how calls ended, and keep what they said."""
    digests = {id(call): blobs.digest_of(call.raw) for call in calls if call.raw is not None}
    texts = {digests[id(call)]: call.raw for call in calls if call.raw is not None}
    blobs.put(group.connection, texts)
    rows = [_attempt_row(call, digests.get(id(call))) for call in calls]
    group.connection.execute(_ATTEMPT_ENDED, rows)


def _attempt_row(call: Call, raw_digest: str | None) -> dict[str, Any]:
    return {
        "attempt_id": call.attempt_id,
        "new_raw_digest": raw_digest,
        **{f"new_{name}": getattr(call, name) for name in _ATTEMPT_COLUMNS if name != "raw_digest"},
    }


def _count_call(group: Group, operation: Answered | PutBack | Ended, call: Call) -> None:
    move = group.moves[operation.batch_id]
    move.call_s += call.duration_s
    move.peak_in_flight = max(move.peak_in_flight, operation.peak_in_flight)
    move.input_tokens += call.input_tokens or 0
    move.output_tokens += call.output_tokens or 0
    group.spend(operation.batch_id, call.reserved, call.cost)


def answer(group: Group, operations: Sequence[Answered]) -> list[Applied]:
    """Complete answers came: keep them, and let the checks begin."""
    if not group.change(_CHECKING, [_key(group, o) | _paid(o.call) for o in operations]):
        return _too_late(group, operations[0], operations[0].call)
    stats.add(group.connection, [o.seen for o in operations if o.seen is not None])
    _end_attempts(group, [o.call for o in operations])
    for operation in operations:
        group.moves[operation.batch_id].shift(operation.old, JobStatus.CHECKING)
        _count_call(group, operation, operation.call)
    return [True] * len(operations)


def put_back(group: Group, operations: Sequence[PutBack]) -> list[Applied]:
    """Jobs go back to the queue until their time."""
    rows = [
        _key(group, o)
        | _paid(o.call)
        | {
            "new_tries": o.tries,
            "new_reason": o.reason,
            "new_detail": o.detail,
            "until": o.not_before,
        }
        for o in operations
    ]
    if not group.change(_QUEUED, rows):
        return _too_late(group, operations[0], operations[0].call)
    _end_attempts(group, [o.call for o in operations])
    for operation in operations:
        group.moves[operation.batch_id].shift(operation.old, JobStatus.QUEUED)
        _count_call(group, operation, operation.call)
    _hand_on(group, [o for o in operations if o.fallbacks])
    return [True] * len(operations)


def _hand_on(group: Group, operations: Sequence[PutBack]) -> None:
    rows = [
        fallbacks.handed_on(
            o.job_id, o.model, o.fallbacks, o.detail or "", group.versions[o.batch_id]
        )
        for o in operations
    ]
    if rows:
        group.connection.execute(fallbacks.HANDED_ON, rows)


def unsent(group: Group, operations: Sequence[Unsent]) -> list[Applied]:
    """Calls did not start: the jobs wait as if they had not been claimed."""
    # Also where the job was cancelled in the meantime: no call was made.
    for operation in operations:
        gone = delete(attempt).where(attempt.c.id == operation.attempt_id)
        if group.connection.execute(gone).rowcount:
            group.hold(operation.batch_id, -operation.reserved)
    rows = [_key(group, o) | {"until": o.not_before} for o in operations]
    if not group.change(_UNSENT, rows):
        return [False]
    for operation in operations:
        group.moves[operation.batch_id].shift(operation.old, JobStatus.QUEUED)
    return [True] * len(operations)


def end(group: Group, operations: Sequence[Ended]) -> list[Applied]:
    """Jobs stand still, with what they delivered."""
    if not group.change(_ENDED, [_ended_row(group, o) for o in operations]):
        return _too_late(group, operations[0], operations[0].call)
    results = (each for o in operations for each in (o.result, o.examined) if each)
    kept = {each.artifact_id: each.artifact for each in results}
    if kept:
        artifacts.save(group.connection, list(kept.items()))
    rounds.examined(group, operations)
    calls = [o.call for o in operations if o.call]
    if calls:
        _end_attempts(group, calls)
    for operation in operations:
        group.moves[operation.batch_id].shift(operation.old, operation.status)
        if operation.call:
            _count_call(group, operation, operation.call)
    return [True] * len(operations)


def _ended_row(group: Group, operation: Ended) -> dict[str, Any]:
    result = operation.result
    findings = result.artifact.findings if result else ()
    columns = {
        "status": operation.status,
        "reason": operation.reason,
        "detail": operation.detail,
        "artifact_id": result.artifact_id if result else None,
        "score": result.artifact.score if result else None,
        "input_tokens": result.input_tokens if result else None,
        "output_tokens": result.output_tokens if result else None,
        "finished_at": group.now,
        **finding_columns(count_severities(findings)),
    }
    new = {f"new_{name}": value for name, value in columns.items()}
    return _key(group, operation) | _paid(operation.call) | {"old": operation.old} | new


def _too_late(
    group: Group, operation: Answered | PutBack | Ended, call: Call | None
) -> list[Applied]:
    """The job was cancelled meanwhile: what its call was and did cost is kept all the same."""
    if call is not None:
        abandon(group, [Abandoned(operation.batch_id, operation.job_id, call)])
    return [False]


def abandon(group: Group, operations: Sequence[Abandoned]) -> list[Applied]:
    """Calls of cancelled jobs were given up; the jobs themselves say so already."""
    for operation in operations:
        if _is_under_way(group, operation.call):
            _abandon(group, operation)
    return [True] * len(operations)


def _is_under_way(group: Group, call: Call) -> bool:
    """Whether nobody has said how a call ended: another runner could, or we before."""
    query = select(attempt.c.status).where(attempt.c.id == call.attempt_id)
    return group.connection.scalar(query) == "sent"


def _abandon(group: Group, operation: Abandoned) -> None:
    _end_attempts(group, [operation.call])
    group.connection.execute(_PAID_LATE, {"job_id": operation.job_id} | _paid(operation.call))
    group.spend(operation.batch_id, operation.call.reserved, operation.call.cost)


def recheck(group: Group, operations: Sequence[Rechecking]) -> list[Applied]:
    """Checks begin anew; no version moves."""
    rows = [{"job_id": o.job_id, "claim": o.claim_no} for o in operations]
    return [group.change(_RECHECKING, [row]) for row in rows]


def progress(group: Group, operations: Sequence[Progress]) -> list[Applied]:
    """Keep growing text; no version moves, and a claim that is over writes nothing."""
    rows = [{"job_id": o.job_id, "claim": o.claim_no, "new_partial": o.text} for o in operations]
    group.connection.execute(_PROGRESS, rows)
    return [True] * len(operations)
