"""Claiming jobs, and serving the twins of a job that has ended.

Two queued jobs with the same cache key are twins: only one of them is called for. The other waits
in the queue and is finished by the commit that finishes the first, over batches and runners alike.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate
from ulid import ULID

from webapp.domain.artifact import Result, count_severities
from webapp.domain.batch import JobStatus, Reason
from webapp.store import blobs
from webapp.store.batches import count, finding_columns
from webapp.store.group import Group
from webapp.store.models import attempt, job, receipt
from webapp.store.operations import Applied, Claim, ClaimedJob, Ended, Outlook

PART_CACHE_BYTES = 32 * 1024 * 1024

_next = job.alias("next")
_twin = job.alias("twin")
_HAS_TWIN_AHEAD = (
    select(_twin.c.id)
    .where(
        _twin.c.cache_key == _next.c.cache_key,
        _twin.c.fresh.is_(False),
        or_(
            _twin.c.status == JobStatus.RUNNING,
            _twin.c.status == JobStatus.CHECKING,
            and_(
                _twin.c.status == JobStatus.QUEUED,
                _twin.c.batch_id == _next.c.batch_id,
                _twin.c.seq < _next.c.seq,
            ),
        ),
    )
    .exists()
)


class PromptCache:
    """The parts of recent prompts; thousands of jobs share most of theirs."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._size_bytes = 0

    def load(self, connection: Connection, digests: Sequence[str]) -> Mapping[str, str]:
        """The texts under these digests, read where they are not at hand."""
        found = {digest: self._texts[digest] for digest in digests if digest in self._texts}
        read = blobs.get(connection, [digest for digest in digests if digest not in found])
        for digest, text in read.items():
            self._texts[digest] = text
            self._size_bytes += len(text)
        while self._size_bytes > PART_CACHE_BYTES:
            self._size_bytes -= len(self._texts.popitem(last=False)[1])
        return found | read


def claim(group: Group, operations: Sequence[Claim], prompts: PromptCache) -> list[Applied]:
    """Give each lane the next job that is due, or say what is left."""
    alike = Counter(_likeness(o) for o in operations)
    taken = {key: _take(group, key, number) for key, number in alike.items()}
    receipts = _receipts(
        group.connection, [row for rows in taken.values() for row in rows], prompts
    )
    claimed: list[tuple[Row[Any], str]] = []
    results: list[Applied] = []
    for operation in operations:
        rows = taken[_likeness(operation)]
        if not rows:
            results.append(outlook(group.connection, operation.batch_id))
            continue
        row = rows.pop()
        claimed.append((row, str(ULID())))
        results.append(_claimed_job(row, claimed[-1][1], *receipts[row.receipt_id]))
    _insert_attempts(group, claimed)
    return results


def _likeness(operation: Claim) -> tuple[str, frozenset[str]]:
    # One statement serves all claims that are alike.
    return operation.batch_id, operation.endpoints


@cache
def _taking(endpoints: int) -> ReturningUpdate[Any]:
    """The claim at so many endpoints, built once: an IN would be written anew for each claim."""
    now = bindparam("now", type_=job.c.not_before.type)
    at_these = or_(*(_next.c.endpoint == bindparam(f"endpoint_{n}") for n in range(endpoints)))
    due = (
        select(_next.c.id)
        .where(
            _next.c.batch_id == bindparam("of_batch"),
            _next.c.status == JobStatus.QUEUED,
            at_these,
            or_(_next.c.not_before.is_(None), _next.c.not_before <= now),
            or_(_next.c.fresh.is_(True), ~_HAS_TWIN_AHEAD),
        )
        .order_by(_next.c.seq)
        .limit(bindparam("number", type_=Integer))
    )
    return (
        update(job)
        .where(job.c.id.in_(due))
        .values(
            status=JobStatus.RUNNING,
            reason=None,
            detail=None,
            not_before=None,
            claim_no=job.c.claim_no + 1,
            started_at=now,
            version=bindparam("v"),
        )
        .returning(job)
    )


