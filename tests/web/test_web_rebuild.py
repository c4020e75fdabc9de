"""What is stale on the page of a batch: its marks, its button, and what becomes of it."""

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

from tests.rows import all_rows
from tests.web.hand import Hand
from tests.zips import packed
from webapp.domain.artifact import Artifact, ArtifactFile
from webapp.domain.batch import BatchSpec, JobStatus, KindChoice, Mode, ModelChoice, matrix
from webapp.service import Service
from webapp.store.database import Store

APP = "from flask import Flask\napp = Flask(__name__)\napp.run(port=8080)\n"
SHOP = {"app.py": APP, "requirements.txt": "flask==3.1.3\n", "Dockerfile": "FROM python:3.12\n"}
NEWER = SHOP | {"Dockerfile": "FROM python:3.13\n"}


def upload(service: Service, files: dict[str, str]) -> str:
    return async_to_sync(service.add_project)(packed(files), "shop.zip").id


@pytest.fixture
def stale_id(service: Service, hand: Hand) -> str:
    """A batch with one result, which starts from a file that has changed since."""
    jobs = matrix(
        "A shop.", [KindChoice("dockerfile", step="harden")], [ModelChoice.parse("blueprint")]
    )
    spec = BatchSpec("A shop.", jobs, Mode.ASYNC, 3, project_id=upload(service, SHOP))
    batch_id = async_to_sync(service.submit)(spec)
    job = hand.claim(batch_id)
    hand.answer(job)
    hand.end(job, artifact=Artifact((ArtifactFile("a", "b\n"),), (), ()))
    upload(service, NEWER)
    return batch_id


def test_what_is_stale_is_marked_and_can_be_rebuilt_by_a_button(
    client: FlaskClient, stale_id: str, store: Store
) -> None:
    page = client.get(f"/batches/{stale_id}").text
    assert page.count('<span class="chip stale"') == 1
    assert "Rebuild 1 stale" in page
    answer = client.post(f"/batches/{stale_id}/rebuild", data={"all": "1"}, follow_redirects=True)
    assert "1 job put back to the queue." in answer.text
    assert "Rebuild" not in answer.text
    assert all_rows(store, stale_id)[0].status is JobStatus.QUEUED


def test_a_rebuild_reopens_the_page_of_a_finished_batch(htmx: FlaskClient, stale_id: str) -> None:
    answer = htmx.post(f"/batches/{stale_id}/rebuild", data={"all": "1", "seq": "1-100"})
    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.usefixtures("hand")
def test_nothing_stale_is_rebuilt_without_a_word_of_error(
    client: FlaskClient, batch_id: str
) -> None:
    answer = client.post(f"/batches/{batch_id}/rebuild", follow_redirects=True)
    assert "0 jobs put back to the queue." in answer.text


def test_what_the_project_lacks_by_now_is_said_where_it_was_asked_for(
    client: FlaskClient, htmx: FlaskClient, service: Service, store: Store, stale_id: str
) -> None:
    before = all_rows(store, stale_id)
    upload(service, {name: text for name, text in SHOP.items() if name != "Dockerfile"})
    for browser in (client, htmx):
        answer = browser.post(f"/batches/{stale_id}/rebuild", data={"all": "1", "seq": "1-100"})
        assert answer.status_code == 409
        assert "There is no dockerfile to start from" in answer.text
        assert "Nothing was done." in answer.text
    assert 'id="notice"' in answer.text
    assert all_rows(store, stale_id) == before
