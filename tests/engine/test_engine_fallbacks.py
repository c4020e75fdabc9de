"""Other models that answer instead, through a real runner."""

from asgiref.sync import async_to_sync

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from webapp.domain.batch import JobStatus, ModelChoice, Reason
from webapp.fake_provider import Behaviour
from webapp.store import reads

SECOND = ModelChoice("second", "s")
TOO_FAST = {"error": {"message": "Too many requests.", "code": "rate_limit_exceeded"}}


def test_the_next_model_answers_where_an_error_is_final(pair: Scene) -> None:
    pair.llm.set(Behaviour(models=("s",)))
    running = pair.runner()
    batch_id = pair.submit(numbered(3), fallbacks=(SECOND,))
    assert pair.finished(batch_id).counts[JobStatus.SUCCEEDED] == 3
    rows = pair.rows(batch_id)
    assert {(row.model, row.instead_of) for row in rows} == {(SECOND, "openai:m")}
    calls = reads.job(pair.store, rows[0].id).attempts
    assert [(each.model, each.status) for each in calls] == [
        ("openai:m", "error"),
        ("second:s", "ok"),
    ]
    running.process.terminate()
    running.wait()
    assert broken(pair.store) == []


def test_what_a_fallback_answered_is_cached_as_its_own(pair: Scene) -> None:
    pair.llm.set(Behaviour(models=("s",)))
    pair.runner()
    pair.finished(pair.submit(["A shop."], fallbacks=(SECOND,)))
    wait_until(lambda: pair.service.cache.size().entries == 1)
    assert pair.finished(pair.submit(["A shop."], model="second:s")).cached == 1
    pair.llm.set(Behaviour())
    asked_for = pair.submit(["A shop."])
    assert pair.finished(asked_for).cached == 0
    assert pair.rows(asked_for)[0].model == ModelChoice("openai", "m")


def test_jobs_leave_a_model_that_cools_for_too_long(pair: Scene) -> None:
    pair.llm.will_reply(429, TOO_FAST, {"retry-after": "3600"})
    pair.runner()
    batch_id = pair.submit(numbered(5), at_once=1, fallbacks=(SECOND,), fallback_after_s=10)
    assert pair.finished(batch_id).counts[JobStatus.SUCCEEDED] == 5
    assert {row.model for row in pair.rows(batch_id)} == {SECOND}
    assert pair.llm.counters()["calls"] == 6


def test_jobs_wait_where_no_model_is_better_off(pair: Scene) -> None:
    pair.runner()
    pair.llm.will_reply(429, TOO_FAST, {"retry-after": "3600"})
    first = pair.submit(["First."], fallbacks=(SECOND,), fallback_after_s=10)
    pair.llm.will_reply(429, TOO_FAST, {"retry-after": "3600"})
    wait_until(lambda: pair.llm.counters()["calls"] == 2)
    last = pair.submit(["Last."], fallbacks=(SECOND,), fallback_after_s=10)
    wait_until(lambda: pair.rows(first)[0].reason is Reason.RATE_LIMIT)
    wait_until(lambda: pair.rows(last)[0].reason is Reason.COOLING)
    assert pair.rows(last)[0].model == ModelChoice("openai", "m")
    assert pair.llm.counters()["calls"] == 2
    assert async_to_sync(pair.service.cancel)(last) == 1
