"""Artifacts of one batch that disagree, through a real runner."""

import json

from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import Scene
from tests.processes import wait_until
from webapp.domain.artifact import Severity
from webapp.domain.batch import BatchSpec, KindChoice, Mode, ModelChoice, matrix
from webapp.domain.views import JobView
from webapp.store import reads

MODEL = ModelChoice("openai", "m")
DOCKERFILE = 'FROM debian:12.7\nUSER 10001\nEXPOSE {port}\nCMD ["sleep", "9"]\n'
COMPOSE = """\
services:
  app:
    build: .
    user: "10001"
    restart: unless-stopped
    ports:
      - "127.0.0.1:8000:8000"
"""


def answer(**files: str) -> str:
    listed = [{"path": path, "content": content} for path, content in files.items()]
    return json.dumps({"files": listed, "notes": []})


def submit(scene: Scene, port: int) -> str:
    scene.llm.will_reply(
        text=answer(**{"Dockerfile": DOCKERFILE.format(port=port), ".dockerignore": ".git\n"})
    )
    scene.llm.will_reply(text=answer(**{"compose.yaml": COMPOSE}))
    jobs = matrix("A shop.", [KindChoice("dockerfile"), KindChoice("compose")], [MODEL])
    return async_to_sync(scene.service.submit)(BatchSpec("A shop.", jobs, Mode.SYNC, 1, fresh=True))


def settled(scene: Scene, batch_id: str) -> list[JobView]:
    wait_until(lambda: scene.batch(batch_id).is_settled)
    return scene.rows(batch_id)


def test_a_disagreement_is_a_warning_at_both_jobs_and_costs_points(scene: Scene) -> None:
    running = scene.runner()
    agreeing = settled(scene, submit(scene, 8000))
    differing = settled(scene, submit(scene, 3000))
    for before, after in zip(agreeing, differing, strict=True):
        assert after.findings[Severity.WARNING] == before.findings[Severity.WARNING] + 1
        assert (before.score or 0) - (after.score or 0) == 8
    told = reads.job(scene.store, differing[0].id).artifact
    assert told is not None
    assert told.findings[-1].message == (
        "Dockerfile:3 exposes 3000, and compose.yaml:7 publishes 8000."
    )
    running.process.terminate()
    running.wait()
    assert broken(scene.store) == []


def test_a_batch_is_compared_anew_once_a_job_has_been_retried(scene: Scene) -> None:
    scene.runner()
    batch_id = submit(scene, 3000)
    first = settled(scene, batch_id)[0]
    scene.llm.will_reply(
        text=answer(**{"Dockerfile": DOCKERFILE.format(port=8000), ".dockerignore": ".git\n"})
    )
    async_to_sync(scene.service.retry_job)(first.id)
    rows = settled(scene, batch_id)
    assert all(row.score is not None for row in rows)
    for row in rows:
        artifact = reads.job(scene.store, row.id).artifact
        assert artifact is not None
        assert not [each for each in artifact.findings if each.rule.startswith("consistency/")]


def test_what_a_killed_runner_left_uncompared_is_compared_by_the_next(scene: Scene) -> None:
    crashing = scene.runner(OMNI_CRASH_AT="after_commit")
    batch_id = submit(scene, 3000)
    crashing.wait()
    scene.runner()
    assert all(row.findings[Severity.WARNING] for row in settled(scene, batch_id))
