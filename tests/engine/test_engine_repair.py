"""Errors that go back to the model, through a real runner."""

import json

import pytest

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.artifact import Severity
from webapp.domain.batch import JobStatus, ModelChoice, Reason
from webapp.store import reads, rounds

RULES = "prometheus-rules"
GOOD = "groups:\n  - name: app\n    rules:\n      - alert: Down\n        expr: up == 0\n"


def answer(*contents: str) -> str:
    files = [{"path": f"rules/{n}.yml", "content": text} for n, text in enumerate(contents)]
    return json.dumps({"files": files, "notes": []})


def ended(scene: Scene, batch_id: str) -> tuple[JobStatus, Reason | None]:
    scene.finished(batch_id)
    (row,) = scene.rows(batch_id)
    return row.status, row.reason


def calls(scene: Scene) -> int:
    return int(scene.llm.counters()["calls"])


def test_an_answer_with_errors_is_repaired_by_its_model(pair: Scene) -> None:
    running = pair.runner()
    batch_id = pair.submit(numbered(4, "[[fake: faulty]]"), RULES, fresh=True)
    batch = pair.finished(batch_id)
    assert batch.counts[JobStatus.SUCCEEDED] == 4
    assert {(row.reason, row.round) for row in pair.rows(batch_id)} == {(Reason.REPAIRED, 1)}
    assert calls(pair) == 8
    first, repaired = rounds.views(pair.store, pair.rows(batch_id)[0].id)
    assert first.artifact.has_error
    assert not repaired.artifact.has_error
    assert repaired.base == first.artifact
    assert repaired.sent is not None
    assert "A Markdown fence was left in the file. [text/fence]" in repaired.sent
    running.process.terminate()
    running.wait()
    assert broken(pair.store) == []


def test_tokens_cost_and_time_of_a_repaired_job_are_those_of_all_its_calls(pair: Scene) -> None:
    pair.runner()
    batch_id = pair.submit(["A shop. [[fake: faulty]]"], RULES)
    pair.finished(batch_id)
    (row,) = pair.rows(batch_id)
    attempts = reads.job(pair.store, row.id).attempts
    assert [each.round for each in attempts] == [0, 1]
    assert row.input_tokens == sum(each.input_tokens or 0 for each in attempts)
    assert row.output_tokens == sum(each.output_tokens or 0 for each in attempts)
    assert row.cost_microusd == sum(each.cost_microusd or 0 for each in attempts) > 0
    assert row.started_at is not None
    assert row.started_at <= attempts[0].started_at


def test_errors_that_are_left_after_all_rounds_fail_the_job(scene: Scene) -> None:
    scene.runner()
    batch_id = scene.submit(["A shop. [[fake: faulty rounds=9]]"], RULES, repair_rounds=2)
    assert ended(scene, batch_id) == (JobStatus.FAILED, Reason.INVALID)
    assert calls(scene) == 3
    (row,) = scene.rows(batch_id)
    assert row.findings[Severity.ERROR] == 1
    assert reads.job(scene.store, row.id).artifact is not None


def test_without_rounds_nothing_goes_back(scene: Scene) -> None:
    scene.runner()
    batch_id = scene.submit(["A shop. [[fake: faulty]]"], RULES, repair_rounds=0)
    assert ended(scene, batch_id) == (JobStatus.FAILED, Reason.INVALID)
    assert calls(scene) == 1


@pytest.mark.parametrize(
    "worse", [answer(GOOD + "```\n", GOOD + "```\n"), answer(GOOD + "```\n```\n"), "I am sorry."]
)
def test_a_round_that_makes_it_worse_is_dropped(scene: Scene, worse: str) -> None:
    best = answer(GOOD + "```\n")
    scene.llm.will_reply(text=best)
    scene.llm.will_reply(text=worse)
    scene.runner()
    batch_id = scene.submit(["A shop."], RULES, repair_rounds=1)
    assert ended(scene, batch_id) == (JobStatus.FAILED, Reason.INVALID)
    (row,) = scene.rows(batch_id)
    kept = reads.job(scene.store, row.id).artifact
    assert kept is not None
    assert [file.content for file in kept.files] == [GOOD + "```\n"]
    assert [each.is_kept for each in rounds.views(scene.store, row.id)] == [True, False]


