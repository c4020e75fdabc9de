"""How models stand with the runner: on the page of providers, and in rows that wait for them."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.gate import gate_settings, submit
from tests.web.hand import Hand
from tests.web.test_web_delta import delta_url, rows_of
from tests.web.test_web_hostile import PAYLOADS, Page, assert_harmless
from webapp.domain.batch import Reason
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store import reads
from webapp.store.database import Store
from webapp.web.live import Cursor

WHY = "asks for a pause"


@pytest.fixture
def settings(tmp_path: Path, llm: FakeProvider) -> Settings:
    """An endpoint with a price, and one without."""
    return gate_settings(tmp_path, llm)


@pytest.fixture
def batch_id(service: Service) -> str:
    """A batch of three jobs for each of two models."""
    return submit(service, "gate:m", "openai:x")


@pytest.fixture
def until() -> datetime:
    """When a pause is over."""
    return datetime.now(UTC) + timedelta(seconds=40)


def card(client: FlaskClient, name: str) -> str:
    page = client.get("/providers").text
    article = page.split(f'id="provider-{name}"')[1].split("</article>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", article)).split())


def test_a_provider_shows_the_pace_of_each_model(
    client: FlaskClient, hand: Hand, until: datetime
) -> None:
    hand.beat("gate:m", cap=4, in_flight=1, per_s=1.5, until=until, why=WHY)
    hand.beat("gate:n", in_flight=2)
    shown = card(client, "gate")
    pause = f"cools until {until:%H:%M:%S} UTC: {WHY}"
    assert f"m 1 of 4 in flight 1.5 calls a second {pause} n 2 in flight not limited" in shown
    assert "In a minute at most 60 requests and 100,000 tokens" in shown
    assert "in flight" not in card(client, "openai")
    assert "In a minute" not in card(client, "openai")


def test_a_pause_that_is_over_is_not_shown(client: FlaskClient, hand: Hand) -> None:
    hand.beat("gate:m", until=datetime.now(UTC) - timedelta(seconds=1), why=WHY)
    assert "cools" not in card(client, "gate")


def test_the_time_of_the_state_is_told(client: FlaskClient, hand: Hand) -> None:
    assert re.search(r"As of \d\d:\d\d:\d\d UTC\.", client.get("/providers").text)


def test_without_a_runner_nothing_is_said_of_paces(
    client: FlaskClient, store: Store, hand: Hand
) -> None:
    hand.beat("gate:m", cap=4)
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE runner SET seen_at = '2026-11-01 00:00:00.000000'")
    page = client.get("/providers").text
    assert "No runner lives (last seen" in page
    assert "in flight" not in page


def test_a_check_shows_the_paces_again(htmx: FlaskClient, hand: Hand) -> None:
    hand.beat("gate:m", cap=4)
    assert "0 of 4 in flight" in htmx.post("/providers/gate/probe").text


def test_rows_that_wait_for_a_pause_say_so(
    client: FlaskClient, htmx: FlaskClient, batch_id: str, hand: Hand, until: datetime
) -> None:
    hand.beat("gate:m", until=until, why=WHY)
    page = client.get(f"/batches/{batch_id}").text
    sentence = f"gate:m {WHY}, until {until:%H:%M:%S} UTC"
    rows = rows_of(page)
    told = [name for name, row in rows.items() if ">cooling<" in row and sentence in row]
    assert told == [f'<tr id="job-{number}">' for number in (1, 3, 5)]
    assert f"<li hx-ignore>{sentence}</li>" in page
    assert rows == rows_of(htmx.get(delta_url(batch_id, 0)).text)


def test_a_pause_reaches_the_rows_though_no_job_has_changed(
    htmx: FlaskClient, batch_id: str, hand: Hand, store: Store, until: datetime
) -> None:
    since = reads.batch_version(store, batch_id)
    hand.beat("gate:m", until=until, why=WHY)
    begun = htmx.get(delta_url(batch_id, since)).text
    assert list(rows_of(begun)) == [f'<tr id="job-{number}">' for number in (1, 3, 5)]
    (cursor,) = re.findall(r'id="cursor" name="since" value="([^"]+)"', begun)
    quiet = htmx.get(f"/batches/{batch_id}/delta", query_string={"seq": "1-100", "since": cursor})
    assert quiet.status_code == 204
    hand.beat("gate:m")
    url = f"/batches/{batch_id}/delta?seq=1-100&since={cursor}"
    over = htmx.get(url).text
    assert "cooling" not in over
    assert '<tr id="job-1">' in over
    (cursor,) = re.findall(r'id="cursor" name="since" value="([^"]+)"', over)
    assert cursor == str(reads.batch_version(store, batch_id))


@pytest.mark.parametrize(("wait_s", "least_ms", "most_ms"), [(6, 4000, 6000), (300, 15000, 15000)])
def test_a_page_where_all_wait_for_a_pause_asks_when_it_is_over(
    htmx: FlaskClient,
    service: Service,
    hand: Hand,
    wait_s: float,
    least_ms: int,
    most_ms: int,
) -> None:
    batch_id = submit(service, "gate:m")
    hand.beat("gate:m", until=datetime.now(UTC) + timedelta(seconds=wait_s), why=WHY)
    answer = htmx.get(delta_url(batch_id, 0))
    assert least_ms <= int(answer.headers["Poll-After"]) <= most_ms


@pytest.mark.parametrize(
    ("text", "cursor"),
    [
        ("17", Cursor(17)), ("17p", Cursor(17, True)), ("", Cursor(0)), ("x", Cursor(0)),
        ("-1", Cursor(0)), ("1" * 30, Cursor(0)),
    ],
)  # fmt: skip
def test_a_cursor_that_makes_no_sense_has_seen_nothing(text: str, cursor: Cursor) -> None:
    assert Cursor.parse(text) == cursor


def test_a_page_of_a_hundred_rows_stays_small(
    client: FlaskClient, service: Service, hand: Hand, until: datetime
) -> None:
    batch_id = submit(service, *(f"openai:a-model-with-a-long-name-{n}" for n in range(34)))
    for n in range(34):
        hand.beat(f"openai:a-model-with-a-long-name-{n}", until=until, why=WHY)
    page = client.get(f"/batches/{batch_id}")
    assert page.text.count(">cooling<") == 100
    assert len(page.data) <= 100_000


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_of_models_and_words_of_a_pause_are_text(
    client: FlaskClient, service: Service, hand: Hand, until: datetime, payload: str
) -> None:
    parked = submit(service, f"openai:{payload}")
    batch_id = submit(service, f"openai:{payload}", fallback=f"gate:{payload}")
    hand.park("openai", Reason.KEY, payload)
    hand.beat(f"gate:{payload}", until=until, why=payload)
    for path in (f"/batches/{batch_id}", f"/batches/{parked}", "/providers"):
        page = client.get(path).text
        assert_harmless(page)
        assert payload in Page(page).words
