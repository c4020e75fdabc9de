"""A submit: one batch, its jobs, receipts and cached results, whole or not at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from webapp.domain.artifact import Result, Severity, count_severities
from webapp.domain.batch import BatchSpec, JobSpec, JobStatus, PromptPart, Reason
from webapp.domain.project import Mask, SentFile
from webapp.store import artifacts, blobs, fallbacks
from webapp.store.database import Store
from webapp.store.fallbacks import Fallback
from webapp.store.models import batch, counter, job, receipt
from webapp.store.moves import Move, apply_moves


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """What will be sent for a job; `id` is the digest over all of it."""

    id: str
    parts: tuple[tuple[PromptPart, str], ...]  # each with its digest
    sent: tuple[SentFile, ...] = ()
    masks: tuple[Mask, ...] = ()
    facts: str | None = None  # those that the artifact has to honour, as a text


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job ready to be stored; `hit` is a result that serves already.

    `reserve_tokens` and `reserve_cost` are what one call may take at most, in tokens and
    micro-dollars; None where nobody knows. A job with a step starts from the artifact of the job it
    `depends_on`, and until that is there its receipt and its key are drafts; or it starts from an
    artifact that is `given`.
    """

    id: str
    spec: JobSpec
    max_tokens: int
    receipt: NewReceipt
    cache_key: str
    fresh: bool
    hit: Result | None
    never_twice: bool = False
    reserve_tokens: int = 0
    reserve_cost: int | None = None
    fallbacks: tuple[tuple[Fallback, NewReceipt], ...] = ()
    depends_on: str | None = None
    given: Result | None = None
    saved: int = 0  # what the hit would have cost, in micro-dollars


def add(
    store: Store,
    batch_id: str,
    submit_key: str | None,
    title: str,
    spec: BatchSpec,
    jobs: Sequence[NewJob],
    templates: str | None = None,
) -> str:
    """Store a batch whole and say its id: that of the first submit where the key is known.

    `templates` is the digest of all that prompts are built from besides what the user gives.

    Of many receipts most are stored before, so that a runner gets its turns in between; without
    the batch they are texts that nobody asks for.
    """
    receipts = _receipts(jobs)
    while len(receipts) > blobs.CHUNK:
        with store.write() as connection:
            _insert_receipts(connection, receipts[: blobs.CHUNK])
        del receipts[: blobs.CHUNK]
    rows = _job_rows(batch_id, spec, jobs)
    with store.write() as connection:
        first = submit_key and _submitted(connection, submit_key)
        if first:
            return first
        _insert_batch(connection, batch_id, submit_key, title, spec, jobs, templates)
        _insert_receipts(connection, receipts)
        _save_hits(connection, jobs)
        connection.execute(insert(job), rows)
        _count_lookups(connection, jobs)
        apply_moves(connection, {batch_id: _opening(jobs)})
        store.call_lanes(connection, batch_id)
    return batch_id


def _submitted(connection: Connection, submit_key: str) -> str | None:
    return connection.scalar(select(batch.c.id).where(batch.c.submit_key == submit_key))


def _insert_batch(
    connection: Connection,
    batch_id: str,
    submit_key: str | None,
    title: str,
    spec: BatchSpec,
    jobs: Sequence[NewJob],
    templates: str | None,
) -> None:
    connection.execute(
        insert(batch).values(
            id=batch_id,
            title=title,
            brief=spec.brief,
            mode=spec.mode,
            concurrency=spec.concurrency,
            project_id=spec.project_id,
            submit_key=submit_key,
            version=0,
            created_at=datetime.now(UTC),
            policy=spec.policy,
            models=_models(jobs),
            retries=spec.retries,
            fallback_after_s=spec.fallback_after_s if spec.fallbacks else None,
            budget=spec.budget_microusd,
            repair_rounds=spec.repair_rounds or 0,
            comparable=spec.is_comparable,
            kinds=list(dict.fromkeys(str(job.kind) for job in spec.jobs)),
            added_paths=list(spec.added_paths),
            left_out_paths=list(spec.left_out_paths),
            templates=templates,
            saved=sum(item.saved for item in jobs),
        )
    )


def _models(jobs: Sequence[NewJob]) -> list[list[str]]:
    """Every model that may answer, as a column holds them."""
    asked = {item.spec.model for item in jobs}
    others = {fallback.choice for item in jobs for fallback, _ in item.fallbacks}
    return [[model.endpoint, model.model] for model in sorted(asked | others)]


def _receipts(jobs: Sequence[NewJob]) -> list[NewReceipt]:
    asked = (item.receipt for item in jobs)
    others = (each for item in jobs for _, each in item.fallbacks)
    return list({each.id: each for each in (*asked, *others)}.values())


def _insert_receipts(connection: Connection, receipts: Sequence[NewReceipt]) -> None:
    texts = {digest: part.text for r in receipts for part, digest in r.parts}
    texts |= {blobs.digest_of(r.facts): r.facts for r in receipts if r.facts}
    blobs.put(connection, texts)
    rows = [
        {
            "id": item.id,
            "parts": [[part.role, part.title, digest] for part, digest in item.parts],
            "sent": [list(astuple(each)) for each in item.sent],
            "masks": [[each.path, each.line, each.what, each.name] for each in item.masks],
            "facts": blobs.digest_of(item.facts) if item.facts else None,
        }
        for item in receipts
    ]
    connection.execute(blobs.insert_missing(connection, receipt), rows)


