"""What would be asked otherwise by now is marked, and rebuilt with what has changed."""

from collections.abc import Mapping
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from pydantic import SecretStr
from sqlalchemy import update

from tests.rows import all_rows
from tests.web.hand import Hand
from tests.zips import packed
from webapp import renewal
from webapp.domain.artifact import Artifact, ArtifactFile
from webapp.domain.batch import BatchSpec, JobStatus, KindChoice, Mode, ModelChoice, Reason, matrix
from webapp.domain.errors import BatchNotFound, InvalidSpec, SelectionGrew
from webapp.domain.listing import JobFilter, Selection
from webapp.domain.project import ProjectView
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store import changes, fallbacks, reads, renewing
from webapp.store.database import Store
from webapp.store.models import batch, job

APP = "from flask import Flask\napp = Flask(__name__)\napp.run(port=8080)\n"
SHOP = {
    "app.py": APP,
    "requirements.txt": "flask==3.1.3\n",
    ".github/workflows/test.yml": "on: push\njobs: {}\n",
}
NEWER = SHOP | {"app.py": APP.replace("8080", "9090")}
OPENAI = "openai:m"


@pytest.fixture
def settings(settings: Settings, llm: FakeProvider) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=settings.data_dir,
        database_url=settings.database_url,
        find_ollama=False,
        full_checks=False,
        openai_api_key=SecretStr("none"),
        openai_base_url=f"{llm.url}/v1",
    )


@pytest.fixture
def hand(store: Store) -> Hand:
    return Hand(store)


def upload(service: Service, files: Mapping[str, str], name: str = "shop") -> ProjectView:
    return async_to_sync(service.add_project)(packed(files), f"{name}.zip")


def submit(
    service: Service, *kinds: str, project: ProjectView | None, models: str = OPENAI, **more: Any
) -> str:
    choices = [ModelChoice.parse(model) for model in models.split()]
    jobs = matrix("A shop.", [KindChoice.parse(kind) for kind in kinds], choices)
    project_id = project.id if project else None
    spec = BatchSpec("A shop.", jobs, Mode.ASYNC, 3, project_id=project_id, **more)
    return async_to_sync(service.submit)(spec)


def finish(hand: Hand, batch_id: str, jobs: int = 1, model: str = OPENAI) -> None:
    for _ in range(jobs):
        claimed = hand.claim(batch_id, model)
        hand.answer(claimed)
        hand.end(claimed, artifact=Artifact((ArtifactFile("a", f"{claimed.id}\n"),), (), ()))


def stale(store: Store, batch_id: str) -> list[str]:
    return [str(row.kind) for row in all_rows(store, batch_id) if row.is_stale]


def rebuild(service: Service, batch_id: str, **selection: Any) -> int:
    return async_to_sync(service.rebuild)(batch_id, Selection(**selection))


@pytest.fixture
def pair_id(service: Service, hand: Hand) -> str:
    """Compose files and a pipeline of a shop, both there; only the pipeline is sent workflows."""
    batch_id = submit(service, "compose", "github-actions", project=upload(service, SHOP))
    finish(hand, batch_id, 2)
    return batch_id


def test_a_newer_upload_of_the_same_name_marks_what_it_changes(
    service: Service, store: Store, pair_id: str
) -> None:
    version = reads.batch_version(store, pair_id)
    upload(service, NEWER)
    assert stale(store, pair_id) == ["compose", "github-actions"]
    assert reads.batch_version(store, pair_id) == version + 1


def test_a_file_that_is_not_sent_to_a_kind_marks_nothing_of_it(
    service: Service, store: Store, pair_id: str
) -> None:
    upload(service, SHOP | {".github/workflows/test.yml": "on: pull_request\njobs: {}\n"})
    assert stale(store, pair_id) == ["github-actions"]


