"""Whatever happens to a batch, a page with all its deltas is the page as it would be made anew."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as asked
from hypothesis import strategies as st

from tests.rows import all_rows
from tests.web.gate import KINDS, gate_settings
from tests.web.hand import Hand
from webapp import create_app
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import (
    BatchSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Reason,
    matrix,
)
from webapp.domain.listing import Selection
from webapp.domain.views import JobView
from webapp.fake_provider import FakeProvider
from webapp.service import Service
from webapp.store import renewing
from webapp.store.operations import ClaimedJob

MODELS = ("blueprint", "gate:m")
NUMBERS = itertools.count()
CLOCK = re.compile(r"(<time data-start=[^>]*>)[^<]*")
ETA = re.compile(r'<li id="eta">.*?</li>')
PARTIAL = re.compile(r'<hx-partial hx-target="#([\w-]+)"[^>]*>\s*(.*?)\s*</hx-partial>', re.DOTALL)
ELEMENT = re.compile(
    r'<(tr|tfoot) id="((?:job|artifact)-\d+|sums)".*?</\1>|<(section) id="(summary)".*?</section>',
    re.DOTALL,
)
CURSOR = re.compile(r'id="cursor" name="since" value="([^"]+)"')


def plain(html: str) -> str:
    """Without what goes on by itself, and what only says how a part is swapped in."""
    html = ETA.sub("", CLOCK.sub(r"\1", html)).replace(' hx-swap-oob="outerMorph"', "")
    return re.sub(r"\s+", " ", html)


def parts(html: str) -> dict[str, str]:
    """The rows and the summary of a page, by id."""
    return {m[2] or m[4]: plain(m[0]) for m in ELEMENT.finditer(html)}


@dataclass
class Watched:
    """A page in a browser: it asks for changes and puts them in."""

    client: FlaskClient
    batch_id: str
    query: str
    shown: dict[str, str] = field(init=False)
    cursor: str = field(init=False)

    def __post_init__(self) -> None:
        page = self.fresh()
        self.shown, self.cursor = parts(page), CURSOR.findall(page)[0]

    def fresh(self) -> str:
        """The page as it is made now."""
        return self.client.get(f"/batches/{self.batch_id}?{self.query}").text

    def ask(self) -> None:
        """Poll until there is nothing new, and put everything in its place."""
        for _ in range(20):
            asked_for = {"since": self.cursor, "seq": "1-100", "here": self.query}
            answer = self.client.get(f"/batches/{self.batch_id}/delta", query_string=asked_for)
            if answer.status_code == 204:
                return
            for target, html in PARTIAL.findall(answer.text):
                assert target in self.shown, target
                self.shown[target] = plain(html)
            self.shown["summary"] = parts(answer.text)["summary"]
            before, self.cursor = self.cursor, CURSOR.findall(answer.text)[0]
            if 'id="poll" hx-swap-oob="delete"' in answer.text and before == self.cursor:
                return
        raise AssertionError("it never came to rest")


def asked_for() -> BatchSpec:
    """Six jobs with prompts of their own: equal ones of other stories would serve them."""
    brief = f"A shop, number {next(NUMBERS)}."
    kinds, models = map(KindChoice, KINDS), map(ModelChoice.parse, MODELS)
    jobs = matrix(brief, list(kinds), list(models))
    return BatchSpec(brief=brief, jobs=jobs, mode=Mode.ASYNC, concurrency=3)


class Story:
    """A batch to which something happens."""

    def __init__(self, service: Service) -> None:
        self.service, self.store = service, service.store
        self.hand = Hand(self.store)
        self.batch_id = async_to_sync(service.submit)(asked_for())
        self.running: list[ClaimedJob] = []
        self.answered: list[ClaimedJob] = []
        for number in range(3):  # some results are there, among them two for the same artifact
            for step in (self.claim, self.answer, self.end):
                step(number)

    def job(self, number: int) -> JobView:
        """One of its six jobs."""
        return all_rows(self.store, self.batch_id)[number % 6]

    def claim(self, number: int) -> None:
        """A runner takes the next job of a model."""
        model = MODELS[number % 2]
        queued = [
            row
            for row in all_rows(self.store, self.batch_id)
            if row.status is JobStatus.QUEUED and str(row.model) == model and not row.not_before
        ]
        if queued:
            self.running.append(self.hand.claim(self.batch_id, model))

    def answer(self, _: int) -> None:
        """A model has answered."""
        while self.running:
            job = self.running.pop()
            if self.is_open(job):
                self.hand.answer(job, cost=1234)
                self.answered.append(job)
                return

    def end(self, number: int) -> None:
        """A check is through, with as many warnings."""
        found = tuple(
            Finding("rule/x", Severity.WARNING, "Dockerfile", 1, f"Warning {n}.")
            for n in range(number % 3)
        )
        artifact = Artifact((ArtifactFile("Dockerfile", "FROM a\n"),), (), found, score=90)
        while self.answered:
            job = self.answered.pop()
            if self.is_open(job):
                status = JobStatus.FAILED if number % 5 == 4 else JobStatus.SUCCEEDED
                reason = Reason.INVALID if status is JobStatus.FAILED else None
                return self.hand.end(job, status, artifact, reason)
        return None

    def fail(self, _: int) -> None:
        """A call has failed for good."""
        while self.running:
            job = self.running.pop()
            if self.is_open(job):
                return self.hand.fail(job, JobStatus.FAILED, Reason.TIMEOUT, "It took <too> long.")
        return None

    def put_back(self, _: int) -> None:
        """A provider asks to come back later."""
        while self.running:
            job = self.running.pop()
            if self.is_open(job):
                return self.hand.put_back(job, datetime.now(UTC) + timedelta(hours=1))
        return None

    def is_open(self, job: ClaimedJob) -> bool:
        """Whether a claim still holds."""
        row = next(each for each in all_rows(self.store, self.batch_id) if each.id == job.id)
        return row.status in (JobStatus.RUNNING, JobStatus.CHECKING)

    def cancel(self, number: int) -> None:
        """Somebody cancels a job."""
        async_to_sync(self.service.cancel_job)(self.job(number).id)

    def retry(self, number: int) -> None:
        """Somebody retries a job."""
        async_to_sync(self.service.retry_job)(self.job(number).id)

    def park(self, _: int) -> None:
        """A key is refused."""
        self.hand.park("gate", Reason.KEY, "The key is refused.")

    def choose(self, number: int) -> None:
        """Somebody chooses a candidate."""
        picked = Selection(frozenset({number % 6 + 1}))
        async_to_sync(self.service.choose)(self.batch_id, picked)

    def unchoose(self, number: int) -> None:
        """Somebody leaves it to the checks."""
        picked = Selection(frozenset({number % 6 + 1}))
        async_to_sync(self.service.unchoose)(self.batch_id, picked)

    def age(self, number: int) -> None:
        """A file has changed."""
        renewing.mark(self.store, self.batch_id, [self.job(number).id], [], "templates")

    def cool(self, number: int) -> None:
        """A model asks for a pause, or the pause is over."""
        until = datetime.now(UTC) + timedelta(hours=1) if number % 2 else None
        self.hand.beat("gate:m", until=until, why="asks for a pause")


STEPS: tuple[Callable[[Story, int], None], ...] = (
    Story.claim, Story.claim, Story.answer, Story.end, Story.choose, Story.fail,
    Story.put_back, Story.cancel, Story.retry, Story.park, Story.choose, Story.unchoose,
    Story.age, Story.cool,
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A browser on a product that stays for all stories."""
    with FakeProvider() as llm:
        app = create_app(gate_settings(tmp_path_factory.mktemp("story"), llm))
        yield app.test_client()
        app.extensions["store"].close()


@pytest.mark.parametrize("query", ["", "view=matrix"])
@asked(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(happens=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 29)), max_size=16))
def test_page_and_deltas_are_the_page_made_anew(
    browser: FlaskClient, query: str, happens: list[tuple[Callable[[Story, int], None], int]]
) -> None:
    story = Story(browser.application.extensions["service"])
    page = Watched(browser, story.batch_id, query)
    for step, number in happens:
        step(story, number)
        if number % 3 == 0:
            page.ask()
    page.ask()
    story.hand.beat("gate:other")  # so that a runner lives while the page is made anew
    assert page.shown == parts(page.fresh())


def test_the_parts_of_a_page_are_found(browser: FlaskClient, tmp_path: Path) -> None:
    story = Story(browser.application.extensions["service"])
    table = Watched(browser, story.batch_id, "")
    assert set(table.shown) == {"summary", *(f"job-{number}" for number in range(1, 7))}
    matrix = Watched(browser, story.batch_id, "view=matrix")
    assert set(matrix.shown) == {"summary", "sums", "artifact-1", "artifact-3", "artifact-5"}
