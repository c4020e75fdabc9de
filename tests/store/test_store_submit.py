"""Submits: whole or not at all, once for each key, cached results at once."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from webapp.domain.artifact import Result
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.errors import BatchNotFound, JobNotFound
from webapp.store import blobs, export, reads
from webapp.store.database import Store
from webapp.store.models import blob, receipt

Submit = Callable[..., str]


def test_a_new_batch_is_queued(store: Store, submit: Submit) -> None:
    view = reads.batch(store, submit("a", "b"))
    assert (view.total, view.open, view.counts[JobStatus.QUEUED]) == (2, 2, 2)
    assert (view.version, view.started_at, view.is_finished) == (1, None, False)


def test_the_same_submit_key_gives_the_first_batch(store: Store, submit: Submit) -> None:
    first = submit("a", submit_key="k")
    assert submit("a", submit_key="k") == first
    assert submit("a", submit_key="other") != first
    assert reads.batches(store)[1] == 2


def test_prompts_that_jobs_share_are_stored_once(store: Store, submit: Submit) -> None:
    submit("a", "b", "a")
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(receipt)) == 2
        assert connection.scalar(select(func.count()).select_from(blob)) == 3


def test_every_job_of_a_large_batch_has_its_prompt(store: Store, submit: Submit) -> None:
    """Most of the prompts are stored before the batch, in pieces."""
    number = 2 * blobs.CHUNK + 1
    batch_id = submit(*(f"brief {n}" for n in range(1, number + 1)))
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(receipt)) == number
    for row in reads.rows(store, batch_id, 1, number)[:: blobs.CHUNK]:
        assert reads.job(store, row.id).prompt[-1].text == f"brief {row.seq}"


def test_a_cached_result_finishes_its_job_at_once(
    store: Store, submit: Submit, result: Result
) -> None:
    batch_id = submit("a", "b", hits={"a": result})
    served, waiting = reads.rows(store, batch_id, 1, 2)
    assert (served.status, served.reason) == (JobStatus.SUCCEEDED, Reason.CACHED)
    assert waiting.status is JobStatus.QUEUED
    assert reads.job(store, served.id).artifact == result.artifact
    assert reads.batch(store, batch_id).cached == 1
    assert reads.counters(store) == {"cache_hits": 1, "cache_misses": 1}


def test_a_batch_from_cache_alone_is_finished(store: Store, submit: Submit, result: Result) -> None:
    view = reads.batch(store, submit("a", hits={"a": result}))
    assert view.is_finished
    assert view.wall_s is not None
    assert view.speedup is None


def test_a_job_says_what_is_sent(store: Store, submit: Submit) -> None:
    (row,) = reads.rows(store, submit("a"), 1, 1)
    detail = reads.job(store, row.id)
    assert [(part.role, part.text) for part in detail.prompt] == [
        ("system", "You write files."),
        ("user", "a"),
    ]
    assert [(each.path, each.size_bytes) for each in detail.sent] == [("app.py", 12)]


def test_the_zip_ends_with_a_manifest_that_names_what_is_missing(
    store: Store, submit: Submit, result: Result
) -> None:
    entries = dict(export.zip_entries(store, submit("a", "b", hits={"a": result})))
    assert entries["1/Dockerfile"] == b"FROM debian:12\n"
    assert list(entries)[-1] == "manifest.json"
    assert b'"status": "queued"' in entries["manifest.json"]


def test_what_does_not_exist_is_named(store: Store) -> None:
    for read in (reads.batch, reads.batch_version):
        with pytest.raises(BatchNotFound):
            read(store, "nothing")
    with pytest.raises(JobNotFound):
        reads.job(store, "nothing")
