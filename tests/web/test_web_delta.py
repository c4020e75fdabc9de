"""The polling protocol: 204, changed rows, the end."""

import gzip
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from flask import Flask
from flask.testing import FlaskClient

from tests.rows import all_rows
from tests.web.hand import Hand
from webapp.domain.batch import JobStatus, Reason
from webapp.service import Service
from webapp.store import reads
from webapp.store.database import Store
from webapp.web import live


def delta_url(batch_id: str, since: int, seq: str = "1-100") -> str:
    return f"/batches/{batch_id}/delta?seq={seq}&since={since}"


def rows_of(page: str) -> dict[str, str]:
    """The rows by their opening tags, without the text of clocks, which go on between two asks."""
    page = re.sub(r'(<time data-start="[^"]+">)[^<]*', r"\1", page)
    return dict(re.findall(r'(<tr id="job-\d+">)(.*?</tr>)', page, re.DOTALL))


def test_nothing_new_is_an_empty_204(
    htmx: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    answer = htmx.get(delta_url(batch_id, reads.batch_version(store, batch_id)))
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Poll-After"] == "2000"


def test_a_poll_needs_no_session(htmx: FlaskClient, batch_id: str, hand: Hand) -> None:
    answer = htmx.get(delta_url(batch_id, 99))
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_change_sends_the_row_the_summary_and_the_cursor(
    htmx: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    since = reads.batch_version(store, batch_id)
    hand.claim(batch_id)
    answer = htmx.get(delta_url(batch_id, since))
    assert answer.status_code == 200
    assert answer.headers["Poll-After"] == "1000"
    assert re.findall(r'<hx-partial hx-target="#(job-\d+)" hx-swap="outerMorph">', answer.text) == [
        "job-1"
    ]
    assert '<section id="summary"' in answer.text
    assert 'data-title="A Flask shop on port 8000 with PostgreSQL. – running"' in answer.text
    cursor = f'name="since" value="{since + 1}" autocomplete="off" hx-swap-oob="true"'
    assert cursor in answer.text
    assert 'id="poll"' not in answer.text


def test_a_row_that_stood_still_is_shown_anew_once_it_has_changed(
    htmx: FlaskClient, batch_id: str, hand: Hand, service: Service
) -> None:
    def first_row() -> str:
        return rows_of(htmx.get(delta_url(batch_id, 0)).text)['<tr id="job-1">']

    hand.fail(hand.claim(batch_id), JobStatus.FAILED, Reason.REJECTED, "No such model.")
    job_id = all_rows(service.store, batch_id)[0].id
    assert "No such model." in first_row()
    assert async_to_sync(service.retry_job)(job_id)
    hand.fail(hand.claim(batch_id), JobStatus.FAILED, Reason.TIMEOUT, "It took too long.")
    assert "It took too long." in first_row()


def test_rows_of_other_pages_are_not_sent(
    htmx: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    since = reads.batch_version(store, batch_id)
    hand.claim(batch_id)
    answer = htmx.get(delta_url(batch_id, since, seq="2-3"))
    assert answer.status_code == 200
    assert "hx-partial" not in answer.text


def test_the_last_delta_deletes_the_poller(
    htmx: FlaskClient, service: Service, batch_id: str, hand: Hand
) -> None:
    async_to_sync(service.cancel)(batch_id)
    answer = htmx.get(delta_url(batch_id, 0))
    assert '<div id="poll" hx-swap-oob="delete"></div>' in answer.text
    assert answer.text.count("hx-partial hx-target") == 3


def test_page_and_delta_hold_the_same_rows(
    client: FlaskClient, htmx: FlaskClient, batch_id: str, hand: Hand
) -> None:
    job = hand.claim(batch_id)
    hand.answer(job)
    hand.end(job, JobStatus.FAILED, None, Reason.INVALID, "There is no file in the answer.")
    hand.put_back(hand.claim(batch_id), datetime.now(UTC) + timedelta(seconds=60))
    page = rows_of(client.get(f"/batches/{batch_id}").text)
    assert len(page) == 3
    assert page == rows_of(htmx.get(delta_url(batch_id, 0)).text)


def test_a_finished_batch_has_no_poller(
    client: FlaskClient, service: Service, batch_id: str
) -> None:
    assert 'id="poll"' in client.get(f"/batches/{batch_id}").text
    async_to_sync(service.cancel)(batch_id)
    page = client.get(f"/batches/{batch_id}").text
    assert 'id="poll"' not in page
    assert "http-equiv" not in page


def test_a_page_without_scripts_refreshes_itself(client: FlaskClient, batch_id: str) -> None:
    page = client.get(f"/batches/{batch_id}").text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page


def test_a_dead_runner_is_told_although_no_version_moved(
    htmx: FlaskClient, batch_id: str, store: Store
) -> None:
    answer = htmx.get(delta_url(batch_id, reads.batch_version(store, batch_id)))
    assert answer.status_code == 200
    assert 'id="no-runner"' in answer.text
    assert "omni runner" in answer.text


def test_a_runner_that_was_started_again_is_told(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    hand.claim(batch_id)
    assert 'id="restarted"' not in client.get(f"/batches/{batch_id}").text
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE attempt SET status = 'undecided'")
        connection.exec_driver_sql("UPDATE runner SET started_at = datetime('now', '+1 hour')")
    time.sleep(live.RUNNER_KEPT_S)  # for so long the page may not know
    page = client.get(f"/batches/{batch_id}").text
    told = re.sub("<[^>]+>", "", page.split('id="restarted"')[1].split("</div>")[0])
    assert "1 job had a call under way then, which may have been charged" in told


def test_a_living_runner_is_not_called_dead(client: FlaskClient, batch_id: str, hand: Hand) -> None:
    assert 'id="no-runner"' not in client.get(f"/batches/{batch_id}").text


@pytest.mark.parametrize(
    ("wait_s", "least_ms", "most_ms"), [(0.2, 1000, 1000), (6, 4000, 6000), (300, 15000, 15000)]
)
def test_a_page_that_only_waits_asks_when_the_first_job_wakes_up(
    htmx: FlaskClient,
    batch_id: str,
    hand: Hand,
    store: Store,
    wait_s: float,
    least_ms: int,
    most_ms: int,
) -> None:
    since = reads.batch_version(store, batch_id)
    hand.put_back(hand.claim(batch_id), datetime.now(UTC) + timedelta(seconds=wait_s))
    answer = htmx.get(delta_url(batch_id, since))
    assert least_ms <= int(answer.headers["Poll-After"]) <= most_ms


def test_a_page_where_nothing_runs_asks_less_often(htmx: FlaskClient, batch_id: str) -> None:
    assert htmx.get(delta_url(batch_id, 0)).headers["Poll-After"] == "2000"


@pytest.mark.parametrize("seq", ["", "1,x", "0-5", "5-1", "1-101", "a-b", "-1-5", "1-" + "9" * 30])
def test_a_window_that_makes_no_sense_is_a_400(htmx: FlaskClient, batch_id: str, seq: str) -> None:
    assert htmx.get(delta_url(batch_id, -1, seq)).status_code == 400


def test_a_deleted_batch_is_a_404(htmx: FlaskClient) -> None:
    assert htmx.get(delta_url("01ARZ3NDEKTSV4RRFFQ69G5FAV", 0)).status_code == 404


def test_rows_go_out_packed(htmx: FlaskClient, batch_id: str) -> None:
    plain = htmx.get(delta_url(batch_id, 0))
    packed = htmx.get(delta_url(batch_id, 0), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(rows_of(gzip.decompress(packed.data).decode())) == len(rows_of(plain.text)) == 3


def test_a_cancelled_job_answers_with_its_row(
    htmx: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    job_id = reads.rows(store, batch_id, 2, 2)[0].id
    since = reads.batch_version(store, batch_id)
    answer = htmx.post(f"/jobs/{job_id}/cancel", data={"seq": "1-100", "since": since})
    assert answer.status_code == 200
    assert re.findall(r'hx-target="#(job-\d+)"', answer.text) == ["job-2"]
    assert "Job 2 cancelled." in answer.text


def test_a_retry_that_reopens_a_batch_asks_for_a_new_page(
    app: Flask, htmx: FlaskClient, service: Service, batch_id: str, store: Store
) -> None:
    async_to_sync(service.cancel)(batch_id)
    job_id = reads.rows(store, batch_id, 1, 1)[0].id
    answer = htmx.post(f"/jobs/{job_id}/retry", data={"seq": "1-100", "since": 0})
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["HX-Refresh"] == "true"
    assert "Job 1 put back to the queue." in htmx.get(f"/batches/{batch_id}").text


def test_actions_without_scripts_lead_back_to_the_page(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    answer = client.post(f"/batches/{batch_id}/cancel", data={"seq": "1-100"})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert "3 jobs cancelled." in page.text
    assert "3 jobs cancelled." not in client.get(f"/batches/{batch_id}").text


def test_failed_and_parked_jobs_can_be_retried_together(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    hand.fail(hand.claim(batch_id), JobStatus.FAILED, Reason.TIMEOUT, "no answer in 120 s")
    hand.fail(hand.claim(batch_id), JobStatus.PARKED, Reason.KEY, "bad key")
    assert "Retry 2 failed or parked" in client.get(f"/batches/{batch_id}").text
    answer = client.post(f"/batches/{batch_id}/retry", follow_redirects=True)
    assert "2 jobs put back to the queue." in answer.text
    assert reads.batch(store, batch_id).counts[JobStatus.QUEUED] == 3
