"""The page of a new batch: start, plan, upload, and the form filled in again."""

import io
import random
import re
import zipfile
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.zips import packed
from webapp.store import reads
from webapp.store.database import Store

GOOD = {"brief": "A <b>shop</b>.", "kinds": "dockerfile", "models": "blueprint", "nonce": "n1"}
APP = 'import os\nfrom flask import Flask\napp = Flask(__name__)\nURL = os.environ["SHOP_URL"]\n'


def shop() -> tuple[io.BytesIO, str]:
    return packed({"app.py": APP, "requirements.txt": "flask==3.1.3\n"}), "shop.zip"


def field(page: str, name: str) -> str:
    """The value of a field that stands once in the page."""
    (tag,) = re.findall(rf'<input[^>]* name="{name}"[^>]*>', page)
    found = re.search(r' value="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def fault(page: str, name: str) -> str:
    """The sentence at a field."""
    found = re.findall(rf'id="{name}-fault"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert len(found) == 1, name
    return unescape(re.sub(r"<svg.*?</svg>", "", found[0]))


def test_the_form_offers_what_a_batch_can_be_made_of(client: FlaskClient) -> None:
    page = client.get("/").text
    assert 'name="kinds" value="dockerfile"' in page
    assert 'name="models" value="blueprint" checked' in page
    assert "OPENAI_API_KEY" in page


def test_a_kind_with_targets_is_ticked_with_one_of_them(client: FlaskClient) -> None:
    page = client.get("/").text
    rows = re.findall(r'<fieldset class="targets">.*?</fieldset>', page, re.DOTALL)
    kubernetes, policies, terraform = (re.findall(r' value="([^"]+)"', row) for row in rows)
    assert kubernetes[:2] == ["kubernetes", "kubernetes@minikube"]
    assert "network-policies@gke" in policies
    assert "terraform@aws" in terraform
    assert "terraform" not in terraform


def test_an_example_fills_the_form_and_the_plan(client: FlaskClient) -> None:
    page = client.get("/?example=flask").text
    assert "served by gunicorn" in page
    assert re.search(r"Start \d+ jobs", page)


def test_an_unknown_example_is_an_empty_form(client: FlaskClient) -> None:
    answer = client.get("/?example=nope")
    assert answer.status_code == 200
    assert 'rows="5"' in answer.text


def test_every_visit_has_a_nonce_of_its_own(client: FlaskClient) -> None:
    first, second = (field(client.get("/").text, "nonce") for _ in range(2))
    assert len(first) >= 16
    assert first != second


def test_a_start_leads_to_the_batch(client: FlaskClient, store: Store) -> None:
    answer = client.post("/batches", data=GOOD)
    assert answer.status_code == 303
    (batch,), total = reads.batches(store)
    assert (answer.headers["Location"], total) == (f"/batches/{batch.id}", 1)
    assert "A &lt;b&gt;shop&lt;/b&gt;." in client.get(answer.headers["Location"]).text


def test_the_same_form_sent_twice_is_one_batch(client: FlaskClient, store: Store) -> None:
    first, second = (client.post("/batches", data=GOOD).headers["Location"] for _ in range(2))
    other = client.post("/batches", data=GOOD | {"nonce": "n2"}).headers["Location"]
    assert first == second != other
    assert reads.batches(store)[1] == 2


FAULTS = [
    ("brief", {"brief": ""}),
    ("brief", {"brief": "word " * 200_000}),
    ("kinds", {"kinds": ""}),
    ("kinds", {"kinds": "nope"}),
    ("models", {"models": ""}),
    ("models", {"models": "", "other_models": "nope:model"}),
    ("models", {"models": "", "other_models": "nonsense"}),
    ("concurrency", {"preset": "number", "concurrency": "many"}),
    ("samples", {"samples": "many"}),
    ("temperature", {"temperature": "hot"}),
    ("seed", {"seed": "seed"}),
    ("max_tokens", {"max_tokens-dockerfile": "none"}),
    ("fallbacks", {"fallbacks": "nope:model"}),
    ("fallbacks", {"fallbacks": "nonsense"}),
    ("fallback_after", {"fallback_after": "soon"}),
    ("budget", {"budget": "much"}),
    ("budget", {"budget": "0.00"}),
    ("retries", {"retries": "forever"}),
    ("project", {"project": (io.BytesIO(b"no zip"), "shop.zip")}),
]


TYPED = (
    "other_models", "concurrency", "samples", "temperature", "seed", "nonce", "fallbacks",
    "fallback_after", "budget",
)  # fmt: skip


@pytest.mark.parametrize(("name", "wrong"), FAULTS)
def test_a_fault_is_told_at_its_field_and_everything_typed_is_still_there(
    client: FlaskClient, store: Store, name: str, wrong: dict[str, object]
) -> None:
    typed = {
        "brief": "A </textarea><b>shop</b>.",
        "kinds": ["dockerfile", "compose"],
        "models": "blueprint",
        "other_models": "",
        "mode": "sync",
        "preset": "number",
        "concurrency": "7",
        "samples": "2",
        "temperature": "0.5",
        "seed": "42",
        "max_tokens-dockerfile": "1234",
        "retries": "patient",
        "fallbacks": "blueprint",
        "fallback_after": "90",
        "budget": "2.50",
        "fresh": "1",
        "nonce": "n1",
    } | wrong
    answer = client.post("/batches", data=typed)
    assert answer.status_code == 422
    sentence = fault(answer.text, name)
    assert sentence.endswith(".")
    assert answer.text.count('class="fault"') == 1
    assert reads.batches(store)[1] == 0
    kept = re.search(r"<textarea.*?>\n(.*?)</textarea>", answer.text, re.DOTALL)
    assert kept
    assert unescape(kept[1]) == typed["brief"]
    for field_name in TYPED:
        assert field(answer.text, field_name) == typed[field_name]
    assert field(answer.text, "max_tokens-dockerfile") == typed["max_tokens-dockerfile"]
    assert 'name="mode" value="sync" checked' in answer.text
    assert 'name="preset" value="number" checked' in answer.text
    assert 'name="fresh" value="1" checked' in answer.text
    assert ('name="retries" value="patient" checked' in answer.text) == ("retries" not in wrong)
    assert ('value="compose" checked' in answer.text) == ("kinds" not in wrong)


def test_a_form_too_large_to_read_is_refused(client: FlaskClient) -> None:
    answer = client.post("/batches", data=GOOD | {"brief": "x" * 4_300_000})
    assert answer.status_code == 413
    assert "50 MB" in answer.text


def test_a_form_of_100_000_fields_is_refused(client: FlaskClient) -> None:
    parts = "".join(
        f'--b\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n1\r\n' for n in range(100_000)
    )
    body = (parts + "--b--\r\n").encode()[:4_000_000]
    answer = client.post("/batches", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413


def test_the_plan_is_checked_as_the_start_is(htmx: FlaskClient, store: Store) -> None:
    good = htmx.post("/plan", data=GOOD)
    assert (good.status_code, "Start 1 job" in good.text) == (200, True)
    assert "<html" not in good.text
    bad = htmx.post("/plan", data=GOOD | {"brief": "", "temperature": "hot"})
    assert bad.status_code == 200
    assert "The brief is empty" in bad.text
    assert "Temperature" in bad.text
    assert reads.batches(store)[1] == 0


@pytest.mark.parametrize("brief", ["A shop.", ""])
def test_the_answer_about_money_outlives_a_plan_that_asks_nothing(
    htmx: FlaskClient, brief: str
) -> None:
    plan = htmx.post("/plan", data=GOOD | {"brief": brief, "policy": "never_twice"}).text
    assert field(plan, "policy") == "never_twice"


def test_the_plan_is_counted_again_without_scripts(client: FlaskClient) -> None:
    answer = client.post("/plan", data=GOOD | {"kinds": ["dockerfile", "compose"]})
    assert answer.status_code == 200
    assert "Start 2 jobs" in answer.text
    assert 'formaction="/plan"' in answer.text


def test_an_upload_answers_with_its_files_and_facts(htmx: FlaskClient) -> None:
    answer = htmx.post("/projects", data=GOOD | {"project": shop()})
    assert answer.status_code == 200
    assert answer.text.startswith('<div id="project">')
    assert 'name="send" value="app.py" checked' in answer.text
    assert "requirements.txt" in answer.text
    assert len(field(answer.text, "project_id")) == 26
    assert "app.py:4" in answer.text
    assert "SHOP_URL" in answer.text
    assert answer.headers["HX-Trigger"] == '{"omni:recount": {"target": "#plan"}}'


def test_a_broken_upload_answers_in_its_place(htmx: FlaskClient) -> None:
    answer = htmx.post("/projects", data={"project": (io.BytesIO(b"PK\x03\x04"), "shop.zip")})
    assert answer.status_code == 422
    assert answer.text.startswith('<div id="project">')
    assert fault(answer.text, "project").endswith(".")


def test_an_upload_without_scripts_fills_the_whole_form_in_again(client: FlaskClient) -> None:
    answer = client.post("/plan", data=GOOD | {"project": shop()})
    assert answer.status_code == 200
    assert "A &lt;b&gt;shop&lt;/b&gt;." in answer.text
    assert len(field(answer.text, "project_id")) == 26


def test_an_upload_is_kept_when_something_else_is_wrong(client: FlaskClient) -> None:
    answer = client.post("/batches", data=GOOD | {"brief": "", "project": shop()})
    assert answer.status_code == 422
    project_id = field(answer.text, "project_id")
    again = client.post("/batches", data=GOOD | {"project_id": project_id})
    assert again.status_code == 303


def test_a_new_upload_takes_the_place_of_the_old(client: FlaskClient) -> None:
    first = field(client.post("/plan", data=GOOD | {"project": shop()}).text, "project_id")
    fields = GOOD | {"project_id": first, "left_out": "requirements.txt", "project": shop()}
    page = client.post("/plan", data=fields).text
    assert field(page, "project_id") != first
    assert 'value="requirements.txt" checked' in page


def test_a_zip_may_be_larger_than_all_other_fields(client: FlaskClient) -> None:
    stream = packed({"app.py": APP})
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("picture.bin", random.Random(1).randbytes(5_000_000))
    stream.seek(0)
    answer = client.post("/plan", data=GOOD | {"project": (stream, "shop.zip")})
    answer.request.environ["wsgi.input"].close()  # a file of the test client, who leaves it open
    assert answer.status_code == 200
    assert len(field(answer.text, "project_id")) == 26


def test_a_project_that_is_gone_is_told_at_its_field(client: FlaskClient) -> None:
    answer = client.post("/batches", data=GOOD | {"project_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    assert answer.status_code == 422
    assert "upload it again" in fault(answer.text, "project")
    assert 'name="project_id"' not in answer.text


@pytest.fixture
def project_id(client: FlaskClient) -> str:
    """A stored project of two files."""
    return field(client.post("/plan", data=GOOD | {"project": shop()}).text, "project_id")


@pytest.mark.parametrize(
    "choice",
    [
        {"choice": "listed", "send": ["app.py"]},
        {"left_out": ["requirements.txt"]},
    ],
    ids=["every ticked file", "only the differences"],
)
def test_a_file_that_is_not_ticked_is_not_sent(
    client: FlaskClient, project_id: str, choice: dict[str, object]
) -> None:
    page = client.post("/plan", data=GOOD | {"project_id": project_id} | choice).text
    assert 'value="app.py" checked' in page
    assert 'value="requirements.txt" checked' not in page
    sent = re.search(r'<details class="sent".*?</details>', page, re.DOTALL)
    assert sent
    assert ("app.py" in sent[0], "requirements.txt" in sent[0]) == (True, False)
