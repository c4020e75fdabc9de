"""Jobs that wait for a person: what the page says of them, and how they go on."""

import io
import json
import re
import zipfile
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.gate import gate_settings, submit
from tests.web.hand import Hand
from webapp.domain.batch import JobStatus, Reason
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store import reads
from webapp.store.database import Store

REFUSED = "The key is refused: set OPENAI_API_KEY to a valid key."
NO_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def settings(tmp_path: Path, llm: FakeProvider) -> Settings:
    """An endpoint with a price, and one without."""
    return gate_settings(tmp_path, llm)


@pytest.fixture
def broke(service: Service, hand: Hand) -> str:
    """A batch of three jobs of which one has taken nearly all of the budget."""
    batch_id = submit(service, "gate:m", budget=90_000)
    job = hand.claim(batch_id, "gate:m")
    hand.answer(job, cost=83_456)
    hand.end(job)
    hand.park_for_the_budget(batch_id, "gate:m")
    return batch_id


def notice(page: str, name: str) -> str:
    """What a notice says, without markup."""
    form = page.split(f'id="parked-{name}"')[1].split("</form>")[0].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", form)).split())


def queued(store: Store, batch_id: str) -> int:
    return reads.batch(store, batch_id).counts[JobStatus.QUEUED]


def test_a_refused_key_is_one_notice_for_all_its_jobs(
    client: FlaskClient, service: Service, hand: Hand, store: Store
) -> None:
    batch_id = submit(service, "gate:m", "openai:x")
    hand.park("openai", Reason.KEY, REFUSED)
    page = client.get(f"/batches/{batch_id}").text
    words = f"3 jobs wait until openai is mended: {REFUSED} Continue"
    assert notice(page, "key-openai") == words
    assert page.count('<form class="strip') == 1
    fields = {"reason": "key", "endpoint": "openai", "seq": "1-100"}
    page = client.post(f"/batches/{batch_id}/continue", data=fields, follow_redirects=True).text
    assert "3 jobs put back to the queue." in page
    assert '<form class="strip' not in page
    assert queued(store, batch_id) == 6


def test_each_endpoint_goes_on_by_itself(
    htmx: FlaskClient, service: Service, hand: Hand, store: Store
) -> None:
    batch_id = submit(service, "gate:m", "openai:x")
    hand.park("openai", Reason.PROVIDER, "It refused 5 calls.")
    hand.park("gate", Reason.PROVIDER, "It refused 5 calls.")
    page = htmx.get(f"/batches/{batch_id}/delta?seq=1-100&since=0").text
    assert notice(page, "provider-gate").startswith("3 jobs wait until gate answers again: It")
    assert page.count('<form class="strip') == 2
    fields = {"reason": "provider", "endpoint": "gate", "seq": "1-100", "since": "0"}
    answer = htmx.post(f"/batches/{batch_id}/continue", data=fields)
    assert answer.headers["HX-Refresh"] == "true"
    assert queued(store, batch_id) == 3
    assert 'id="parked-provider-openai"' in htmx.get(f"/batches/{batch_id}").text


def test_an_open_batch_answers_with_its_changed_rows(
    htmx: FlaskClient, service: Service, hand: Hand
) -> None:
    batch_id = submit(service, "gate:m", "openai:x")
    hand.park("openai", Reason.KEY, REFUSED)
    since = reads.batch_version(service.store, batch_id)
    fields = {"reason": "key", "endpoint": "openai", "seq": "1-100", "since": str(since)}
    answer = htmx.post(f"/batches/{batch_id}/continue", data=fields)
    rows = re.findall(r'hx-target="#(job-\d+)"', answer.text)
    assert (answer.status_code, rows) == (200, ["job-2", "job-4", "job-6"])
    assert "3 jobs put back to the queue." in answer.text


