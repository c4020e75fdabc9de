"""What brings a stage into a state, step by step; each gives the path of the page that shows it."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import cycle

from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import update

from tests.browser.stage import BRIEF, KINDS, Stage
from tests.web.hand import Hand
from tests.zips import packed
from webapp.cli.quality import Line, Measured
from webapp.domain.artifact import Artifact, ArtifactFile, Finding, Severity
from webapp.domain.batch import JobSpec, JobStatus, KindChoice, ModelChoice, Reason
from webapp.settings import ROOT
from webapp.store import reads
from webapp.store.models import runner as runner_table

NO_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
SHOP = ROOT / "tests" / "projects" / "flask-shop"
CHAIN = ("compose", "compose+cost")  # the second changes what the first has made
DOCKERFILE = """FROM python:3.13-slim
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
USER 10001
EXPOSE 8000
CMD ["gunicorn", "--bind", "0.0.0.0:8000", "wsgi:app"]
"""
ARTIFACT = Artifact(
    files=(
        ArtifactFile("Dockerfile", DOCKERFILE),
        ArtifactFile(".dockerignore", ".git\n.venv\n__pycache__\n"),
    ),
    notes=("The port is the one that wsgi.py names.",),
    findings=(
        Finding(
            "hadolint/DL3042", Severity.WARNING, "Dockerfile", 4,
            "Avoid the use of the cache directory with pip: use pip install --no-cache-dir.",
        ),
        Finding("blueprint/health", Severity.NOTE, "Dockerfile", 7, "No health check is known."),
        Finding("dockerfile/base", Severity.NOTE, "Dockerfile", None, "The base is a guess."),
    ),
    honoured={"port": True, "start command": True, "migrations": False},
    score=86,
)  # fmt: skip
WRONG = Artifact(
    (ArtifactFile("Dockerfile", "```\n" + DOCKERFILE), ARTIFACT.files[1]),
    (),
    (Finding("text/fence", Severity.ERROR, "Dockerfile", 1, "A fence was left in the file."),),
    score=12,
)


def page_of(batch_id: str) -> str:
    """The path of a batch."""
    return f"/batches/{batch_id}"


def in_an_hour() -> datetime:
    """A pause that outlasts the tests."""
    return datetime.now(UTC) + timedelta(hours=1)


def succeed(hand: Hand, batch_id: str, model: str = "blueprint") -> str:
    """Bring the next job of a model to a good end; gives its id."""
    job = hand.claim(batch_id, model)
    hand.answer(job, raw=DOCKERFILE, cost=4200 if model.startswith("gate") else 0)
    hand.end(job, artifact=ARTIFACT)
    return job.id


# --- where nothing is set up ---


def run_all(stage: Stage, batch_id: str) -> None:
    """Run what is not in the cache, for real."""
    while stage.ask(stage.service.run_here, batch_id):
        pass


def finished(stage: Stage) -> str:
    batch_id = stage.submit("blueprint", kinds=CHAIN)
    run_all(stage, batch_id)
    return page_of(batch_id)


def all_cached(stage: Stage) -> str:
    finished(stage)
    return finished(stage)


def set_times(stage: Stage, hand: Hand, **times: datetime) -> None:
    """Let a runner have been seen, or started, at another time."""
    with stage.service.store.write() as connection:
        mine = update(runner_table).where(runner_table.c.id == hand.id)
        connection.execute(mine.values(**times))


def no_runner(stage: Stage) -> str:
    gone = Hand(stage.service.store)
    set_times(stage, gone, seen_at=datetime.now(UTC) - timedelta(minutes=2))
    return page_of(stage.submit("blueprint", brief="A shop whose runner has gone."))


# --- batches while they run ---


def running(stage: Stage, brief: str = BRIEF) -> str:
    hand = stage.hand
    batch_id = stage.submit("gate:large", "openai:small", "blueprint", brief=brief)
    for _ in KINDS:
        succeed(hand, batch_id)
    succeed(hand, batch_id, "openai:small")
    hand.write(hand.claim(batch_id, "openai:small"), "FROM debian")
    hand.answer(hand.claim(batch_id, "openai:small"))
    wrong = hand.claim(batch_id, "gate:large")
    hand.answer(wrong, cost=4200)
    hand.repair(wrong, WRONG)
    hand.claim(batch_id, "gate:large")
    return page_of(batch_id)


def waiting(stage: Stage) -> str:
    hand = stage.hand
    models = ("gate:limited", "openai:busy", "openai:cooling")
    batch_id = stage.submit(*models, brief="A shop that waits for its providers.")
    hand.put_back(hand.claim(batch_id, "gate:limited"), in_an_hour())
    hand.beat("openai:busy", cap=2, in_flight=2)
    hand.beat("openai:cooling", until=in_an_hour(), why="asks for a pause")
    return page_of(batch_id)


def restarted(stage: Stage) -> str:
    batch_id = stage.submit("gate:large", "blueprint", brief="A shop that outlives its runner.")
    for _ in KINDS:
        succeed(stage.hand, batch_id)
    stage.hand.claim(batch_id, "gate:large")
    stage.hand.restart()
    # Kept to the second, and a browser is faster than that.
    set_times(stage, stage.hand, started_at=datetime.now(UTC) + timedelta(seconds=2))
    return page_of(batch_id)


def budget_hit(stage: Stage) -> str:
    batch_id = stage.submit("gate:dear", budget=90_000, brief="A shop on a budget.")
    job = stage.hand.claim(batch_id, "gate:dear")
    stage.hand.answer(job, cost=83_456)
    stage.hand.end(job, artifact=ARTIFACT)
    stage.hand.park_for_the_budget(batch_id, "gate:dear")
    return page_of(batch_id)


def connected(stage: Stage) -> str:
    # Another brief: one call serves two jobs with the same prompt.
    return running(stage, brief="A shop that is out of reach.")


def lose_the_connection(page: Page) -> None:
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_be_visible()


# --- batches that have come to an end ---

FAILURES = (
    (JobStatus.FAILED, Reason.TRUNCATED, "The answer was cut off at 8,000 tokens."),
    (JobStatus.FAILED, Reason.TIMEOUT, "No answer came within 120 s."),
    (JobStatus.FAILED, Reason.REFUSED, "The content filter refused the prompt."),
    (JobStatus.FAILED, Reason.REJECTED, "The model “large” does not exist or you have no access."),
    (JobStatus.PARKED, Reason.UNDECIDED, "The connection broke off: it may have been charged."),
)


def partial_failure(stage: Stage) -> str:
    hand = stage.hand
    models = ("gate:failing", "blueprint")
    batch_id = stage.submit(*models, samples=2, brief="A shop of which a part fails.")
    for status, reason, sentence in FAILURES:
        hand.fail(hand.claim(batch_id, "gate:failing"), status, reason, sentence)
    job = hand.claim(batch_id, "gate:failing")
    hand.answer(job, raw=DOCKERFILE, cost=4200)
    hand.end(job, JobStatus.FAILED, WRONG, Reason.INVALID, "1 error is left in its files.")
    for _ in range(2 * len(KINDS)):
        succeed(hand, batch_id)
    return page_of(batch_id)


def provider_offline(stage: Stage) -> str:
    batch_id = stage.submit("down:large", "blueprint", brief="A shop whose provider is down.")
    for _ in KINDS:
        succeed(stage.hand, batch_id)
    sentence = "connection refused by 127.0.0.1:9. In its own words: [Errno 111] Connection refused"
    stage.hand.park("down", Reason.PROVIDER, sentence)
    return page_of(batch_id)


def key_refused(stage: Stage) -> str:
    batch_id = stage.submit("openai:keyless", "blueprint", brief="A shop without a key.")
    stage.hand.park("openai", Reason.KEY, "The key is refused: set OPENAI_API_KEY to a valid key.")
    return page_of(batch_id)


def cancelled(stage: Stage) -> str:
    batch_id = stage.submit("gate:large", brief="A shop that nobody wants any more.")
    stage.ask(stage.service.cancel, batch_id)
    return page_of(batch_id)


def ten_thousand(stage: Stage, brief: str = "Shop") -> str:
    kinds, models = map(cycle, (KINDS, ("gate:many", "openai:many", "openai:more")))
    jobs = [
        JobSpec(
            f"{brief} {number}.", KindChoice(next(kinds)), ModelChoice.parse(next(models)),
            name=f"shop-{number}",
        )
        for number in range(1, 10_001)
    ]  # fmt: skip
    batch_id = stage.submit_jobs(jobs, brief="Ten thousand shops.")
    for _ in range(20):
        succeed(stage.hand, batch_id, "gate:many")
    stage.hand.claim(batch_id, "gate:many")
    return page_of(batch_id)


# --- jobs ---


def job_growing(stage: Stage) -> str:
    job = stage.hand.claim(stage.submit("openai:growing"), "openai:growing")
    stage.hand.write(job, DOCKERFILE[:60])
    return f"/jobs/{job.id}"


def job_output(stage: Stage) -> str:
    batch_id = stage.submit("gate:output", brief="A shop with a finished job.")
    return f"/jobs/{succeed(stage.hand, batch_id, 'gate:output')}"


def job_prompt(stage: Stage) -> str:
    project = stage.ask(stage.service.add_project_folder, SHOP)
    batch_id = stage.submit("gate:prompt", project_id=project.id)
    return f"/jobs/{succeed(stage.hand, batch_id, 'gate:prompt')}?show=prompt"


def job_attempts(stage: Stage) -> str:
    hand, batch_id = stage.hand, stage.submit("gate:tried", kinds=("dockerfile",))
    hand.put_back(hand.claim(batch_id, "gate:tried"), datetime.now(UTC))
    return f"/jobs/{succeed(hand, batch_id, 'gate:tried')}?show=attempts"


def job_rounds(stage: Stage) -> str:
    hand, batch_id = stage.hand, stage.submit("gate:repaired", kinds=("dockerfile",))
    first = hand.claim(batch_id, "gate:repaired")
    hand.answer(first)
    hand.repair(first, WRONG)
    again = hand.claim(batch_id, "gate:repaired")
    hand.answer(again)
    hand.end(again, artifact=ARTIFACT, reason=Reason.REPAIRED, is_round=True)
    return f"/jobs/{again.id}?show=rounds"


def job_changes(stage: Stage) -> str:
    batch_id = stage.submit("blueprint", kinds=CHAIN)
    run_all(stage, batch_id)
    (job,) = reads.rows(stage.service.store, batch_id, 2, 2)
    return f"/jobs/{job.id}?show=changes"


def job_failed(stage: Stage) -> str:
    job = stage.hand.claim(stage.submit("gate:cut"), "gate:cut")
    stage.hand.fail(job, *FAILURES[0])
    return f"/jobs/{job.id}"


# --- other pages ---


def providers(stage: Stage) -> str:
    stage.hand.beat("gate:large", 4, 1, 1.5, in_an_hour(), "asks for a pause")
    stage.hand.beat("gate:small", in_flight=2)
    for name in ("gate", "openai", "down"):
        stage.ask(stage.service.probe, name)
    return "/providers"


def quality(stage: Stage) -> str:
    line = Line("openai:gpt-5-mini", 48, 48, 45, 6, 8, 3, 20, 190, 200, 1, 87.5, 90_000, 41_000, 0.12, 341.5)  # noqa: E501  # fmt: skip
    told = Measured(8, ("dockerfile", "compose"), (line,), ("flask-shop names no health check.",))
    path = stage.service.settings.data_dir / "quality.json"
    path.write_text(json.dumps(asdict(told)))
    return "/quality"


def start_with_faults(page: Page) -> None:
    page.fill("#temperature", "hot")
    page.uncheck("input[value=blueprint]")
    page.click("#start")
    expect(page.locator("#temperature-fault")).to_be_visible()


def find_recalculate(page: Page) -> None:
    # Locators do not look into a noscript.
    assert page.evaluate("document.querySelector('noscript button')?.checkVisibility()")


def choose_a_project(page: Page) -> None:
    files = {str(path.relative_to(SHOP.parent)): path.read_bytes() for path in SHOP.rglob("*.*")}
    content = packed(files).getvalue()
    file = FilePayload(name="flask-shop.zip", mimeType="application/zip", buffer=content)
    page.set_input_files("#project-zip", file)
    expect(page.locator("#project")).to_contain_text("wsgi.py")


def open_the_keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
