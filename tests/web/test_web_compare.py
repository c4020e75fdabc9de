"""The page that compares: its sides, its switches, its anchors, and what it says of wrong ones."""

import re
from html import unescape

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

from tests.effort import effort
from tests.web.conftest import BRIEF
from tests.web.hand import Hand
from tests.web.test_web_hostile import PAYLOADS, Page, assert_harmless
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import BatchSpec, JobSpec, JobStatus, KindChoice, Mode, ModelChoice, Reason
from webapp.domain.project import ProjectFile, Upload
from webapp.service import Service
from webapp.store import projects
from webapp.store.database import Store

WRONG = Finding("text/fence", Severity.ERROR, "Dockerfile", 1, "There is a fence.")
OLD = "FROM debian:12\nRUN true\nUSER 1\n"
NEW = "FROM debian:13\nRUN true\nUSER 1\n"


def artifact(*files: tuple[str, str]) -> Artifact:
    return Artifact(tuple(ArtifactFile(path, content) for path, content in files), (), ())


@pytest.fixture
def project_id(store: Store) -> str:
    """A project with two files."""
    files = (ProjectFile("deploy/Dockerfile", OLD, 9), ProjectFile("app.py", "x = 1\n", 3))
    return projects.add(store, Upload("shop", files, (), (), ())).id


@pytest.fixture
def batch_id(service: Service, project_id: str) -> str:
    """A batch of three jobs of one kind, and one of another."""
    kinds = [KindChoice("dockerfile")] * 3 + [KindChoice("compose")]
    jobs = tuple(
        JobSpec(BRIEF, kind, ModelChoice.parse("blueprint"), sample=number)
        for number, kind in enumerate(kinds, start=1)
    )
    spec = BatchSpec(BRIEF, jobs, Mode.ASYNC, 3, project_id=project_id)
    return async_to_sync(service.submit)(spec)


def finish(hand: Hand, batch_id: str, *files: tuple[str, str]) -> str:
    job = hand.claim(batch_id)
    hand.answer(job)
    hand.end(job, artifact=artifact(*files))
    return job.id


@pytest.fixture
def pair(hand: Hand, batch_id: str) -> tuple[str, str]:
    """Two jobs with a Dockerfile each, and one file that they share."""
    same = (".dockerignore", ".git\n")
    first = finish(hand, batch_id, ("Dockerfile", OLD), same)
    return first, finish(hand, batch_id, ("Dockerfile", NEW), same)


@pytest.fixture
def repaired_id(hand: Hand, batch_id: str) -> str:
    """A job whose first answer was mended in a second."""
    first = hand.claim(batch_id)
    hand.answer(first)
    hand.repair(first, Artifact((ArtifactFile("Dockerfile", OLD),), (), (WRONG,)))
    again = hand.claim(batch_id)
    hand.answer(again)
    mended = artifact(("Dockerfile", NEW))
    hand.end(again, artifact=mended, reason=Reason.REPAIRED, is_round=True)
    return again.id


def links(page: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'href="(/compare\?[^"]*)"', page)]


def test_two_jobs_are_compared(client: FlaskClient, pair: tuple[str, str]) -> None:
    page = client.get(f"/compare?a=job:{pair[0]}&b=job:{pair[1]}").text
    assert "FROM debian:<mark>12</mark>" in page
    assert "FROM debian:<mark>13</mark>" in page
    assert "1 file differs" in page
    assert 'The same: <span class="mono">.dockerignore</span>' in page
    assert f'<a href="/jobs/{pair[0]}">Job 1</a>: dockerfile by blueprint' in page
    assert "Written by the blueprint from a template" in page


def test_lines_and_hunks_have_anchors(client: FlaskClient, pair: tuple[str, str]) -> None:
    page = client.get(f"/compare?a=job:{pair[0]}&b=job:{pair[1]}").text
    assert re.findall(r'id="(f\d-[LO]\d+)"', page) == ["f1-O1", "f1-L1", "f1-L2", "f1-L3"]
    assert '<a class="no" href="#f1-L1">1</a>' in page
    assert '<div class="line skipped" id="f1-h1" data-mark tabindex="-1">' in page
    assert "<ul data-rows>" in page
    assert '<li id="to-f1"><a class="mono" href="#f1">Dockerfile</a>' in page


def test_the_answers_of_a_job_are_compared(client: FlaskClient, repaired_id: str) -> None:
    page = client.get(f"/compare?a=round:{repaired_id}:0&b=round:{repaired_id}:1").text
    assert "FROM debian:<mark>13</mark>" in page
    assert f'href="/jobs/{repaired_id}?show=rounds#round-0">First answer of job 1</a>' in page
    same = client.get(f"/compare?a=job:{repaired_id}&b=round:{repaired_id}:1").text
    assert "Both sides are the same." in same


