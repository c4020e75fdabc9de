"""What models, providers and files say is text: it never becomes markup, header or address."""

from html import unescape
from html.parser import HTMLParser

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient

from tests.web.hand import Hand
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
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

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</textarea></pre></code><script>alert(1)</script>",
    "</title><base href=//evil.test>",
    '<meta http-equiv="refresh" content="0;url=//evil.test">',
    '<div hx-get="/healthz" hx-trigger="load">x</div>',
    '<hx-partial hx-target="#summary"><b>x</b></hx-partial>',
    '<tr id="job-1" hx-swap-oob="true"><td>x</td></tr>',
    '<form id="new-batch" action="//evil.test"><input name=nonce></form>',
    "<a href='javascript:alert(1)'>x</a>",
    "{{ 7 * 7 }}{% include 'base.html' %}",
    "]]><!--<x>",
    "\u202egnp.exe\u2066<b>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
]
OWN_ADDRESSES = ("/", "#", "?")
TABS = ("output", "prompt", "attempts", "raw")


VOID = {"meta", "link", "input", "br", "use", "rect", "path"}


class Page(HTMLParser):
    """The tags of a page, their attributes, its text, and that outside of every `hx-ignore`."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.words_for_htmx = ""
        self._ignored: list[bool] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._ignored.append("hx-ignore" in dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._ignored.pop()

    def handle_data(self, data: str) -> None:
        self.words += data
        if not any(self._ignored):
            self.words_for_htmx += data


def assert_harmless(text: str) -> None:
    """Nothing in a page runs, loads or leads anywhere but where our templates put it."""
    for tag, attributes in Page(text).tags:
        assert tag not in ("base", "img", "math", "iframe", "style", "b-"), tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            assert name != "style"
            if name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
                assert value is not None
                assert value.startswith(OWN_ADDRESSES), value
                assert not value.startswith("//"), value
            if name == "hx-get":
                assert str(value).endswith("/delta")
            if name == "http-equiv":
                assert attributes["content"] == "5"
        if tag == "script":
            assert str(attributes["src"]).startswith("/static/")


@pytest.fixture(params=PAYLOADS)
def payload(request: pytest.FixtureRequest) -> str:
    """A text that tries to be more than text."""
    return str(request.param)


def test_a_hostile_brief_is_text(client: FlaskClient, service: Service, payload: str) -> None:
    jobs = (JobSpec(payload, KindChoice("dockerfile"), ModelChoice.parse("blueprint")),)
    batch_id = async_to_sync(service.submit)(BatchSpec(payload, jobs, Mode.ASYNC, 1))
    for path in ("/batches", f"/batches/{batch_id}"):
        page = client.get(path).text
        assert_harmless(page)
        assert payload.strip() in Page(page).words + unescape(page)


def test_a_hostile_answer_is_text(
    client: FlaskClient, htmx: FlaskClient, batch_id: str, hand: Hand, payload: str
) -> None:
    job = hand.claim(batch_id)
    hand.write(job, payload)
    so_far = client.get(f"/jobs/{job.id}").text
    assert_harmless(so_far)
    assert payload in Page(so_far).words
    assert payload not in Page(so_far).words_for_htmx
    growing = client.get(f"/jobs/{job.id}/text?offset=0")
    assert (growing.mimetype, growing.text) == ("text/plain", payload)
    hand.answer(job, raw=payload)
    artifact = Artifact(
        files=(ArtifactFile(f"a/{payload}", f"{payload}\n# {payload}\n"),),
        notes=(payload,),
        findings=(
            Finding(payload, Severity.ERROR, f"a/{payload}", 2, payload),
            Finding(payload, Severity.NOTE, payload, None, payload),
        ),
    )
    hand.end(job, JobStatus.FAILED, artifact, Reason.INVALID, payload)
    pages = [f"/jobs/{job.id}?show={tab}" for tab in TABS]
    for path in [f"/batches/{batch_id}", *pages]:
        assert_harmless(client.get(path).text)
    assert payload in Page(client.get(pages[0]).text).words
    assert payload in Page(client.get(pages[-1]).text).words
    raw = client.get(f"/jobs/{job.id}/attempts/1/raw")
    assert (raw.mimetype, raw.text) == ("text/plain", payload)
    assert raw.headers["Content-Disposition"].startswith("attachment; filename=answer-")
    (policy,) = raw.headers.getlist("Content-Security-Policy")
    assert policy.endswith("; sandbox")
    delta = htmx.get(f"/batches/{batch_id}/delta?seq=1-100&since=0").text
    assert_harmless(delta.replace("hx-partial", "template"))
    assert delta.count("<hx-partial") == 3


def test_words_of_a_provider_are_text(
    client: FlaskClient, batch_id: str, hand: Hand, payload: str
) -> None:
    job = hand.claim(batch_id)
    hand.fail(job, JobStatus.PARKED, Reason.KEY, payload)
    for path in (f"/batches/{batch_id}", f"/jobs/{job.id}", f"/jobs/{job.id}?show=attempts"):
        page = client.get(path).text
        assert_harmless(page)
        assert payload in Page(page).words


def test_rounds_of_hostile_answers_are_text(
    client: FlaskClient, batch_id: str, hand: Hand, payload: str
) -> None:
    finding = Finding(payload, Severity.ERROR, f"a/{payload}", 1, payload)
    first = hand.claim(batch_id)
    hand.answer(first, raw=payload)
    hand.repair(first, Artifact((ArtifactFile(f"a/{payload}", payload),), (), (finding,)))
    again = hand.claim(batch_id)
    hand.answer(again, raw=payload)
    hand.end(again, artifact=Artifact((ArtifactFile("b", payload),), (), ()), is_round=True)
    for tab in (*TABS, "rounds"):
        page = client.get(f"/jobs/{again.id}?show={tab}").text
        assert_harmless(page)
    assert payload in Page(page).words
    assert payload not in Page(page).words_for_htmx


@pytest.mark.parametrize("tab", TABS)
def test_htmx_is_off_where_a_model_speaks(
    client: FlaskClient, batch_id: str, hand: Hand, tab: str
) -> None:
    job = hand.claim(batch_id)
    hand.answer(job, raw="MODEL")
    file = ArtifactFile("MODEL", "MODEL\n")
    findings = (
        Finding("MODEL", Severity.WARNING, "MODEL", 1, "MODEL"),
        Finding("MODEL", Severity.NOTE, "MODEL", None, "MODEL"),
    )
    artifact = Artifact((file,), ("MODEL",), findings)
    hand.end(job, JobStatus.FAILED, artifact, Reason.INVALID, "MODEL")
    page = Page(client.get(f"/jobs/{job.id}?show={tab}").text)
    assert "MODEL" in page.words
    assert "MODEL" not in page.words_for_htmx
    batch = Page(client.get(f"/batches/{batch_id}").text)
    assert "MODEL" in batch.words
    assert "MODEL" not in batch.words_for_htmx


@pytest.mark.parametrize(
    "name", ["page.html", "x.svg", 'a"b;c.txt', "ü\u202e.yaml", "n" * 190, "a b.txt", "con.js"]
)
def test_a_file_is_only_ever_saved(
    client: FlaskClient, batch_id: str, hand: Hand, store: Store, name: str
) -> None:
    job = hand.claim(batch_id)
    hand.answer(job)
    hand.end(job, artifact=Artifact((ArtifactFile(f"k8s/{name}", "<script>"),), (), ()))
    assert reads.file(store, job.id, f"k8s/{name}").content == "<script>"
    answer = client.get(f"/jobs/{job.id}/files/k8s/{name}")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "<script>", "text/plain")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename")
    assert "\n" not in disposition
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert policy.endswith("; sandbox")


def test_a_title_cannot_steer_the_name_of_the_zip(client: FlaskClient, service: Service) -> None:
    brief = '../"x"\r\nSet-Cookie: a=b; ünï'
    jobs = (JobSpec(brief, KindChoice("dockerfile"), ModelChoice.parse("blueprint")),)
    batch_id = async_to_sync(service.submit)(BatchSpec(brief, jobs, Mode.ASYNC, 1))
    disposition = client.get(f"/batches/{batch_id}/zip").headers["Content-Disposition"]
    assert disposition == f'attachment; filename="x-{batch_id[-6:].lower()}.zip"'
