"""The page of one job: its files, findings, prompt, attempts, and its text as it grows."""

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import JobStatus, Reason
from webapp.store import changes, reads
from webapp.store.database import Store
from webapp.store.views import RAW_SHOWN

ARTIFACT = Artifact(
    files=(
        ArtifactFile("Dockerfile", "FROM debian:12\nRUN true\n"),
        ArtifactFile(".dockerignore", ".git\n"),
    ),
    notes=("two files",),
    findings=(
        Finding("hadolint/DL3006", Severity.WARNING, "Dockerfile", 2, "Pin the version."),
        Finding("blueprint/port", Severity.NOTE, "Dockerfile", None, "The port is a guess."),
    ),
)


@pytest.fixture
def job_id(batch_id: str, hand: Hand) -> str:
    """A job that ended well, with two files."""
    job = hand.claim(batch_id)
    hand.answer(job, raw="the raw answer")
    hand.end(job, artifact=ARTIFACT)
    return job.id


def test_files_have_anchors_for_their_lines(client: FlaskClient, job_id: str) -> None:
    page = client.get(f"/jobs/{job_id}").text
    assert re.findall(r'id="(f\d+-L\d+)"', page) == ["f1-L1", "f1-L2", "f2-L1"]
    assert '<a class="no" href="#f1-L2">2</a>' in page


def test_a_finding_stands_below_its_line(client: FlaskClient, job_id: str) -> None:
    page = client.get(f"/jobs/{job_id}").text
    after_line_2 = page.split('id="f1-L2"')[1].split('id="f2-L1"')[0]
    assert "Pin the version." in after_line_2
    assert "hadolint/DL3006" in after_line_2
    assert "The port is a guess." in page.split('id="f1-L1"')[0]
    assert "two files" in page


def test_findings_are_listed_by_gravity_and_lead_to_their_place(
    client: FlaskClient, job_id: str
) -> None:
    page = client.get(f"/jobs/{job_id}").text
    listed = page.split('id="findings"')[1].split("</section>")[0]
    assert re.findall(r'href="#(finding-\d+)">Dockerfile:2', listed) == ["finding-2"]
    assert listed.index("Pin the version.") < listed.index("The port is a guess.")
    marks = re.findall(r'id="(finding-\d+)" data-mark', page)
    assert marks == ["finding-1", "finding-2"]
    assert page.count('<a href="#finding-1">previous</a>') == 1
    assert page.count('<a href="#finding-2">next</a>') == 1
    assert "first-error" not in page


def test_files_are_listed_with_what_was_found_in_each(client: FlaskClient, job_id: str) -> None:
    rail = client.get(f"/jobs/{job_id}").text.split('aria-label="Files"')[1].split("</nav>")[0]
    first, second = rail.split("</li>")[:2]
    assert 'href="#file-1"' in first
    assert "1 warning" in first
    assert "1 note" in first
    assert "found" not in second


def test_the_first_error_is_one_click_away(client: FlaskClient, batch_id: str, hand: Hand) -> None:
    job = hand.claim(batch_id)
    hand.answer(job)
    wrong = [Finding("r", Severity.ERROR, "Dockerfile", line, f"at {line}") for line in (2, 1)]
    artifact = Artifact(ARTIFACT.files, (), (*ARTIFACT.findings, *wrong))
    hand.end(job, JobStatus.FAILED, artifact, Reason.INVALID, "2 errors")
    page = client.get(f"/jobs/{job.id}").text
    (first,) = re.findall(r'id="first-error" href="#([^"]+)"', page)
    assert "at 1" in page.split(f'id="{first}"')[1].split("</div>")[0]


def test_files_can_be_downloaded_one_by_one(client: FlaskClient, job_id: str) -> None:
    page = client.get(f"/jobs/{job_id}").text
    addresses = re.findall(r'href="(/jobs/[^"]+/files/[^"]+)" download', page)
    assert [client.get(url).text for url in addresses] == ["FROM debian:12\nRUN true\n", ".git\n"]


@pytest.mark.parametrize("part", ["file", "zip"])
def test_a_download_that_has_not_changed_is_not_sent_again(
    client: FlaskClient, job_id: str, store: Store, part: str
) -> None:
    batch_id = reads.job(store, job_id).batch.id
    url = f"/jobs/{job_id}/files/Dockerfile" if part == "file" else f"/batches/{batch_id}/zip"
    first = client.get(url)
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "private, no-cache")
    again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(url, headers={"If-None-Match": '"another"'}).status_code == 200