def _save_hits(connection: Connection, jobs: Sequence[NewJob]) -> None:
    results = (each for item in jobs for each in (item.hit, item.given) if each)
    hits = {each.artifact_id: each.artifact for each in results}
    stored = artifacts.stored(connection, list(hits))
    missing = [(key, value) for key, value in hits.items() if key not in stored]
    if missing:
        artifacts.save(connection, missing)


def save_receipts(connection: Connection, jobs: Sequence[NewJob]) -> None:
    """Store what jobs will be sent, and what they start from."""
    _insert_receipts(connection, _receipts(jobs))
    _save_hits(connection, jobs)


def _job_rows(batch_id: str, spec: BatchSpec, jobs: Sequence[NewJob]) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    of_batch = {
        "batch_id": batch_id,
        "retries": spec.retries,
        "rounds_left": spec.repair_rounds or 0,
        "version": 1,
        "queued_at": now,
    }
    firsts: dict[tuple[object, ...], int] = {}
    rows = []
    for seq, item in enumerate(jobs, 1):
        asked = (item.spec.brief, item.spec.kind, item.spec.application)
        first = {"candidate_of": firsts.setdefault(asked, seq)}
        rows.append(of_batch | first | _job_row(seq, item, now))
    return rows


def _job_row(seq: int, item: NewJob, now: datetime) -> dict[str, Any]:
    spec = item.spec
    return {
        "id": item.id,
        "seq": seq,
        "name": spec.name,
        "kind": spec.kind.kind,
        "target": spec.kind.target,
        "step": spec.kind.step,
        "endpoint": spec.model.endpoint,
        "model": spec.model.model,
        "max_tokens": item.max_tokens,
        "temperature": spec.params.temperature,
        "seed": spec.params.seed,
        "sample": spec.sample,
        "receipt_id": item.receipt.id,
        "cache_key": item.cache_key,
        "fresh": item.fresh,
        "never_twice": item.never_twice,
        "application": spec.application,
        "reserve_tokens": item.reserve_tokens,
        "reserve_cost": item.reserve_cost,
        "fallbacks": fallbacks.dump([each for each, _ in item.fallbacks]),
        **(_hit_columns(item.hit, now) if item.hit else _QUEUED_COLUMNS),
        **_chain_columns(item),
    }


def _chain_columns(item: NewJob) -> dict[str, Any]:
    """What a job starts from; one that comes after another cannot be a hit yet."""
    waits = item.depends_on is not None
    return {
        "depends_on": item.depends_on,
        "input_id": item.given.artifact_id if item.given else None,
        "draft_receipt_id": item.receipt.id if waits else None,
        "draft_key": item.cache_key if waits else None,
        **({"reason": Reason.DEPENDENCY} if waits else {}),
    }


_QUEUED_COLUMNS: dict[str, Any] = {
    "status": JobStatus.QUEUED,
    "reason": None,
    "artifact_id": None,
    "input_tokens": None,
    "output_tokens": None,
    "score": None,
    "errors": 0,
    "warnings": 0,
    "notes": 0,
    "started_at": None,
    "finished_at": None,
}


def _hit_columns(hit: Result, now: datetime) -> dict[str, Any]:
    return {
        "status": JobStatus.SUCCEEDED,
        "reason": Reason.CACHED,
        "artifact_id": hit.artifact_id,
        "score": hit.artifact.score,
        "input_tokens": hit.input_tokens,
        "output_tokens": hit.output_tokens,
        **finding_columns(count_severities(hit.artifact.findings)),
        "started_at": now,
        "finished_at": now,
    }


def finding_columns(counts: Mapping[Severity, int]) -> dict[str, int]:
    """The columns of a job that count its findings."""
    return {
        "errors": counts[Severity.ERROR],
        "warnings": counts[Severity.WARNING],
        "notes": counts[Severity.NOTE],
    }


def _opening(jobs: Sequence[NewJob]) -> Move:
    hits = sum(item.hit is not None for item in jobs)
    move = Move(cached=hits)
    move.shift(None, JobStatus.SUCCEEDED, hits)
    move.shift(None, JobStatus.QUEUED, len(jobs) - hits)
    if hits == len(jobs):
        move.started_at = datetime.now(UTC)
    return move


def _count_lookups(connection: Connection, jobs: Iterable[NewJob]) -> None:
    looked_up = [item.hit is not None for item in jobs if not item.fresh]
    count(connection, "cache_hits", sum(looked_up))
    count(connection, "cache_misses", len(looked_up) - sum(looked_up))


def count(connection: Connection, name: str, number: int) -> None:
    """Add to a counter that `omni cache stats` shows."""
    connection.execute(blobs.insert_missing(connection, counter), {"name": name, "value": 0})
    connection.execute(
        update(counter).where(counter.c.name == name).values(value=counter.c.value + number)
    )
