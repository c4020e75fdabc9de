"""Candidates for an artifact: side by side, the checks' choice and the user's, and the zip."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

from tests.rows import all_rows
from tests.web.gate import gate_settings, submit
from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import BatchSpec, JobSpec, JobStatus, KindChoice, Mode, ModelChoice, Reason
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store.database import Store

WARNING = Finding("rule/x", Severity.WARNING, "Dockerfile", 1, "Something <is> off.")


@pytest.fixture
def settings(tmp_path: Path, llm: FakeProvider) -> Settings:
    """Endpoints that answer."""
    return gate_settings(tmp_path, llm)


def finish(hand: Hand, batch_id: str, model: str, name: str, *found: Finding) -> None:
    """The next job of a model comes to its end with a file of this text."""
    job = hand.claim(batch_id, model)
    hand.answer(job, cost=2000)
    artifact = Artifact((ArtifactFile("Dockerfile", f"FROM {name}\n"),), (), found, score=90)
    hand.end(job, artifact=artifact)


@pytest.fixture
def rivals_id(service: Service, hand: Hand) -> str:
    """A batch of three kinds by two models; of the first kind the second model has a warning."""
    batch_id = submit(service, "gate:m", "openai:x")
    finish(hand, batch_id, "gate:m", "gate")
    finish(hand, batch_id, "openai:x", "openai", WARNING)
    return batch_id


def zipped(client: FlaskClient, address: str) -> tuple[dict[str, str], list[dict[str, object]]]:
    """The files of a zip by name, and the jobs of its manifest."""
    with zipfile.ZipFile(io.BytesIO(client.get(address).data)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return texts, json.loads(texts.pop("manifest.json"))["jobs"]


def test_candidates_stand_side_by_side(client: FlaskClient, rivals_id: str) -> None:
    page = client.get(f"/batches/{rivals_id}/candidates/1").text
    assert page.count('<section class="column"') == 2
    assert "The checks take gate:m." in page
    assert "Something &lt;is&gt; off." in page
    assert re.findall(r'<tr id="job-(\d)" class="won">', page) == ["1"]
    alone = client.get(f"/batches/{rivals_id}/candidates/1?focus=2").text
    assert alone.count('<section class="column"') == 1
    assert "All side by side" in alone


def test_the_users_choice_wins_and_is_remembered(client: FlaskClient, rivals_id: str) -> None:
    address = f"/batches/{rivals_id}/candidates/1"
    page = client.post(f"{address}/choose", data={"job": "2"}, follow_redirects=True).text
    assert "You chose openai:x; the checks would take gate:m." in page
    texts, _ = zipped(client, f"/batches/{rivals_id}/zip")
    assert texts["dockerfile/Dockerfile"] == "FROM openai\n"
    page = client.post(f"{address}/choose", data={"job": "1"}, follow_redirects=True).text
    assert "You chose gate:m." in page  # one for each artifact
    page = client.post(f"{address}/choose", data={"job": "0"}, follow_redirects=True).text
    assert "The checks take gate:m." in page


@pytest.mark.parametrize("number", ["2", "99", "0"])
def test_there_is_no_page_for_what_no_job_came_first_for(
    client: FlaskClient, rivals_id: str, number: str
) -> None:
    assert client.get(f"/batches/{rivals_id}/candidates/{number}").status_code == 404


def test_a_job_can_be_chosen_on_its_page(client: FlaskClient, rivals_id: str, store: Store) -> None:
    first, second = all_rows(store, rivals_id)[:2]
    assert "taken by the checks" in client.get(f"/jobs/{first.id}").text
    page = client.post(f"/jobs/{second.id}/choose", follow_redirects=True).text
    assert "chosen by you" in page
    assert "Leave it to the checks" in page
    assert f"compare?a=job:{first.id}&amp;b=job:{second.id}" in (
        client.get(f"/jobs/{first.id}").text.replace("%3A", ":")
    )
    page = client.post(f"/jobs/{second.id}/choose", data={"leave": "1"}, follow_redirects=True).text
    assert "chosen by you" not in page


def test_what_failed_its_check_can_be_chosen_by_hand(
    client: FlaskClient, rivals_id: str, hand: Hand
) -> None:
    job = hand.claim(rivals_id, "gate:m")
    hand.answer(job)
    artifact = Artifact((ArtifactFile("compose.yaml", "services: {}\n"),), (), (WARNING,))
    hand.end(job, JobStatus.FAILED, artifact, Reason.INVALID, "It has an error.")
    texts, _ = zipped(client, f"/batches/{rivals_id}/zip")
    assert "compose/compose.yaml" not in texts
    client.post(f"/batches/{rivals_id}/candidates/3/choose", data={"job": "3"})
    texts, jobs = zipped(client, f"/batches/{rivals_id}/zip")
    assert texts["compose/compose.yaml"] == "services: {}\n"
    assert [job["taken"] for job in jobs] == ["checks", None, "user", None, None, None]


def test_the_zip_holds_winners_and_on_request_all(client: FlaskClient, rivals_id: str) -> None:
    texts, jobs = zipped(client, f"/batches/{rivals_id}/zip")
    assert texts == {"dockerfile/Dockerfile": "FROM gate\n"}
    assert [(job["folder"], job["status"]) for job in jobs[:3]] == [
        ("dockerfile", "succeeded"), (None, "succeeded"), (None, "queued"),
    ]  # fmt: skip
    texts, _ = zipped(client, f"/batches/{rivals_id}/zip?all=1")
    assert texts == {"1/Dockerfile": "FROM gate\n", "2/Dockerfile": "FROM openai\n"}
    tags = [client.get(f"/batches/{rivals_id}/zip{q}").headers["ETag"] for q in ("", "?all=1")]
    assert tags[0] != tags[1]


def test_equal_kinds_with_other_briefs_get_folders_of_their_own(
    client: FlaskClient, service: Service, hand: Hand
) -> None:
    model, kind = ModelChoice.parse("gate:m"), KindChoice("kubernetes", "gke")
    jobs = tuple(JobSpec(f"Brief {n}", kind, model) for n in range(2))
    batch_id = async_to_sync(service.submit)(BatchSpec("", jobs, Mode.ASYNC, 3))
    for n in range(2):
        finish(hand, batch_id, "gate:m", str(n))
    texts, _ = zipped(client, f"/batches/{batch_id}/zip")
    assert set(texts) == {"kubernetes-gke/Dockerfile", "kubernetes-gke-2/Dockerfile"}


def test_the_matrix_stars_what_is_taken_and_sums_up(client: FlaskClient, rivals_id: str) -> None:
    page = client.get(f"/batches/{rivals_id}?view=matrix").text
    first = page.split('<tr id="artifact-1">')[1].split("</tr>")[0]
    assert [cell.count("taken by the checks") for cell in first.split("<td>")[1:]] == [1, 0]
    sums = page.split('<tfoot id="sums">')[1].split("</tfoot>")[0]
    assert re.findall(r"<td>(\d of \d)", sums) == ["1 of 3", "1 of 3"]
    assert "cheapest that passes" not in sums
    client.post(f"/batches/{rivals_id}/candidates/1/choose", data={"job": "2"})
    page = client.get(f"/batches/{rivals_id}?view=matrix").text
    first = page.split('<tr id="artifact-1">')[1].split("</tr>")[0]
    assert [cell.count(">chosen<") for cell in first.split("<td>")[1:]] == [0, 1]


def test_the_cheapest_model_that_passes_all_is_told(
    client: FlaskClient, service: Service, hand: Hand
) -> None:
    batch_id = submit(service, "gate:m", "blueprint")
    for _ in range(3):
        finish(hand, batch_id, "gate:m", "gate")
        finish(hand, batch_id, "blueprint", "template")
    sums = client.get(f"/batches/{batch_id}?view=matrix").text.split('<tfoot id="sums">')[1]
    template, model = sums.split("<td>")[1:3]  # of the order of the jobs
    if "$0.006" in template:
        template, model = model, template
    assert "cheapest that passes" in model
    assert "cheapest that passes" not in template  # it is a template, and always free
    assert "3 of 3" in model


def test_more_jobs_than_a_matrix_can_show_are_counted(
    client: FlaskClient, service: Service
) -> None:
    model = ModelChoice.parse("gate:m")
    kinds = (KindChoice("dockerfile"), KindChoice("kubernetes", "gke"))
    jobs = tuple(JobSpec(f"Brief {n}", kinds[n % 2], model) for n in range(302))
    batch_id = async_to_sync(service.submit)(BatchSpec("", jobs, Mode.ASYNC, 3))
    page = client.get(f"/batches/{batch_id}?view=matrix").text
    link = f'href="/batches/{batch_id}?status=queued&amp;kind=kubernetes@gke&amp;model=gate:m"'
    assert link in page
    assert page.count("151 queued") == 2
    assert '<tr id="artifact' not in page
    small = client.get(f"/batches/{batch_id}?view=matrix&kind=dockerfile").text
    assert small.count('<tr id="artifact') == 151
