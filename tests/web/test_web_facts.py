"""Facts and applications in the form of a new batch."""

import re

from flask.testing import FlaskClient

from tests.rows import all_rows
from tests.service.test_applications import MONOREPO
from tests.web.test_web_new import GOOD, fault, field, shop
from tests.zips import packed
from webapp.domain.project import FactName
from webapp.settings import ROOT
from webapp.store import reads
from webapp.store.database import Store


def typed(page: str, **changes: str) -> dict[str, str]:
    """The form of a page with a project, and something written into it."""
    facts = {name: field(page, name) for name in re.findall(r'name="(fact-[0-9]+-\w+)"', page)}
    return GOOD | facts | {"project_id": field(page, "project_id")} | changes


def test_the_facts_found_stand_in_the_form(client: FlaskClient) -> None:
    page = client.post("/projects", data={"project": shop()}).text
    assert field(page, "fact-0-framework") == "flask"
    assert field(page, "fact-0-env") == "SHOP_URL"
    assert "app.py:3" in page


def test_a_correction_is_kept_and_shown(client: FlaskClient, store: Store) -> None:
    page = client.post("/projects", data={"project": shop()}).text
    form = typed(page, **{"fact-0-port": "9000"})
    page = client.post("/projects/facts", data=form).text
    assert field(page, "fact-0-port") == "9000"
    assert "said by the user" in page
    (application,) = reads.project(store, form["project_id"]).applications
    assert application.facts.value(FactName.PORT) == "9000"
    assert application.facts.value(FactName.FRAMEWORK) == "flask"


def test_a_correction_counts_when_it_is_started_at_once(client: FlaskClient, store: Store) -> None:
    page = client.post("/projects", data={"project": shop()}).text
    form = typed(page, **{"fact-0-port": "9000"})
    batch_id = client.post("/batches", data=form).headers["Location"].rpartition("/")[2]
    (row,) = all_rows(store, batch_id)
    assert '"port","9000"' in reads.job(store, row.id).prompt[0].text


def test_a_wrong_correction_is_told_and_still_there(client: FlaskClient, store: Store) -> None:
    page = client.post("/projects", data={"project": shop()}).text
    answer = client.post("/batches", data=typed(page, **{"fact-0-port": "many"}))
    assert answer.status_code == 422
    assert "must be a number" in fault(answer.text, "facts")
    assert field(answer.text, "fact-0-port") == "many"
    assert reads.batches(store)[1] == 0


def test_an_application_is_chosen_among_several(client: FlaskClient, store: Store) -> None:
    page = client.post("/projects", data={"project": (packed(MONOREPO), "market.zip")}).text
    assert "<option>services/api</option>" in page
    assert "Facts of services/web" in page
    both = client.post("/batches", data=typed(page, nonce="1")).headers["Location"]
    one = client.post("/batches", data=typed(page, nonce="2", application="services/web"))
    assert len(all_rows(store, both.rpartition("/")[2])) == 2
    (row,) = all_rows(store, one.headers["Location"].rpartition("/")[2])
    assert '"language","node"' in reads.job(store, row.id).prompt[0].text


def test_the_form_of_three_applications_stays_small(client: FlaskClient) -> None:
    market = ROOT / "tests" / "projects" / "monorepo-market"
    files = {str(file.relative_to(market)): file for file in market.rglob("*") if file.is_file()}
    zipped = packed({path: file.read_text() for path, file in files.items()})
    page = client.post("/projects", data={"project": (zipped, "market.zip")})
    assert page.text.count('class="facts"') == 3
    assert len(page.data) < 100_000


def test_a_project_of_one_application_has_none_to_choose(client: FlaskClient) -> None:
    page = client.post("/projects", data={"project": shop()}).text
    assert 'name="application"' not in page