def test_a_budget_that_is_spent_asks_for_a_larger_one(
    client: FlaskClient, broke: str, store: Store
) -> None:
    page = client.get(f"/batches/{broke}").text
    words = notice(page, "budget")
    assert words.startswith("2 jobs wait for a larger budget: $0.083 of $0.09 is spent, and what")
    assert words.endswith("New budget in US dollars Continue")
    assert 'id="spent">$0.083 of $0.09<' in page
    fields = {"reason": "budget", "budget": "2.50"}
    page = client.post(f"/batches/{broke}/continue", data=fields, follow_redirects=True).text
    assert "2 jobs put back to the queue." in page
    assert 'id="spent">$0.083 of $2.50<' in page
    assert queued(store, broke) == 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0.08", "The batch has cost $0.083456 already: give a larger budget to go on."),
        ("much", "Budget: write an amount in US dollars such as 2.50, with at most 6 decimals."),
        ("", "Write the new budget in US dollars, such as 5.00."),
    ],
)
@pytest.mark.parametrize("browser", ["client", "htmx"])
def test_a_new_budget_that_cannot_be_is_told_at_its_field(
    request: pytest.FixtureRequest,
    broke: str,
    store: Store,
    browser: str,
    typed: str,
    sentence: str,
) -> None:
    asking: FlaskClient = request.getfixturevalue(browser)
    fields = {"reason": "budget", "budget": typed, "seq": "1-100", "since": "0"}
    answer = asking.post(f"/batches/{broke}/continue", data=fields)
    assert answer.status_code == 422
    fault = re.findall(r'id="budget-fault" role="alert">.*?</svg>(.*?)</p>', answer.text)
    assert [unescape(said) for said in fault] == [sentence]
    assert f'value="{typed}" autocomplete="off" aria-invalid="true"' in answer.text
    assert ("<html" in answer.text) == (browser == "client")
    assert queued(store, broke) == 0


@pytest.mark.parametrize("reason", ["", "undecided", "timeout", "nonsense"])
def test_only_what_can_be_mended_goes_on(client: FlaskClient, broke: str, reason: str) -> None:
    answer = client.post(f"/batches/{broke}/continue", data={"reason": reason})
    assert answer.status_code == 400


def test_a_batch_nobody_knows_cannot_go_on(client: FlaskClient) -> None:
    answer = client.post(f"/batches/{NO_ID}/continue", data={"reason": "key"})
    assert answer.status_code == 404


def test_a_provider_lets_all_batches_go_on(
    client: FlaskClient, service: Service, hand: Hand, store: Store
) -> None:
    batches = [submit(service, "openai:x"), submit(service, "openai:x", "gate:m")]
    hand.park("openai", Reason.KEY, REFUSED)
    page = client.get("/providers").text
    assert "6 jobs in 2 batches wait for this endpoint." in page
    assert page.count('/continue"') == 1
    answer = client.post("/providers/openai/continue")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/providers#provider-openai")
    assert "6 jobs put back to the queue." in client.get("/providers").text
    assert [queued(store, batch_id) for batch_id in batches] == [3, 6]
    assert client.post("/providers/nobody/continue").status_code == 404


def test_a_job_says_who_answers_instead_of_whom_and_what_it_cost(
    client: FlaskClient, service: Service, hand: Hand
) -> None:
    batch_id = submit(service, "openai:x", fallback="gate:m")
    hand.park("openai", Reason.KEY, REFUSED)
    job = hand.claim(batch_id, "gate:m")
    hand.answer(job, cost=3_456)
    hand.end(job)
    row = client.get(f"/batches/{batch_id}").text.split('<tr id="job-1">')[1].split("</tr>")[0]
    assert "gate:m" in row
    assert ">asked: openai:x<" in row
    assert ">$0.0035<" in row
    page = client.get(f"/jobs/{job.id}").text
    assert 'id="asked" hx-ignore>asked: openai:x<' in page
    assert 'id="job-cost">$0.0035<' in page
    with zipfile.ZipFile(io.BytesIO(client.get(f"/batches/{batch_id}/zip").data)) as archive:
        line = json.loads(archive.read("manifest.json"))["jobs"][0]
    assert (line["model"], line["asked"], line["cost_usd"]) == ("gate:m", "openai:x", 0.003456)
    attempts = client.get(f"/jobs/{job.id}?show=attempts").text
    assert '<dd class="mono">gate:m</dd>' in attempts
    assert "<dt>Cost</dt><dd>$0.003456</dd>" in attempts


@pytest.mark.parametrize(("cost", "said"), [(None, "unknown"), (0, "–")])
def test_a_call_of_unknown_cost_is_not_called_free(
    client: FlaskClient, service: Service, hand: Hand, cost: int | None, said: str
) -> None:
    batch_id = submit(service, "openai:x")
    job = hand.claim(batch_id, "openai:x")
    hand.answer(job, cost=cost)
    assert f"<dt>Cost</dt><dd>{said}</dd>" in client.get(f"/jobs/{job.id}?show=attempts").text
    with zipfile.ZipFile(io.BytesIO(client.get(f"/batches/{batch_id}/zip").data)) as archive:
        assert json.loads(archive.read("manifest.json"))["jobs"][0]["cost_usd"] == cost
    page = client.get(f"/batches/{batch_id}").text
    assert ('id="spent">1 call of unknown cost<' in page) == (cost is None)
    assert "$0.00" not in page