@pytest.mark.parametrize(("files", "name"), [(SHOP, "shop"), (NEWER, "blog")])
def test_what_is_the_same_or_of_another_project_marks_nothing(
    service: Service, store: Store, pair_id: str, files: Mapping[str, str], name: str
) -> None:
    version = reads.batch_version(store, pair_id)
    upload(service, files, name)
    assert stale(store, pair_id) == []
    assert reads.batch_version(store, pair_id) == version


def test_a_change_that_is_taken_back_takes_the_marks_back(
    service: Service, store: Store, pair_id: str
) -> None:
    upload(service, NEWER)
    upload(service, SHOP)
    assert stale(store, pair_id) == []


def test_only_results_are_marked(service: Service, store: Store, hand: Hand) -> None:
    project = upload(service, SHOP)
    batch_id = submit(service, "dockerfile", "github-actions", "compose", project=project)
    finish(hand, batch_id)
    failed = hand.claim(batch_id, OPENAI)
    hand.fail(failed, JobStatus.FAILED, Reason.TIMEOUT, "It took too long.")
    upload(service, NEWER)
    assert stale(store, batch_id) == ["dockerfile"]


def test_a_corrected_fact_marks_what_was_told_of_it(
    service: Service, store: Store, hand: Hand
) -> None:
    project = upload(service, SHOP)
    batch_id = submit(service, "dockerfile", project=project, models="blueprint openai:m")
    finish(hand, batch_id)
    finish(hand, batch_id, model="blueprint")
    async_to_sync(service.correct)(project.id, {"": {"port": "7070"}})
    assert [row.is_stale for row in all_rows(store, batch_id)] == [True, True]
    rebuild(service, batch_id)
    for row in all_rows(store, batch_id):
        assert any("7070" in part.text for part in reads.job(store, row.id).prompt)


def made_by_another_version(store: Store, batch_id: str, *seqs: int) -> None:
    """As if another version had made the batch, and asked these jobs otherwise."""
    with store.write() as connection:
        of_batch = update(batch).where(batch.c.id == batch_id)
        connection.execute(of_batch.values(templates="those of the version before"))
        which = (job.c.batch_id == batch_id) & job.c.seq.in_(seqs)
        connection.execute(update(job).where(which).values(cache_key="that of the version before"))


def test_other_templates_mark_what_they_would_ask_otherwise(
    service: Service, store: Store, hand: Hand, pair_id: str
) -> None:
    assert service.look_for_other_templates() == 0
    made_by_another_version(store, pair_id, 1)
    assert service.look_for_other_templates() == 1
    assert stale(store, pair_id) == ["compose"]
    assert renewing.of_other_templates(store, renewal.templates(""), 9) == []
    assert service.look_for_other_templates() == 0


def test_a_batch_without_a_project_is_marked_by_other_templates_too(
    service: Service, store: Store, hand: Hand
) -> None:
    batch_id = submit(service, "dockerfile", project=None)
    finish(hand, batch_id)
    made_by_another_version(store, batch_id, 1)
    assert service.look_for_other_templates() == 1
    assert rebuild(service, batch_id) == 1
    assert service.look_for_other_templates() == 0


def test_a_rebuild_asks_only_what_is_stale_and_sends_the_new_files(
    service: Service, store: Store, hand: Hand, pair_id: str
) -> None:
    newer = upload(service, NEWER)
    assert rebuild(service, pair_id, matching=JobFilter(kinds=("compose",))) == 1
    first, second = all_rows(store, pair_id)
    assert (first.status, first.is_stale) == (JobStatus.QUEUED, False)
    assert (second.status, second.is_stale) == (JobStatus.SUCCEEDED, True)
    texts = [part.text for part in reads.job(store, first.id).prompt]
    assert any("9090" in text for text in texts)
    assert not any("8080" in text for text in texts)
    assert "9090" in hand.claim(pair_id, OPENAI).user
    assert reads.batch(store, pair_id).project_id == newer.id