def test_the_prompt_is_shown_letter_by_letter(
    client: FlaskClient, job_id: str, store: Store
) -> None:
    page = client.get(f"/jobs/{job_id}?show=prompt").text
    parts = reads.job(store, job_id).prompt
    assert parts
    assert page.count('<pre class="raw"') == len(parts)
    assert "A Flask shop on port 8000" in page


def test_every_part_of_the_prompt_can_be_copied(client: FlaskClient, job_id: str) -> None:
    page = client.get(f"/jobs/{job_id}?show=prompt").text
    copied = re.findall(r'data-copy-from="([^"]+)"', page)
    assert copied
    assert re.findall(r'<pre class="raw" id="([^"]+)"', page) == copied


def test_the_raw_answer_is_a_tab_and_a_download(client: FlaskClient, job_id: str) -> None:
    assert "1,200 in, 800 out" in client.get(f"/jobs/{job_id}?show=attempts").text
    page = client.get(f"/jobs/{job_id}?show=raw").text
    assert ">\nthe raw answer</pre>" in page
    (address,) = re.findall(r'href="([^"]+/raw)" download', page)
    answer = client.get(address)
    assert (answer.text, answer.mimetype) == ("the raw answer", "text/plain")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_raw_answer_is_shown_up_to_a_bound_and_downloaded_whole(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    job = hand.claim(batch_id)
    hand.answer(job, raw="x" * (RAW_SHOWN + 5))
    page = client.get(f"/jobs/{job.id}?show=raw").text
    assert page.count("x" * 1000) == RAW_SHOWN // 1000
    assert "the download has all" in page
    assert len(client.get(f"/jobs/{job.id}/attempts/1/raw").data) == RAW_SHOWN + 5


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999"])
def test_a_raw_answer_that_is_not_there_is_a_404(
    client: FlaskClient, job_id: str, number: str
) -> None:
    assert client.get(f"/jobs/{job_id}?show=raw&attempt={number}").status_code == 404
    assert client.get(f"/jobs/{job_id}/attempts/{number}/raw").status_code == 404


def test_an_unknown_part_is_a_404(client: FlaskClient, job_id: str) -> None:
    assert client.get(f"/jobs/{job_id}?show=secrets").status_code == 404


def test_what_the_blueprint_wrote_is_marked(client: FlaskClient, job_id: str) -> None:
    assert "not by a model" in client.get(f"/jobs/{job_id}").text


def test_neighbours_are_one_click_away(client: FlaskClient, batch_id: str, store: Store) -> None:
    first, second, third = reads.rows(store, batch_id, 1, 3)
    page = client.get(f"/jobs/{second.id}").text
    assert f'<a rel="prev" href="/jobs/{first.id}"' in page
    assert f'<a rel="next" href="/jobs/{third.id}"' in page
    assert 'rel="prev"' not in client.get(f"/jobs/{first.id}").text


def test_a_running_job_shows_its_text_as_it_grows(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    job = hand.claim(batch_id)
    assert f'data-text="/jobs/{job.id}/text"' in client.get(f"/jobs/{job.id}").text
    hand.write(job, "FROM dé")
    first = client.get(f"/jobs/{job.id}/text?offset=0")
    assert (first.text, first.headers["Next-Offset"]) == ("FROM dé", "7")
    assert int(first.headers["Poll-After"]) > 0
    hand.write(job, "FROM débian")
    second = client.get(f"/jobs/{job.id}/text?offset=7")
    assert (second.text, second.headers["Next-Offset"]) == ("bian", "11")
    hand.answer(job)
    hand.end(job, artifact=ARTIFACT)
    assert "Poll-After" not in client.get(f"/jobs/{job.id}/text?offset=11").headers


def test_a_running_job_shows_what_there_is_without_scripts(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    job = hand.claim(batch_id)
    hand.write(job, "\nFROM dé")
    page = client.get(f"/jobs/{job.id}").text
    assert "hx-ignore>\n\nFROM dé</pre>" in page  # HTML drops the first line break
    assert 'data-offset="8"' in page
    assert "blueprint was asked" in page


def test_whoever_watches_a_text_learns_that_the_job_changed(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    job = hand.claim(batch_id)
    (shown,) = re.findall(r'data-version="(\d+)"', client.get(f"/jobs/{job.id}").text)
    hand.write(job, "FROM")
    address = f"/jobs/{job.id}/text?offset=0"
    assert client.get(address).headers["Job-Version"] == shown
    hand.answer(job)
    assert int(client.get(address).headers["Job-Version"]) > int(shown)
    assert "is being checked" in client.get(f"/jobs/{job.id}").text


def test_a_job_that_waits_says_for_what_and_how_long(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    hand.put_back(hand.claim(batch_id), datetime(2040, 5, 6, 7, 8, 9, tzinfo=UTC))
    page = client.get(f"/jobs/{reads.rows(store, batch_id, 1, 1)[0].id}").text
    waiting = page.split('id="waiting"')[1].split("</p>")[0]
    assert "rate limit" in waiting
    assert "<time data-start=" in waiting
    assert "2040-05-06T07:08:09Z" in waiting


@pytest.mark.parametrize("offset", ["-1", "99999999999999999999"])
def test_an_offset_that_makes_no_sense_is_a_400(
    client: FlaskClient, job_id: str, offset: str
) -> None:
    assert client.get(f"/jobs/{job_id}/text?offset={offset}").status_code == 400


def test_a_job_without_a_file_leads_to_what_came_back(
    client: FlaskClient, batch_id: str, hand: Hand
) -> None:
    job = hand.claim(batch_id)
    hand.answer(job, raw="no file in here")
    hand.end(job, JobStatus.FAILED, None, Reason.INVALID, "There is no file in the answer.")
    page = client.get(f"/jobs/{job.id}").text
    assert "There is no file" in page
    assert 'href="?show=attempts"' in page


def test_a_truncated_job_can_be_retried_with_double_the_limit(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    job = hand.claim(batch_id)
    hand.answer(job)
    hand.end(job, JobStatus.FAILED, None, Reason.TRUNCATED, "The answer was cut.")
    before = reads.job(store, job.id).job
    assert 'name="double_limit" value="1"' in client.get(f"/jobs/{job.id}").text
    answer = client.post(f"/jobs/{job.id}/retry", data={"double_limit": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/jobs/{job.id}")
    after = reads.job(store, job.id).job
    assert after.status is JobStatus.QUEUED
    assert after.params.max_tokens == 2 * (before.params.max_tokens or 0)


def test_other_failures_offer_a_plain_retry(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store
) -> None:
    job = hand.claim(batch_id)
    hand.fail(job, JobStatus.FAILED, Reason.TIMEOUT, "no answer in 120 s")
    assert "double_limit" not in client.get(f"/jobs/{job.id}").text
    page = client.post(f"/jobs/{job.id}/retry", follow_redirects=True).text
    assert "Job 1 put back to the queue." in page


def test_a_job_can_be_run_by_a_call_of_its_own(
    client: FlaskClient, job_id: str, store: Store
) -> None:
    assert changes.job_row(store, job_id).fresh is False
    client.post(f"/jobs/{job_id}/retry", data={"fresh": "1"})
    row = changes.job_row(store, job_id)
    assert (row.status, row.fresh) == (JobStatus.QUEUED, True)


def test_a_plain_retry_may_be_served_by_another_call(
    client: FlaskClient, job_id: str, store: Store
) -> None:
    client.post(f"/jobs/{job_id}/retry")
    row = changes.job_row(store, job_id)
    assert (row.status, row.fresh) == (JobStatus.QUEUED, False)


def test_controls_say_which_key_is_theirs(client: FlaskClient, batch_id: str, hand: Hand) -> None:
    job = hand.claim(batch_id)
    running = client.get(f"/jobs/{job.id}").text
    assert re.findall(r'data-key="(.)"', running) == ["]", ".", "o", "a", "?"]
    hand.answer(job)
    hand.end(job, artifact=ARTIFACT)
    assert re.findall(r'data-key="(.)"', client.get(f"/jobs/{job.id}").text) == list("]rcoa?")


def test_actions_that_come_too_late_say_so(client: FlaskClient, job_id: str) -> None:
    page = client.post(f"/jobs/{job_id}/cancel", follow_redirects=True).text
    assert "Job 1 had come to its end already." in page


def test_a_job_that_was_right_at_once_has_no_page_of_rounds(
    client: FlaskClient, job_id: str
) -> None:
    assert "?show=rounds" not in client.get(f"/jobs/{job_id}").text
    assert client.get(f"/jobs/{job_id}?show=rounds").status_code == 200