def _take(group: Group, key: tuple[str, frozenset[str]], number: int) -> list[Row[Any]]:
    batch_id, endpoints = key
    rows = group.connection.execute(
        _taking(len(endpoints)),
        {
            "of_batch": batch_id,
            "now": group.now,
            "number": number,
            "v": group.versions[batch_id],
            **{f"endpoint_{place}": name for place, name in enumerate(sorted(endpoints))},
        },
    ).all()
    if rows:
        move = group.moves[batch_id]
        move.shift(JobStatus.QUEUED, JobStatus.RUNNING, len(rows))
        move.started_at = group.now
    return sorted(rows, key=lambda row: row.seq, reverse=True)  # popped from the end


def _receipts(
    connection: Connection, rows: Sequence[Row[Any]], prompts: PromptCache
) -> dict[str, tuple[str, str]]:
    """System and user text by receipt."""
    ids = sorted({row.receipt_id for row in rows})
    if not ids:
        return {}
    found = connection.execute(select(receipt).where(receipt.c.id.in_(ids))).all()
    texts = prompts.load(connection, [digest for row in found for _, _, digest in row.parts])
    return {row.id: (_joined(row, "system", texts), _joined(row, "user", texts)) for row in found}


def _joined(row: Row[Any], role: str, texts: Mapping[str, str]) -> str:
    return "\n\n".join(texts[digest] for part_role, _, digest in row.parts if part_role == role)


def _claimed_job(row: Row[Any], attempt_id: str, system: str, user: str) -> ClaimedJob:
    return ClaimedJob(
        id=row.id,
        batch_id=row.batch_id,
        attempt_id=attempt_id,
        claim_no=row.claim_no,
        tries=row.tries,
        kind=row.kind,
        endpoint=row.endpoint,
        model=row.model,
        max_tokens=row.max_tokens,
        temperature=row.temperature,
        seed=row.seed,
        never_twice=row.never_twice,
        cache_key=row.cache_key,
        system=system,
        user=user,
    )


def _insert_attempts(group: Group, claimed: Sequence[tuple[Row[Any], str]]) -> None:
    rows = [
        {
            "id": attempt_id,
            "job_id": row.id,
            "claim_no": row.claim_no,
            "status": "sent",
            "started_at": group.now,
        }
        for row, attempt_id in claimed
    ]
    if rows:
        group.connection.execute(insert(attempt), rows)


def outlook(connection: Connection, batch_id: str) -> Outlook:
    """What waits in a batch, by endpoint."""
    rows = connection.execute(
        select(
            job.c.endpoint,
            func.min(job.c.not_before),
            func.count() - func.count(job.c.not_before),
        )
        .where(job.c.batch_id == batch_id, job.c.status == JobStatus.QUEUED)
        .group_by(job.c.endpoint)
    )
    return Outlook({name: None if due_now else first for name, first, due_now in rows})


def twins(connection: Connection, operations: Sequence[Ended]) -> list[Row[Any]]:
    """The queued jobs that the results of these operations serve as well."""
    keys = [o.cache_key for o in operations if o.cache_key]
    found: list[Row[Any]] = []
    for chunk in blobs.chunks(keys):
        query = select(job.c.id, job.c.batch_id, job.c.cache_key).where(
            job.c.cache_key.in_(chunk),
            job.c.status == JobStatus.QUEUED,
            job.c.fresh.is_(False),
        )
        found.extend(connection.execute(query))
    return found


def serve(group: Group, waiting: Sequence[Row[Any]], operations: Sequence[Ended]) -> None:
    """Finish twins with the results they waited for."""
    results = {o.cache_key: o.result for o in operations if o.cache_key and o.result}
    for twin in waiting:
        result = results[twin.cache_key]
        group.connection.execute(
            update(job).where(job.c.id == twin.id).values(**_served(group, twin.batch_id, result))
        )
        move = group.moves[twin.batch_id]
        move.shift(JobStatus.QUEUED, JobStatus.SUCCEEDED)
        move.cached += 1
    count(group.connection, "cache_shared", len(waiting))


def _served(group: Group, batch_id: str, result: Result) -> dict[str, Any]:
    return {
        "status": JobStatus.SUCCEEDED,
        "reason": Reason.CACHED,
        "detail": None,
        "version": group.versions[batch_id],
        "artifact_id": result.artifact_id,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
        "started_at": group.now,
        "finished_at": group.now,
        **finding_columns(count_severities(result.artifact.findings)),
    }
