"""What is done with many jobs at once: with those ticked, or with all that match."""

import re
from html import unescape

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

from tests.rows import all_rows
from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Reason,
)
from webapp.service import Service
from webapp.store import reads
from webapp.store.database import Store

FILES = (ArtifactFile("Dockerfile", "FROM debian\n"),)


@pytest.fixture
def mixed_id(batch_id: str, hand: Hand) -> str:
    """A batch with a failed job, a succeeded one, and one in the queue."""
    hand.fail(hand.claim(batch_id), JobStatus.FAILED, Reason.TIMEOUT, "It took too long.")
    second = hand.claim(batch_id)
    hand.answer(second)
    hand.end(second, artifact=Artifact(FILES, (), ()))
    return batch_id


def statuses(store: Store, batch_id: str) -> list[str]:
    return [row.status.value for row in all_rows(store, batch_id)]


def said(page: str) -> str:
    """The sentence that a page or delta has for who acted."""
    found = re.search(r'<p class="strip" role="status">([^<]*)</p>', page)
    return unescape(found[1]) if found else ""


def test_ticked_jobs_are_retried_and_others_left_alone(
    client: FlaskClient, mixed_id: str, store: Store
) -> None:
    fields = {"on": "picked", "pick": ["1", "2"]}
    page = client.post(f"/batches/{mixed_id}/retry", data=fields, follow_redirects=True).text
    assert said(page) == "1 job put back to the queue. 1 job of those ticked left as it was."
    assert statuses(store, mixed_id) == ["queued", "succeeded", "queued"]


def test_what_matches_is_run_fresh(client: FlaskClient, mixed_id: str, store: Store) -> None:
    fields = {"on": "matching:1", "here": "status=succeeded"}
    page = client.post(f"/batches/{mixed_id}/fresh", data=fields, follow_redirects=True).text
    assert said(page) == "1 job put back to the queue."
    assert statuses(store, mixed_id) == ["failed", "queued", "queued"]


def test_a_button_for_all_leaves_filter_and_ticks_aside(
    client: FlaskClient, mixed_id: str, store: Store
) -> None:
    fields = {"all": "1", "on": "picked", "pick": "1", "here": "status=failed"}
    page = client.post(f"/batches/{mixed_id}/cancel", data=fields, follow_redirects=True).text
    assert said(page) == "1 job cancelled."
    assert statuses(store, mixed_id) == ["failed", "succeeded", "cancelled"]


@pytest.mark.parametrize("action", ["cancel", "retry", "fresh", "choose", "unchoose", "rebuild"])
def test_nothing_is_done_where_the_filter_has_grown(
    client: FlaskClient, htmx: FlaskClient, mixed_id: str, store: Store, action: str
) -> None:
    now = {"cancel": "queued", "retry": "failed"}.get(action, "succeeded")
    if action in ("unchoose", "rebuild"):
        with store.write() as connection:
            column = "chosen" if action == "unchoose" else "stale"
            connection.exec_driver_sql(f"UPDATE job SET {column} = TRUE WHERE status = '{now}'")
    before = statuses(store, mixed_id)
    fields = {"on": "matching:0", "here": f"status={now}"}
    answer = client.post(f"/batches/{mixed_id}/{action}", data=fields)
    assert answer.status_code == 409
    assert "1 match now, and 0 did when this page was made: nothing was done." in answer.text
    swapped = htmx.post(f"/batches/{mixed_id}/{action}", data=fields)
    assert (swapped.status_code, 'id="notice" hx-swap-oob' in swapped.text) == (409, True)
    assert statuses(store, mixed_id) == before
    assert client.post(
        f"/batches/{mixed_id}/{action}", data={**fields, "on": "matching:1"}
    ).status_code == (303)


def test_a_filter_that_has_grown_by_a_tenth_is_still_the_same(
    client: FlaskClient, service: Service, store: Store
) -> None:
    kind, model = KindChoice("dockerfile"), ModelChoice.parse("blueprint")
    jobs = tuple(JobSpec(f"Brief {n}", kind, model) for n in range(22))
    batch_id = async_to_sync(service.submit)(BatchSpec("", jobs, Mode.ASYNC, 3))
    grown = client.post(f"/batches/{batch_id}/cancel", data={"on": "matching:19"})
    assert grown.status_code == 409
    same = client.post(f"/batches/{batch_id}/cancel", data={"on": "matching:20"})
    assert same.status_code == 303
    assert reads.batch(store, batch_id).counts[JobStatus.CANCELLED] == 22


def test_nothing_ticked_is_said(client: FlaskClient, mixed_id: str, store: Store) -> None:
    before = statuses(store, mixed_id)
    page = client.post(
        f"/batches/{mixed_id}/cancel", data={"on": "picked"}, follow_redirects=True
    ).text
    assert said(page) == "No job is ticked: nothing was done."
    assert statuses(store, mixed_id) == before


def test_an_action_leads_back_to_the_same_view(client: FlaskClient, mixed_id: str) -> None:
    here = "status=failed&sort=-time&density=dense"
    answer = client.post(f"/batches/{mixed_id}/cancel", data={"all": "1", "here": here})
    assert answer.headers["Location"] == f"/batches/{mixed_id}?{here}"


def test_an_action_answers_htmx_with_the_changed_rows(
    htmx: FlaskClient, mixed_id: str, store: Store
) -> None:
    since = reads.batch_version(store, mixed_id)
    fields = {"on": "picked", "pick": "3", "seq": "1-100", "since": since, "here": ""}
    answer = htmx.post(f"/batches/{mixed_id}/cancel", data=fields)
    assert re.findall(r'hx-target="#(job-\d+)"', answer.text) == ["job-3"]
    assert said(answer.text) == "1 job cancelled."


def test_truncated_jobs_get_double_the_limit_all_at_once(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    for reason in (Reason.TRUNCATED, Reason.TRUNCATED, Reason.TIMEOUT):
        hand.fail(hand.claim(batch_id), JobStatus.FAILED, reason, "It ended early.")
    limits = [row.params.max_tokens or 0 for row in all_rows(store, batch_id)]
    page = client.get(f"/batches/{batch_id}").text
    assert "Retry 2 truncated with double the limit" in page
    page = client.post(
        f"/batches/{batch_id}/retry", data={"double_limit": "2"}, follow_redirects=True
    ).text
    assert said(page) == "2 jobs put back to the queue."
    after = [row.params.max_tokens or 0 for row in all_rows(store, batch_id)]
    assert after == [2 * limits[0], 2 * limits[1], limits[2]]
    assert statuses(store, batch_id) == ["queued", "queued", "failed"]
