"""What the pages read: plain functions, each one snapshot."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from webapp.domain.artifact import Artifact, ArtifactFile
from webapp.domain.batch import JobStatus, ModelChoice, PromptPart, Reason
from webapp.domain.errors import ArtifactFileNotFound, BatchNotFound, JobNotFound
from webapp.domain.project import Mask, ProjectView, SentFile
from webapp.domain.views import AttemptView, BatchView, JobDetail, JobView, PaceView
from webapp.store import artifacts, blobs, holds, projects, runners, schema
from webapp.store import stats as model_stats
from webapp.store.base import FULL_BYTES
from webapp.store.database import Store
from webapp.store.models import batch as batch_table
from webapp.store.models import counter, receipt
from webapp.store.models import job as job_table
from webapp.store.stats import ModelStat
from webapp.store.views import JOB_COLUMNS, attempt_view, attempts_of, batch_view

ROWS_AT_ONCE = 100  # where all are wanted


@dataclass(frozen=True, slots=True)
class JobText:
    """The next piece of a growing answer; `next_offset` counts characters."""

    text: str
    next_offset: int
    is_final: bool
    version: int  # of the job, which its text does not move


@dataclass(frozen=True, slots=True)
class RunnerView:
    """Whether a runner lives, when it was seen last, and whether it could write at all."""

    is_alive: bool
    seen_at: datetime | None
    disk_is_full: bool
    started_at: datetime | None = None  # of those that are there, the first


def batch_version(store: Store, batch_id: str) -> int:
    """The version of a batch, for polls; BatchNotFound if there is none."""
    version = store.version_of(batch_id)
    if version is None:
        raise BatchNotFound(batch_id)
    return version


def batch(store: Store, batch_id: str) -> BatchView:
    """One batch; BatchNotFound if there is none."""
    with store.read() as connection:
        return _batch(connection, batch_id)


def batches(store: Store, *, page: int = 1, size: int = 50) -> tuple[list[BatchView], int]:
    """A page of all batches, the newest first, and how many there are."""
    newest = select(batch_table).order_by(batch_table.c.id.desc())
    with store.read() as connection:
        total = connection.scalar(select(func.count()).select_from(batch_table)) or 0
        rows = connection.execute(newest.limit(size).offset((page - 1) * size))
        return [batch_view(row) for row in rows], total


def rows(store: Store, batch_id: str, first_seq: int, last_seq: int) -> list[JobView]:
    """The jobs of a batch from one number to another, both included."""
    window = {"batch_id": batch_id, "first": first_seq, "last": last_seq}
    with store.read() as connection:
        return holds.explained(connection, connection.execute(_WINDOW, window).all())


def job(store: Store, job_id: str) -> JobDetail:
    """All that is known of one job; JobNotFound if there is none."""
    with store.read() as connection:
        row = _job_row(connection, job_id)
        prompt, sent, masks = _receipt(connection, row.receipt_id)
        return JobDetail(
            job=holds.explained(connection, [row])[0],
            batch=_batch(connection, row.batch_id),
            artifact=_artifact(connection, row),
            base=artifacts.load(connection, row.input_id) if row.input_id else None,
            attempts=_attempts(connection, job_id),
            prompt=prompt,
            sent=sent,
            masks=masks,
        )


def job_text(store: Store, job_id: str, offset: int) -> JobText:
    """The answer of a running job from a character on; empty when there is nothing new."""
    partial = func.substr(job_table.c.partial, offset + 1).label("text")
    query = select(job_table.c.status, job_table.c.version, partial).where(job_table.c.id == job_id)
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise JobNotFound(job_id)
    text = row.text or ""
    return JobText(text, offset + len(text), not JobStatus(row.status).is_open, row.version)


def file(store: Store, job_id: str, path: str) -> ArtifactFile:
    """One file of a job's artifact, by its path."""
    with store.read() as connection:
        row = _job_row(connection, job_id)
        stored = artifacts.load(connection, row.artifact_id).files if row.artifact_id else ()
    for item in stored:
        if item.path == path:
            return item
    raise ArtifactFileNotFound(path)


def undecided(store: Store, batch_id: str) -> int:
    """How many jobs of a batch wait for a person to say whether they may be paid for twice."""
    query = select(func.count()).where(
        job_table.c.batch_id == batch_id,
        job_table.c.status == JobStatus.PARKED,
        job_table.c.reason == Reason.UNDECIDED,
    )
    with store.read() as connection:
        return connection.scalar(query) or 0


def all_rows(store: Store, batch_id: str) -> Iterator[JobView]:
    """Every job of a batch by number, a hundred in memory at a time."""
    for first in range(1, batch(store, batch_id).total + 1, ROWS_AT_ONCE):
        yield from rows(store, batch_id, first, first + ROWS_AT_ONCE - 1)