def test_the_only_answer_of_a_job_is_its_first(client: FlaskClient, pair: tuple[str, str]) -> None:
    page = client.get(f"/compare?a=round:{pair[0]}:0&b=job:{pair[0]}").text
    assert "Both sides are the same." in page


def test_a_file_of_a_project_is_compared_with_the_file_of_that_name(
    client: FlaskClient, pair: tuple[str, str], project_id: str
) -> None:
    page = client.get(f"/compare?a=file:{project_id}:deploy/Dockerfile&b=job:{pair[1]}").text
    assert "deploy/Dockerfile → Dockerfile" in page
    assert "FROM debian:<mark>13</mark>" in page
    assert '<span class="mono">deploy/Dockerfile</span> of the project shop' in page
    assert "only in B" in page


def test_the_form_keeps_sides_and_switches(client: FlaskClient, pair: tuple[str, str]) -> None:
    page = client.get(f"/compare?a=job:{pair[0]}&b=job:{pair[1]}&space=ignore&form=normal").text
    assert f'name="a" class="mono" value="job:{pair[0]}"' in page
    assert '<input type="hidden" name="space" value="ignore">' in page
    assert '<input type="hidden" name="form" value="normal">' in page
    swapped = f"/compare?a=job:{pair[1]}&b=job:{pair[0]}&space=ignore&form=normal"
    assert swapped in links(page)
    assert f"/compare?a=job:{pair[0]}&b=job:{pair[1]}&form=normal" in links(page)


def test_one_side_can_be_shown_alone_and_stays_so_when_swapped(
    client: FlaskClient, pair: tuple[str, str]
) -> None:
    page = client.get(f"/compare?a=job:{pair[0]}&b=job:{pair[1]}&focus=a&view=split").text
    assert '<div class="diff unified focus-a">' in page
    assert f"/compare?a=job:{pair[1]}&b=job:{pair[0]}&view=split&focus=b" in links(page)


@pytest.mark.parametrize("view", ["auto", "unified", "split"])
def test_the_columns_are_a_class(client: FlaskClient, pair: tuple[str, str], view: str) -> None:
    page = client.get(f"/compare?a=job:{pair[0]}&b=job:{pair[1]}&view={view}").text
    assert f'<div class="diff {view} focus-both">' in page


def test_switches_with_unknown_values_are_as_usual(
    client: FlaskClient, pair: tuple[str, str]
) -> None:
    page = client.get(f"/compare?a=job:{pair[0]}&b=job:{pair[1]}&view=<b>&focus=c&space=1")
    assert page.status_code == 200
    assert '<div class="diff auto focus-both">' in page.text


def test_normal_forms_say_what_they_leave_out(
    client: FlaskClient, hand: Hand, batch_id: str
) -> None:
    a = finish(hand, batch_id, ("a.yaml", "# note\nb: 1\na: 2\n"), ("b.yaml", "a: [\n"))
    b = finish(hand, batch_id, ("a.yaml", "a: 2\nb: 1\n"), ("b.yaml", "a: [1\n"))
    page = client.get(f"/compare?a=job:{a}&b=job:{b}&form=normal").text
    assert "comments gone" in page
    assert 'The same: <span class="mono">a.yaml</span>' in page
    assert "Compared as written: b.yaml cannot be read as YAML" in page


def test_without_sides_the_newest_jobs_are_offered(
    client: FlaskClient, pair: tuple[str, str]
) -> None:
    page = client.get("/compare")
    assert page.status_code == 200
    assert links(page.text) == [f"/compare?a=job:{job_id}" for job_id in reversed(pair)]


def test_with_one_side_its_kin_are_offered(
    client: FlaskClient, pair: tuple[str, str], repaired_id: str, hand: Hand, batch_id: str
) -> None:
    other_kind = finish(hand, batch_id, ("compose.yaml", "services: {}\n"))
    page = client.get(f"/compare?a=job:{repaired_id}").text
    offered = [link.partition("&b=")[2] for link in links(page) if "&b=" in link]
    assert offered[:4] == [
        f"job:{pair[0]}", f"job:{pair[1]}", f"round:{repaired_id}:0", f"round:{repaired_id}:1",
    ]  # fmt: skip
    assert f"job:{other_kind}" not in page


def test_the_file_in_place_of_which_a_job_writes_its_own_is_offered_once(
    client: FlaskClient, hand: Hand, project_id: str, batch_id: str
) -> None:
    a = finish(hand, batch_id, ("deploy/Dockerfile", NEW), ("new.txt", "x\n"))
    page = client.get(f"/compare?a=job:{a}").text
    offered = [link.partition("&b=file:")[2] for link in links(page) if "&b=file:" in link]
    assert offered.count(f"{project_id}:deploy/Dockerfile") == 1
    assert f"{project_id}:new.txt" not in offered