def test_an_order_to_a_linter_is_no_repair(scene: Scene) -> None:
    scene.llm.will_reply(text=answer(GOOD.replace("up == 0", "rate(up)")))
    silenced = GOOD.replace("up == 0", "rate(up) # pint disable promql/rate")
    scene.llm.will_reply(text=answer(silenced))
    scene.runner()
    batch_id = scene.submit(["A shop."], RULES, repair_rounds=1)
    assert ended(scene, batch_id) == (JobStatus.FAILED, Reason.INVALID)
    assert [each.is_kept for each in rounds.views(scene.store, scene.rows(batch_id)[0].id)] == [
        True,
        False,
    ]


def test_a_repair_whose_call_fails_keeps_the_best_version(scene: Scene) -> None:
    scene.llm.will_reply(text=answer(GOOD + "```\n"))
    scene.llm.will_reply(400, {"error": {"message": "No.", "code": "invalid_request_error"}})
    scene.runner()
    batch_id = scene.submit(["A shop."], RULES)
    assert ended(scene, batch_id) == (JobStatus.FAILED, Reason.INVALID)
    (row,) = scene.rows(batch_id)
    assert row.detail is not None
    assert row.detail.endswith("The best version so far was kept, with its errors.")
    assert reads.job(scene.store, row.id).artifact is not None


def test_a_job_parked_in_its_repair_goes_on_where_it_stood(scene: Scene) -> None:
    scene.llm.will_reply(text=answer(GOOD + "```\n"))
    scene.llm.will_reply(401, {"error": {"message": "No.", "code": "invalid_api_key"}})
    scene.runner()
    batch_id = scene.submit(["A shop."], RULES)
    assert ended(scene, batch_id) == (JobStatus.PARKED, Reason.KEY)
    scene.llm.will_reply(text=answer(GOOD))
    scene.continue_(batch_id, Reason.KEY)
    wait_until(lambda: scene.batch(batch_id).counts[JobStatus.SUCCEEDED] == 1)
    assert ended(scene, batch_id) == (JobStatus.SUCCEEDED, Reason.REPAIRED)
    assert calls(scene) == 3


def test_a_repaired_result_serves_again(scene: Scene) -> None:
    scene.runner()
    scene.finished(scene.submit(["A shop. [[fake: faulty]]"], RULES))
    wait_until(lambda: scene.service.cache.size().entries == 1)
    again = scene.submit(["A shop. [[fake: faulty]]"], RULES)
    assert ended(scene, again) == (JobStatus.SUCCEEDED, Reason.CACHED)
    assert calls(scene) == 2


def test_a_fallback_answers_for_itself(pair: Scene) -> None:
    pair.llm.will_reply(text=answer(GOOD + "```\n"))
    pair.llm.will_reply(400, {"error": {"message": "No.", "code": "invalid_request_error"}})
    pair.runner()
    batch_id = pair.submit(["A shop."], RULES, fallbacks=(ModelChoice("second", "s"),))
    pair.finished(batch_id)
    (row,) = pair.rows(batch_id)
    assert (row.status, row.reason, row.round) == (JobStatus.SUCCEEDED, None, 0)
    assert row.model == ModelChoice("second", "s")


@pytest.mark.parametrize("point", ["after_mark", "after_answer", "during_check", "before_commit"])
def test_a_runner_killed_in_a_repair_loses_nothing(pair: Scene, point: str) -> None:
    pair.llm.will_reply(text=answer(GOOD + "```\n"))
    pair.llm.will_reply(fault="silent")
    first = pair.runner()
    batch_id = pair.submit(["A shop."], RULES, at_once=1)
    # Not before the second call is there: its silence would be another runner's else.
    wait_until(lambda: calls(pair) == 2)
    first.process.kill()
    first.wait()
    crashing = pair.runner(OMNI_CRASH_AT=point)
    crashing.wait()
    pair.runner()
    assert pair.finished(batch_id).counts[JobStatus.SUCCEEDED] == 1
    (row,) = pair.rows(batch_id)
    assert (row.reason, row.round) == (Reason.REPAIRED, 1)
    assert broken(pair.store) == []
