"""Ways to look at a batch and its candidates; each gives the path of a page, as in scenes.py."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from tests.browser.scenes import (
    ARTIFACT,
    DOCKERFILE,
    FAILURES,
    WRONG,
    in_an_hour,
    page_of,
    succeed,
    ten_thousand,
)
from tests.browser.stage import KINDS, Stage
from tests.web.hand import Hand
from tests.zips import packed
from webapp.domain.artifact import Artifact, ArtifactFile
from webapp.domain.batch import Reason
from webapp.domain.listing import Selection
from webapp.store import reads
from webapp.store.models import job as job_table

MODELS = ("gate:large", "openai:small", "blueprint")
FILLED = ("dockerfile", "compose", "kubernetes@gke", "prometheus-rules")
STAGED = """FROM python:3.13-slim AS build
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --target=/packages -r requirements.txt

FROM python:3.13-slim
WORKDIR /app
COPY --from=build /packages /packages
COPY . .
ENV PYTHONPATH=/packages
USER 10001
EXPOSE 8000
HEALTHCHECK CMD ["python", "-m", "shop.health"]
CMD ["python", "-m", "gunicorn", "--bind", "0.0.0.0:8000", "wsgi:app"]
"""
BEST = replace(
    ARTIFACT, files=(ArtifactFile("Dockerfile", STAGED), ARTIFACT.files[1]), findings=(), score=98
)


def deliver(
    hand: Hand, batch_id: str, model: str, artifact: Artifact, *, cost: int, rounds: int = 0
) -> str:
    """Bring the next job of a model to an artifact, perhaps in the second answer; gives its id."""
    job = hand.claim(batch_id, model)
    hand.answer(job, raw=artifact.files[0].content, cost=cost)
    if rounds:
        hand.repair(job, WRONG)
        job = hand.claim(batch_id, model)
        hand.answer(job, raw=artifact.files[0].content, cost=cost)
    reason = Reason.REPAIRED if rounds else None
    hand.end(job, artifact=artifact, reason=reason, is_round=bool(rounds))
    return job.id


def choose(stage: Stage, batch_id: str, job_id: str) -> None:
    """Take this candidate before what the checks would take."""
    seq = reads.job(stage.service.store, job_id).job.seq
    stage.ask(stage.service.choose, batch_id, Selection(frozenset({seq})))


def mixed(stage: Stage, brief: str) -> tuple[str, list[str]]:
    """A batch of four kinds by three models in all sorts of states, and its first candidates."""
    hand = stage.hand
    batch_id = stage.submit(*MODELS, kinds=FILLED, brief=brief)
    template = [succeed(hand, batch_id) for _ in FILLED]
    best = deliver(hand, batch_id, "gate:large", BEST, cost=6100)
    deliver(hand, batch_id, "gate:large", replace(ARTIFACT, score=88), cost=9400, rounds=1)
    hand.fail(hand.claim(batch_id, "gate:large"), *FAILURES[0])
    deliver(hand, batch_id, "gate:large", replace(BEST, score=91), cost=5200)
    small = succeed(hand, batch_id, "openai:small")
    choose(stage, batch_id, deliver(hand, batch_id, "openai:small", ARTIFACT, cost=0))
    hand.claim(batch_id, "openai:small")
    hand.put_back(hand.claim(batch_id, "openai:small"), in_an_hour())
    return batch_id, [best, small, template[0]]


def matrix(stage: Stage) -> str:
    return f"{page_of(mixed(stage, 'A shop by three models.')[0])}?view=matrix"


def counted(stage: Stage) -> str:
    return f"{ten_thousand(stage, 'Counted shop')}?view=matrix"


def filtered(stage: Stage) -> str:
    batch_id, _ = mixed(stage, "A shop of which a part is looked at.")
    return f"{page_of(batch_id)}?status=succeeded,failed&model=gate:large&sort=-cost"


def unmatched(stage: Stage) -> str:
    batch_id, _ = mixed(stage, "A shop in which nothing is found.")
    return f"{page_of(batch_id)}?status=cancelled&kind=compose&text=nowhere"


def dense(stage: Stage) -> str:
    return f"{page_of(mixed(stage, 'A shop in close rows.')[0])}?density=dense"


# --- candidates, and what differs between two ---


def candidates(stage: Stage) -> str:
    return f"{page_of(mixed(stage, 'A shop to choose for.')[0])}/candidates/1"


def focused(stage: Stage) -> str:
    return f"{page_of(mixed(stage, 'A shop with one answer to read.')[0])}/candidates/1?focus=1"


def compared(stage: Stage) -> str:
    _, (best, small, _) = mixed(stage, "A shop to compare.")
    return f"/compare?a=job:{small}&b=job:{best}"


def uncompared(stage: Stage) -> str:
    mixed(stage, "A shop with nothing to compare yet.")
    return "/compare"


# --- what changes after the end ---


def aged(stage: Stage, name: str) -> tuple[str, str]:
    """A batch whose project has been uploaded again since, and one of its jobs."""

    def upload(port: int) -> str:
        app = f"from flask import Flask\n\napp = Flask(__name__)\napp.run(port={port})\n"
        stream = packed({"app.py": app, "requirements.txt": "flask==3.1.0\n"})
        return stage.ask(stage.service.add_project, stream, f"{name}.zip").id

    batch_id = stage.submit("gate:large", project_id=upload(8000), brief=f"The {name} of old.")
    jobs = [succeed(stage.hand, batch_id, "gate:large") for _ in KINDS]
    upload(9000)
    return batch_id, jobs[0]


def stale(stage: Stage) -> str:
    return page_of(aged(stage, "shop")[0])


def job_stale(stage: Stage) -> str:
    return f"/jobs/{aged(stage, 'market')[1]}"


# --- how long it will take ---


def estimating(stage: Stage) -> str:
    batch_id = stage.submit("gate:large", samples=2, brief="A shop that has just begun.")
    succeed(stage.hand, batch_id, "gate:large")
    stage.hand.claim(batch_id, "gate:large")
    return page_of(batch_id)


def eta(stage: Stage) -> str:
    batch_id = stage.submit("gate:large", samples=6, brief="A shop that is well under way.")
    for seconds_ago in (80, 66, 51, 40, 27, 12):
        job_id = succeed(stage.hand, batch_id, "gate:large")
        ended_at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
        with stage.service.store.write() as connection:
            mine = update(job_table).where(job_table.c.id == job_id)
            connection.execute(mine.values(finished_at=ended_at))
    stage.hand.claim(batch_id, "gate:large")
    return page_of(batch_id)


def job_raw(stage: Stage) -> str:
    batch_id = stage.submit("gate:large", brief="A shop as it came over the wire.")
    answer = f"Here it is.\n---FILE: Dockerfile---\n{DOCKERFILE}"
    job = stage.hand.claim(batch_id, "gate:large")
    stage.hand.answer(job, raw=answer, cost=4200)
    stage.hand.end(job, artifact=ARTIFACT)
    return f"/jobs/{job.id}?show=raw"