def files(store: Store, batch_id: str) -> Iterator[tuple[JobView, tuple[ArtifactFile, ...]]]:
    """Every job of a batch with its files, one at a time: memory stays small, the first is soon."""
    for view in all_rows(store, batch_id):
        yield view, files_of(store, view)


def files_of(store: Store, job: JobView) -> tuple[ArtifactFile, ...]:
    """The files of a job; whoever downloads them slowly holds no snapshot."""
    if job.artifact_id is None:
        return ()
    with store.read() as connection:
        return artifacts.load(connection, job.artifact_id).files


def project(store: Store, project_id: str) -> ProjectView:
    """A project without its contents."""
    with store.read() as connection:
        return projects.view(connection, project_id)


def runner_state(store: Store) -> RunnerView:
    """Whether a runner lives."""
    with store.read() as connection:
        seen_at, is_alive = runners.last_seen(connection)
        started_at = runners.first_started(connection)
    free = store.free_bytes()
    return RunnerView(is_alive, seen_at, free is not None and free < FULL_BYTES, started_at)


def schema_fault(store: Store) -> str | None:
    """A sentence where another version has migrated the tables since this process started."""
    with store.read() as connection:
        return schema.fault(connection)


def counters(store: Store) -> dict[str, int]:
    """What `omni cache stats` shows of the past."""
    with store.read() as connection:
        return {row.name: row.value for row in connection.execute(select(counter))}


# Built once: to build one and find it again among the compiled takes longer than to run it.
_BATCH = select(batch_table).where(batch_table.c.id == bindparam("batch_id"))
_WINDOW = (
    select(*JOB_COLUMNS)
    .where(
        job_table.c.batch_id == bindparam("batch_id"),
        job_table.c.seq.between(bindparam("first"), bindparam("last")),
    )
    .order_by(job_table.c.seq)
)


def _batch(connection: Connection, batch_id: str) -> BatchView:
    row = connection.execute(_BATCH, {"batch_id": batch_id}).one_or_none()
    if row is None:
        raise BatchNotFound(batch_id)
    return batch_view(row)


def models(store: Store, batch_id: str) -> list[ModelChoice]:
    """Every model that may answer in a batch; BatchNotFound if there is none."""
    query = select(batch_table.c.models).where(batch_table.c.id == batch_id)
    with store.read() as connection:
        found = connection.scalar(query)
    if found is None:
        raise BatchNotFound(batch_id)
    return [ModelChoice(*model) for model in found]


def paces(store: Store) -> list[PaceView]:
    """How runners stand with endpoints and models, by name; empty before any was called."""
    with store.read() as connection:
        return holds.standing(connection)


def stats(store: Store, models: Iterable[ModelChoice]) -> dict[tuple[ModelChoice, str], ModelStat]:
    """What answers have shown of these models, by model and kind."""
    with store.read() as connection:
        return model_stats.load(connection, models)


def _artifact(connection: Connection, row: Row[Any]) -> Artifact | None:
    """The artifact of a job, with what it disagrees on with the others of its batch."""
    if row.artifact_id is None:
        return None
    found = artifacts.load(connection, row.artifact_id)
    stored = select(job_table.c.disagreements).where(job_table.c.id == row.id)
    disagreements = artifacts.load_findings(connection.scalar(stored))
    return replace(found, findings=(*found.findings, *disagreements))


def _job_row(connection: Connection, job_id: str) -> Row[Any]:
    found = connection.execute(select(*JOB_COLUMNS).where(job_table.c.id == job_id))
    row = found.one_or_none()
    if row is None:
        raise JobNotFound(job_id)
    return row


def _receipt(
    connection: Connection, receipt_id: str
) -> tuple[tuple[PromptPart, ...], tuple[SentFile, ...], tuple[Mask, ...]]:
    row = connection.execute(select(receipt).where(receipt.c.id == receipt_id)).one()
    texts = blobs.get(connection, [digest for _, _, digest in row.parts])
    parts = tuple(PromptPart(role, title, texts[digest]) for role, title, digest in row.parts)
    sent = tuple(map(_sent_file, row.sent))
    return parts, sent, tuple(Mask(*each) for each in row.masks)


def _sent_file(stored: Sequence[Any]) -> SentFile:
    path, digest, size_bytes, tokens, *part = stored
    ranges, whole_bytes = part or ((), None)  # before there were excerpts each was whole
    return SentFile(path, digest, size_bytes, tokens, tuple((a, b) for a, b in ranges), whole_bytes)


def _attempts(connection: Connection, job_id: str) -> tuple[AttemptView, ...]:
    found = connection.execute(attempts_of(job_id)).all()
    raws = blobs.get(connection, [row.raw_digest for row in found if row.raw_digest])
    return tuple(attempt_view(row, raws) for row in found)
