"""Jobs that start from the artifact of another, through a real runner."""

import json
from collections.abc import Sequence

import pytest
from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import Scene
from tests.processes import wait_until
from webapp.domain.batch import (
    BatchSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Reason,
    matrix,
)
from webapp.domain.errors import InvalidSpec
from webapp.store import reads

MODEL = ModelChoice("openai", "m")
GOOD = 'FROM debian:12.7\nUSER 10001\nCMD ["sleep", "9"]\n'
HARD = GOOD.replace("9", "8")


def submit(scene: Scene, kinds: Sequence[str], brief: str = "A shop.", **options: object) -> str:
    jobs = matrix(brief, [KindChoice.parse(kind) for kind in kinds], [MODEL])
    spec = BatchSpec(brief, jobs, Mode.ASYNC, 16, **options)  # type: ignore[arg-type]
    return async_to_sync(scene.service.submit)(spec)


def answer(content: str) -> str:
    ignored = {"path": ".dockerignore", "content": ".git\n"}
    return json.dumps({"files": [{"path": "Dockerfile", "content": content}, ignored], "notes": []})


def statuses(scene: Scene, batch_id: str) -> list[tuple[JobStatus, Reason | None]]:
    return [(row.status, row.reason) for row in scene.rows(batch_id)]


def test_a_step_starts_from_the_artifact_of_the_job_before_it(scene: Scene) -> None:
    scene.llm.will_reply(text=answer(GOOD))
    scene.llm.will_reply(text=answer(HARD))
    running = scene.runner()
    batch_id = submit(scene, ["dockerfile+harden", "dockerfile"])
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 2
    step = next(row for row in scene.rows(batch_id) if row.kind.step)
    detail = reads.job(scene.store, step.id)
    assert detail.base is not None
    assert detail.artifact is not None
    assert detail.base.files[0].content == GOOD
    assert detail.artifact.files[0].content == HARD
    assert GOOD in detail.prompt[-1].text
    running.process.terminate()
    running.wait()
    assert broken(scene.store) == []


def test_a_step_waits_and_is_not_called_for_before_its_job_has_delivered(scene: Scene) -> None:
    scene.llm.will_reply(fault="silent")
    scene.runner()
    batch_id = submit(scene, ["dockerfile", "dockerfile+harden"])
    scene.wait_for(batch_id, JobStatus.RUNNING)
    assert statuses(scene, batch_id)[1] == (JobStatus.QUEUED, Reason.DEPENDENCY)
    wait_until(lambda: scene.llm.counters()["calls"] == 1)
    scene.wait_for(batch_id, JobStatus.RUNNING)
    assert scene.llm.counters()["calls"] == 1


def test_a_step_is_parked_where_its_job_fails_and_goes_on_once_that_is_good(scene: Scene) -> None:
    scene.llm.will_reply(text="I am sorry.")
    scene.runner()
    batch_id = submit(scene, ["dockerfile", "dockerfile+harden"], repair_rounds=0)
    scene.finished(batch_id)
    assert statuses(scene, batch_id) == [
        (JobStatus.FAILED, Reason.INVALID),
        (JobStatus.PARKED, Reason.DEPENDENCY),
    ]
    step = scene.rows(batch_id)[1]
    assert step.detail == (
        "Job 1, which it starts from, has no good artifact: retry that one, and this goes on."
    )
    async_to_sync(scene.service.retry_job)(scene.rows(batch_id)[0].id)
    wait_until(lambda: scene.batch(batch_id).counts[JobStatus.SUCCEEDED] == 2)


def test_what_steps_have_made_is_cached(scene: Scene) -> None:
    scene.runner()
    scene.finished(submit(scene, ["dockerfile", "dockerfile+harden"]))
    wait_until(lambda: scene.service.cache.size().entries == 2)
    again = submit(scene, ["dockerfile", "dockerfile+harden"])
    assert scene.finished(again).cached == 2
    assert scene.llm.counters()["calls"] == 2


def test_a_step_that_failed_starts_from_what_is_there_when_it_is_retried(scene: Scene) -> None:
    scene.llm.will_reply(text=answer(GOOD))
    scene.llm.will_reply(text="I am sorry.")
    scene.runner()
    batch_id = submit(scene, ["dockerfile", "dockerfile+harden"], repair_rounds=0)
    scene.finished(batch_id)
    first, step = scene.rows(batch_id)
    scene.llm.will_reply(text=answer(HARD))
    async_to_sync(scene.service.retry_job)(first.id)
    scene.finished(batch_id)
    async_to_sync(scene.service.retry_job)(step.id)
    wait_until(lambda: scene.batch(batch_id).counts[JobStatus.SUCCEEDED] == 2)
    detail = reads.job(scene.store, step.id)
    assert detail.base is not None
    assert detail.base.files[0].content == HARD
    assert HARD in detail.prompt[-1].text


def test_a_kill_between_a_job_and_its_step_loses_neither(scene: Scene) -> None:
    crashing = scene.runner(OMNI_CRASH_AT="after_commit")
    batch_id = submit(scene, ["dockerfile", "dockerfile+harden", "dockerfile+observe"])
    crashing.wait()
    scene.runner()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 3
    assert broken(scene.store) == []


def test_a_step_without_anything_to_start_from_is_refused(scene: Scene) -> None:
    with pytest.raises(InvalidSpec, match="There is no dockerfile to start from"):
        submit(scene, ["dockerfile+harden"])
