"""Batches whose jobs may be asked otherwise by now: what they were made of, and marks on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, update

from webapp.domain.batch import PromptPart
from webapp.domain.errors import BatchNotFound
from webapp.domain.listing import Selection
from webapp.store import blobs, fallbacks
from webapp.store.batches import NewJob, save_receipts
from webapp.store.changes import STANDING, lock, meant, next_version, put_back
from webapp.store.database import Store
from webapp.store.models import batch, job, project, receipt
from webapp.store.moves import Move, apply_moves


@dataclass(frozen=True, slots=True)
class Material:
    """What a batch was made of: its row, its jobs, and the prompt that each was drafted with."""

    batch: Row[Any]
    jobs: tuple[Row[Any], ...]
    prompts: Mapping[str, tuple[PromptPart, ...]]  # by receipt

    def draft_receipt(self, row: Row[Any]) -> str:
        """The receipt that a job got at submit."""
        receipt_id: str = row.draft_receipt_id or row.receipt_id
        return receipt_id


def material(store: Store, batch_id: str) -> Material:
    """What a batch was made of; BatchNotFound if there is none."""
    with store.read() as connection:
        row = connection.execute(select(batch).where(batch.c.id == batch_id)).one_or_none()
        if row is None:
            raise BatchNotFound(batch_id)
        of_batch = select(job).where(job.c.batch_id == batch_id).order_by(job.c.seq)
        jobs = tuple(connection.execute(of_batch).all())
        ids = {each.draft_receipt_id or each.receipt_id for each in jobs}
        return Material(row, jobs, _prompts(connection, sorted(ids)))


def _prompts(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[PromptPart, ...]]:
    found: dict[str, tuple[PromptPart, ...]] = {}
    for chunk in blobs.chunks(ids):
        query = select(receipt.c.id, receipt.c.parts).where(receipt.c.id.in_(chunk))
        rows = connection.execute(query).all()
        texts = blobs.get(connection, [digest for row in rows for _, _, digest in row.parts])
        for row in rows:
            found[row.id] = tuple(
                PromptPart(role, title, texts[digest]) for role, title, digest in row.parts
            )
    return found


def newest(store: Store, project_id: str) -> str:
    """The project that was uploaded last under the name of another, or that one itself."""
    name = select(project.c.name).where(project.c.id == project_id).scalar_subquery()
    query = select(project.c.id).where(project.c.name == name).order_by(project.c.id.desc())
    with store.read() as connection:
        return connection.scalar(query.limit(1)) or project_id


def of_project(store: Store, project_id: str, most: int) -> list[str]:
    """The latest batches about a project of the name of this one, the newest first."""
    name = select(project.c.name).where(project.c.id == project_id).scalar_subquery()
    same = select(project.c.id).where(project.c.name == name)
    return _latest(store, batch.c.project_id.in_(same), most)


def of_other_templates(store: Store, templates: str, most: int) -> list[str]:
    """The latest batches that were looked at last with other templates, the newest first."""
    return _latest(store, batch.c.templates.is_distinct_from(templates), most)


def _latest(store: Store, which: ColumnElement[bool], most: int) -> list[str]:
    # What was made before ticks were kept cannot be drafted again.
    query = select(batch.c.id).where(which, batch.c.added_paths.is_not(None))
    with store.read() as connection:
        return list(connection.scalars(query.order_by(batch.c.id.desc()).limit(most)))


def mark(store: Store, batch_id: str, stale: Sequence[str], fresh: Sequence[str], told: str) -> int:
    """Mark jobs as stale, and others as no longer so; how many that changed.

    `told` is the digest of the templates that they were looked at with.
    """
    with store.write() as connection:
        lock(connection, batch_id)
        number = sum(
            connection.execute(
                update(job)
                .where(job.c.id.in_(ids), job.c.stale != is_stale)
                .values(stale=is_stale, version=next_version(batch_id))
            ).rowcount
            for is_stale, all_ids in ((True, stale), (False, fresh))
            for ids in blobs.chunks(all_ids)
        )
        if number:
            apply_moves(connection, {batch_id: Move()})
        looked_at = update(batch).where(batch.c.id == batch_id).values(templates=told)
        connection.execute(looked_at)
        return number


def chosen_to_rebuild(store: Store, batch_id: str, selection: Selection) -> set[str]:
    """The stale jobs of a selection that stand still, and what starts from their artifacts."""
    with store.read() as connection:
        may = job.c.stale & job.c.status.in_(STANDING)
        which = meant(connection, batch_id, selection, may)
        firsts = set(connection.scalars(select(job.c.id).where(which)))
        follow = select(job.c.id).where(
            job.c.batch_id == batch_id, job.c.depends_on.in_(firsts), job.c.status.in_(STANDING)
        )
        return firsts | set(connection.scalars(follow))


def rebuild(
    store: Store, batch_id: str, project_id: str | None, drafts: Mapping[str, NewJob]
) -> int:
    """Put jobs back to the queue with what they are to be asked now; how many there were."""
    if not drafts:
        return 0
    with store.write() as connection:
        lock(connection, batch_id)
        save_receipts(connection, list(drafts.values()))
        number = 0
        for job_id, draft in drafts.items():
            which = (job.c.batch_id == batch_id) & (job.c.id == job_id)
            number += put_back(connection, batch_id, which, STANDING, _columns(draft))
        changed = update(batch).where(batch.c.id == batch_id).values(project_id=project_id)
        connection.execute(changed)
        if number:
            store.call_lanes(connection, batch_id)
        return number


def _columns(draft: NewJob) -> dict[str, Any]:
    depends = draft.spec.after is not None
    return {
        "receipt_id": draft.receipt.id,
        "cache_key": draft.cache_key,
        "draft_receipt_id": draft.receipt.id if depends else None,
        "draft_key": draft.cache_key if depends else None,
        "input_id": draft.given.artifact_id if draft.given else None,
        "reserve_tokens": draft.reserve_tokens,
        "reserve_cost": draft.reserve_cost,
        "fallbacks": fallbacks.dump([each for each, _ in draft.fallbacks]),
        "stale": False,
    }