def test_what_is_rebuilt_has_the_key_of_a_new_submit(
    service: Service, store: Store, pair_id: str
) -> None:
    newer = upload(service, NEWER)
    rebuild(service, pair_id)
    other = submit(service, "compose", "github-actions", project=newer)
    keys = [
        [changes.job_row(store, row.id).cache_key for row in all_rows(store, batch_id)]
        for batch_id in (pair_id, other)
    ]
    assert keys[0] == keys[1]


def test_nothing_stale_is_nothing_to_rebuild(service: Service, store: Store, pair_id: str) -> None:
    assert rebuild(service, pair_id) == 0
    upload(service, NEWER)
    assert rebuild(service, pair_id, picked=frozenset({9})) == 0
    assert [row.status for row in all_rows(store, pair_id)] == [JobStatus.SUCCEEDED] * 2
    with pytest.raises(BatchNotFound):
        rebuild(service, "nope")


def test_more_stale_jobs_than_were_shown_are_not_rebuilt(
    service: Service, store: Store, pair_id: str
) -> None:
    upload(service, NEWER)
    with pytest.raises(SelectionGrew):
        rebuild(service, pair_id, shown=1)
    assert stale(store, pair_id) == ["compose", "github-actions"]


CHAIN = ("kubernetes@gke", "kubernetes@gke+harden")


@pytest.fixture
def chain_id(service: Service, store: Store, hand: Hand) -> str:
    """Two results, of which the second starts from the first."""
    batch_id = submit(service, *CHAIN, project=upload(service, SHOP))
    finish(hand, batch_id)
    with store.write() as connection:
        second = (job.c.batch_id == batch_id) & (job.c.seq == 2)
        connection.execute(update(job).where(second).values(status="succeeded", reason=None))
        connection.execute(update(batch).values(queued=0, succeeded=2))
    return batch_id


def test_what_starts_from_a_stale_artifact_is_stale_too(
    service: Service, store: Store, chain_id: str
) -> None:
    made_by_another_version(store, chain_id, 1)
    service.look_for_other_templates()
    assert stale(store, chain_id) == list(CHAIN)


def test_what_starts_from_a_stale_artifact_waits_for_the_new_one(
    service: Service, store: Store, chain_id: str
) -> None:
    upload(service, NEWER)
    assert rebuild(service, chain_id, picked=frozenset({1})) == 2
    rows = all_rows(store, chain_id)
    assert [(row.status, row.reason) for row in rows] == [
        (JobStatus.QUEUED, None),
        (JobStatus.QUEUED, Reason.DEPENDENCY),
    ]
    assert stale(store, chain_id) == []


def test_the_fallbacks_of_a_batch_are_kept_with_what_is_new(
    service: Service, store: Store, hand: Hand
) -> None:
    other = ModelChoice("openai", "other")
    batch_id = submit(service, "dockerfile", project=upload(service, SHOP), fallbacks=(other,))
    finish(hand, batch_id)
    (before,) = fallbacks.load(changes.job_row(store, all_rows(store, batch_id)[0].id).fallbacks)
    upload(service, NEWER)
    rebuild(service, batch_id)
    (after,) = fallbacks.load(changes.job_row(store, all_rows(store, batch_id)[0].id).fallbacks)
    assert after.choice == before.choice == other
    assert after.cache_key != before.cache_key


def test_a_project_that_lacks_by_now_what_a_job_is_about_is_told_and_nothing_is_lost(
    service: Service, store: Store, hand: Hand
) -> None:
    with_file = SHOP | {"Dockerfile": "FROM python:3.12\n"}
    batch_id = submit(service, "dockerfile+harden", project=upload(service, with_file))
    finish(hand, batch_id)
    upload(service, with_file | {"Dockerfile": "FROM python:3.13\n"})
    assert stale(store, batch_id) == ["dockerfile+harden"]
    upload(service, SHOP)
    (before,) = all_rows(store, batch_id)
    with pytest.raises(InvalidSpec) as caught:
        rebuild(service, batch_id)
    assert "no dockerfile to start from" in caught.value.errors["kinds"]
    assert all_rows(store, batch_id) == [before]
    assert reads.file(store, before.id, "a").content == f"{before.id}\n"
