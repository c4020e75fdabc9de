"""How a batch stands, in the words of its page: time left, what the cache served, what failed."""

import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from ulid import ULID

from tests.rows import all_rows
from tests.store.asked import asked, put, submitted
from tests.web.gate import gate_settings, submit
from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile, Result
from webapp.domain.batch import JobStatus, Reason
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.settings import Settings
from webapp.store import changes
from webapp.store.database import Store
from webapp.store.models import batch

ARTIFACT = Artifact((ArtifactFile("Dockerfile", "FROM debian:12\n"),), (), (), score=90)


@pytest.fixture
def settings(tmp_path: Path, llm: FakeProvider) -> Settings:
    """Endpoints that answer."""
    return gate_settings(tmp_path, llm)


def summary(client: FlaskClient, batch_id: str) -> str:
    page = client.get(f"/batches/{batch_id}").text
    return page.split('<section id="summary"')[1].split("</section>")[0]


def part(html: str, element_id: str) -> str:
    """What an element says, up to its end; empty where there is none."""
    found = re.search(rf'<(\w+)[^>]* id="{element_id}"[^>]*>(.*?)</\1>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[2])).split()) if found else ""


def hits(*seqs: int) -> dict[int, Result]:
    return {seq: Result(str(ULID()), ARTIFACT, 100, 20) for seq in seqs}


def test_a_batch_from_the_cache_says_what_that_saved(client: FlaskClient, store: Store) -> None:
    batch_id = submitted(store, asked(), asked("compose"), hits=hits(1, 2))
    with store.write() as connection:
        connection.execute(update(batch).where(batch.c.id == batch_id).values(saved=90_000))
    html = summary(client, batch_id)
    words = part(html, "all-cached")
    assert re.fullmatch(
        r"2 of 2 from the cache, 0\.\d s, \$0 \(saved \$0\.09\d*\) Run fresh", words
    ), words
    assert 'class="progress"' not in html


@pytest.mark.usefixtures("hand")
def test_a_batch_partly_from_the_cache_says_its_share(client: FlaskClient, store: Store) -> None:
    batch_id = submitted(store, asked(), asked("compose"), asked("shell"), hits=hits(2))
    html = summary(client, batch_id)
    assert "1 from the cache (33 %)" in html
    assert part(html, "all-cached") == ""


def end(hand: Hand, batch_id: str, number: int) -> None:
    for _ in range(number):
        job = hand.claim(batch_id)
        hand.answer(job)
        hand.end(job, artifact=ARTIFACT)


def test_the_time_left_is_estimated_then_told_then_the_last_are_under_way(
    client: FlaskClient, store: Store, hand: Hand
) -> None:
    batch_id = submitted(store, *(asked(sample=n) for n in range(1, 9)))

    def eta() -> str:
        return part(summary(client, batch_id), "eta")

    assert eta() == ""  # nothing has begun
    end(hand, batch_id, 4)
    assert eta() == "estimating the time left"
    end(hand, batch_id, 1)
    assert re.fullmatch(r"(≈ )?\d+( – \d+)? s left", eta())
    last = [hand.claim(batch_id) for _ in range(3)]
    assert eta() == "the last ones are under way"
    for job in last:
        hand.answer(job)
        hand.end(job, artifact=ARTIFACT)
    assert eta() == ""


def test_why_jobs_failed_is_told_by_number_and_leads_to_them(
    client: FlaskClient, store: Store, hand: Hand
) -> None:
    batch_id = submitted(store, *(asked(sample=n) for n in range(1, 5)))
    for reason in (Reason.TIMEOUT, Reason.TOO_LARGE, Reason.TIMEOUT):
        hand.fail(hand.claim(batch_id), JobStatus.FAILED, reason, "It went wrong.")
    failures = summary(client, batch_id).split('aria-label="Why jobs failed"')[1].split("</ul>")[0]
    links = [(unescape(a), words) for a, words in re.findall(r'href="([^"]+)">([^<]+)', failures)]
    assert [words for _, words in links] == ["2 timeout", "1 too large"]
    shown = client.get(links[0][0]).text
    assert re.findall(r'<tr id="(job-\d)"', shown) == ["job-1", "job-3"]


@pytest.fixture
def cut_off_id(service: Service, hand: Hand, store: Store) -> str:
    """A batch of three jobs of which one was cut off and one took too long."""
    batch_id = submit(service, "gate:m")
    for reason in (Reason.TRUNCATED, Reason.TIMEOUT):
        hand.fail(hand.claim(batch_id, "gate:m"), JobStatus.FAILED, reason, "It went wrong.")
    return batch_id


def test_what_was_cut_off_is_retried_with_double_the_limit_and_nothing_else(
    client: FlaskClient, store: Store, cut_off_id: str
) -> None:
    html = summary(client, cut_off_id)
    assert part(html, "retry-longer") == "Retry 1 truncated with double the limit"
    assert part(html, "retry-failed") == "Retry 2 failed"
    limits = [changes.job_row(store, job.id).max_tokens for job in all_rows(store, cut_off_id)]
    path = f"/batches/{cut_off_id}/retry"
    client.post(path, data={"double_limit": "1"})
    rows = all_rows(store, cut_off_id)
    assert [row.status for row in rows] == [JobStatus.QUEUED, JobStatus.FAILED, JobStatus.QUEUED]
    after = [changes.job_row(store, job.id).max_tokens for job in rows]
    assert after == [2 * limits[0], *limits[1:]]
    assert part(summary(client, cut_off_id), "retry-longer") == ""


def test_what_was_cut_off_counts_by_itself_whether_it_has_grown(
    client: FlaskClient, store: Store, cut_off_id: str
) -> None:
    put(store, cut_off_id, 2, reason=Reason.TRUNCATED)
    answer = client.post(f"/batches/{cut_off_id}/retry", data={"double_limit": "1"})
    assert answer.status_code == 409
    assert [row.status for row in all_rows(store, cut_off_id)][:2] == [JobStatus.FAILED] * 2
