"""Batches of any jobs, and rows with what a test wants in them."""

from typing import Any

from sqlalchemy import update
from ulid import ULID

from webapp.domain.artifact import Result
from webapp.domain.batch import BatchSpec, JobSpec, KindChoice, Mode, ModelChoice, PromptPart
from webapp.store import batches
from webapp.store.batches import NewJob, NewReceipt
from webapp.store.blobs import digest_of
from webapp.store.database import Store
from webapp.store.models import job

BRIEF = "a brief"


def asked(kind: str = "dockerfile", model: str = "blueprint", **more: Any) -> JobSpec:
    """A job of a kind for a model."""
    brief = more.pop("brief", BRIEF)
    return JobSpec(brief, KindChoice.parse(kind), ModelChoice.parse(model), **more)


def submitted(store: Store, *specs: JobSpec, hits: dict[int, Result] | None = None) -> str:
    """A batch of these jobs, of which some are served from the cache, by their number."""
    ids = {spec: str(ULID()) for spec in specs}
    jobs = [_new_job(seq, spec, ids, (hits or {}).get(seq)) for seq, spec in enumerate(specs, 1)]
    return batches.add(
        store, str(ULID()), None, "a title", BatchSpec(BRIEF, specs, Mode.ASYNC, 3), jobs
    )


def _new_job(seq: int, spec: JobSpec, ids: dict[JobSpec, str], hit: Result | None) -> NewJob:
    part = PromptPart("user", "Brief", f"{spec.brief} {seq}")
    receipt = NewReceipt(digest_of(part.text), ((part, digest_of(part.text)),))
    before = ids[spec.after] if spec.after else None
    key = digest_of(f"key {seq}")
    return NewJob(ids[spec], spec, 1000, receipt, key, False, hit, depends_on=before)


def put(store: Store, batch_id: str, seq: int, **columns: Any) -> None:
    """Set columns of a job."""
    with store.write() as connection:
        which = (job.c.batch_id == batch_id) & (job.c.seq == seq)
        connection.execute(update(job).where(which).values(**columns))
