"""A job file in the page: read, shown, and started as a batch."""

import io
import json
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.rows import all_rows
from tests.web.test_web_new import fault, field
from webapp.store import reads
from webapp.store.database import Store


def line(**changes: object) -> str:
    job: dict[str, object] = {"brief": "A shop.", "kind": "dockerfile", "model": "blueprint"}
    return json.dumps({name: value for name, value in (job | changes).items() if value}) + "\n"


def upload(text: str) -> dict[str, object]:
    return {"job_file": (io.BytesIO(text.encode()), "nightly.jsonl"), "nonce": "n1"}


TWO = line(id="shop") + line(kind="compose", brief="A <b>blog</b>.")


def test_a_job_file_is_shown_before_anything_is_started(client: FlaskClient, store: Store) -> None:
    answer = client.post("/job-files", data=upload(TWO))
    assert answer.status_code == 200
    assert "nightly.jsonl" in answer.text
    assert "A &lt;b&gt;blog&lt;/b&gt;." in answer.text
    assert re.search(r"Start 2 jobs", answer.text)
    assert '<section role="group" aria-labelledby="kinds-title" hidden>' in answer.text
    assert reads.batches(store)[1] == 0


def test_a_job_file_that_was_read_is_started_by_its_id(client: FlaskClient, store: Store) -> None:
    page = client.post("/job-files", data=upload(TWO)).text
    form = {"job_file_id": field(page, "job_file_id"), "nonce": "n1", "mode": "sync"}
    batch_id = client.post("/batches", data=form).headers["Location"].rpartition("/")[2]
    assert [(row.name, str(row.kind)) for row in all_rows(store, batch_id)] == [
        ("shop", "dockerfile"),
        (None, "compose"),
    ]
    assert reads.batch(store, batch_id).title == "Job file nightly.jsonl"


def test_a_job_file_can_be_started_at_once(client: FlaskClient, store: Store) -> None:
    assert client.post("/batches", data=upload(TWO)).status_code == 303
    assert reads.batches(store)[0][0].total == 2


def test_a_broken_line_4711_is_named_and_nothing_is_submitted(
    client: FlaskClient, store: Store
) -> None:
    lines = [line(id=str(number)) for number in range(1, 5001)]
    lines[4710] = '{"brief": "A shop.", "kind": \n'
    answer = posted(client, "".join(lines))
    assert answer.status_code == 422
    assert fault(answer.text, "job-file") == "Nothing was submitted.\nLine 4,711: this is not JSON."
    assert reads.batches(store)[1] == 0
    assert 'name="job_file_id"' not in answer.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "dockerfle"}, "There is no kind “dockerfle”"),
        ({"kind": "kubernetes@gkee"}, "kubernetes has no target “gkee”: choose from minikube"),
        ({"kind": "terraform"}, "terraform needs a target: choose from terraform@aws"),
        ({"kind": "dockerfile", "target": "gke"}, "dockerfile has no targets: leave out “gke”."),
        ({"model": "nowhere:m"}, "There is no provider “nowhere”"),
        ({"model": "openai:m"}, "openai is not set up: set OPENAI_API_KEY"),
        ({"params": {"temperature": 9}}, "Temperature: give a number"),
    ],
)
def test_what_does_not_exist_is_named_with_its_line(
    client: FlaskClient, changes: dict[str, object], sentence: str
) -> None:
    answer = client.post("/job-files", data=upload(line() + line(**changes)))
    assert answer.status_code == 422
    assert f"Line 2: {sentence}" in fault(answer.text, "job-file")


def test_the_first_20_faults_are_told(client: FlaskClient) -> None:
    told = fault(client.post("/job-files", data=upload("x\n" * 50)).text, "job-file")
    assert "Line 20: " in told
    assert "Line 21: " not in told
    assert "And 30 more lines are at fault." in told


def test_a_job_file_can_be_removed_again(client: FlaskClient) -> None:
    page = client.post("/job-files", data=upload(TWO)).text
    form = {"job_file_id": field(page, "job_file_id"), "drop_job_file": "1", "brief": "A shop."}
    page = client.post("/job-files", data=form).text
    assert 'name="job_file_id"' not in page
    assert "A shop." in unescape(page)


def test_a_job_file_that_is_gone_is_told_at_its_field(client: FlaskClient) -> None:
    answer = client.post("/batches", data={"job_file_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    assert answer.status_code == 422
    assert "upload it again" in fault(answer.text, "job-file")


def posted(client: FlaskClient, text: str) -> TestResponse:
    answer = client.post("/batches", data=upload(text))
    answer.request.environ["wsgi.input"].close()  # a file of the test client, who leaves it open
    return answer


def test_ten_thousand_jobs_are_taken_and_one_more_is_not(client: FlaskClient, store: Store) -> None:
    most = "".join(line(brief=f"Shop {number}.") for number in range(10_000))
    assert posted(client, most).status_code == 303
    assert reads.batches(store)[0][0].total == 10_000
    told = fault(posted(client, most + line()).text, "job-file")
    assert "more than 10,000 lines" in told
    assert reads.batches(store)[1] == 1