def test_files_that_a_model_was_sent_are_offered(
    client: FlaskClient, service: Service, hand: Hand, project_id: str
) -> None:
    jobs = (JobSpec(BRIEF, KindChoice("dockerfile"), ModelChoice.parse("blueprint")),)
    spec = BatchSpec(BRIEF, jobs, Mode.ASYNC, 1, project_id=project_id)
    job_id = finish(hand, async_to_sync(service.submit)(spec), ("Dockerfile", NEW))
    sent = client.get(f"/jobs/{job_id}/receipt").json
    page = client.get(f"/compare?a=job:{job_id}").text
    for file in sent["files"] if sent else ():
        assert f"&b=file:{project_id}:{file['path']}" in "".join(links(page))
    page = client.get(f"/compare?a=file:{project_id}:app.py").text
    assert f"/compare?a=file:{project_id}:app.py&b=job:{job_id}" in links(page)


@pytest.mark.parametrize(
    ("side", "status", "sentence"),
    [
        ("job:nothing", 404, "There is no job nothing."),
        ("round:{a}:7", 404, "Job 1 has no answer of round 7."),
        ("job:{waiting}", 404, "Job 3 is running: it has no files yet."),
        ("file:{project}:no/such", 404, "has no file no/such"),
        ("file:nothing:app.py", 404, "Project nothing has no file app.py, or is not there."),
        ("what", 422, "This cannot be compared: write job:ID, round:JOB:NUMBER"),
        ("job:", 422, "This cannot be compared"),
        ("round:{a}:-1", 422, "This cannot be compared"),
        ("file:{project}:a\0b", 422, "This cannot be compared"),
    ],
)
@pytest.mark.parametrize("key", ["a", "b"])
def test_a_side_that_cannot_be_read_is_told_at_its_field(
    client: FlaskClient, pair: tuple[str, str], batch_id: str, project_id: str, hand: Hand,
    key: str, side: str, status: int, sentence: str,
) -> None:  # fmt: skip
    waiting = hand.claim(batch_id)
    typed = side.format(a=pair[0], waiting=waiting.id, project=project_id)
    other = "b" if key == "a" else "a"
    answer = client.get("/compare", query_string={key: typed, other: f"job:{pair[1]}"})
    assert answer.status_code == status
    words = unescape(answer.text)
    assert sentence in words
    field = re.search(rf'<input id="side-{key}"[^>]*>', answer.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert f'value="job:{pair[1]}"' in words


def test_a_failed_job_without_files_is_told(client: FlaskClient, hand: Hand, batch_id: str) -> None:
    job = hand.claim(batch_id)
    hand.fail(job, JobStatus.FAILED, Reason.TIMEOUT, "no answer")
    answer = client.get(f"/compare?a=job:{job.id}")
    assert answer.status_code == 404
    assert "Job 1 is failed: it has no files." in answer.text


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("switches", ["", "&view=split&space=ignore", "&focus=a&form=normal"])
def test_hostile_files_are_text(
    client: FlaskClient, hand: Hand, batch_id: str, payload: str, switches: str
) -> None:
    a = finish(hand, batch_id, (f"a/{payload}", f"x\n{payload} 1 2 3\n{payload}\n"), ("b", payload))
    b = finish(hand, batch_id, (f"c/{payload}", f"x\n{payload} 1 2 4\n{payload}\n"), ("d", payload))
    page = client.get(f"/compare?a=job:{a}&b=job:{b}{switches}").text
    assert_harmless(page)
    read = Page(page)
    assert payload in read.words
    assert payload not in read.words_for_htmx


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_address_is_text(client: FlaskClient, payload: str) -> None:
    answer = client.get("/compare", query_string={"a": payload, "b": f"file:X:{payload}"})
    assert answer.status_code == 422
    assert_harmless(answer.text)
    assert payload.strip() in Page(answer.text).words


def test_the_largest_page_takes_not_long(client: FlaskClient, hand: Hand, batch_id: str) -> None:
    texts = ("".join(f"{word} {n}\n" for n in range(5000)) for word in ("old", "new"))
    a, b = (finish(hand, batch_id, ("a.txt", text)) for text in texts)
    client.get(f"/compare?a=job:{a}&b=job:{a}")  # templates are compiled once
    address = f"/compare?a=job:{a}&b=job:{b}"
    assert effort(lambda: client.get(address)) < 8  # 0.8 s on a small machine; it is at 3
    answer = client.get(address)
    assert answer.text.count('class="line added"') == 5000


def test_the_rounds_of_a_job_lead_to_their_comparison(
    client: FlaskClient, repaired_id: str
) -> None:
    page = client.get(f"/jobs/{repaired_id}?show=rounds").text
    assert links(page) == [f"/compare?a=round:{repaired_id}:0&b=round:{repaired_id}:1"]
    assert client.get(links(page)[0]).status_code == 200
