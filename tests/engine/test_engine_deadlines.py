"""Answers without end, without measure or without a word, through a real runner."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.processes import wait_until
from tests.providers.wire import Seen, serving
from webapp.domain.batch import JobStatus, Reason
from webapp.fake_provider import FakeProvider
from webapp.store import reads

MOST_MB = 400
TIMEOUT = (Reason.TIMEOUT, "")
FAULTS = {
    "drip interval=0.1": TIMEOUT,
    "silent": TIMEOUT,
    "endless pace=1000": TIMEOUT,
    "comments": TIMEOUT,
    "stall": TIMEOUT,
    "huge mb=200": (Reason.TOO_LARGE, "far beyond"),
    "bomb": (Reason.TOO_LARGE, "16 MB"),
}
ENDPOINTS = """
[endpoints.openai]
total_s = 2

[endpoints.ollama]
base_url = "{url}"
total_s = 2
"""


@pytest.fixture
def endpoint_file(llm: FakeProvider) -> str:
    """An endpoint whose stream is of events and one whose is of lines, with short deadlines."""
    return ENDPOINTS.format(url=llm.url)


@pytest.mark.parametrize("model", ["openai:m", "ollama:m"])
def test_each_answer_that_would_not_end_fails_its_job_and_frees_its_place(
    pair: Scene, model: str
) -> None:
    briefs = [brief for fault in FAULTS for brief in (f"[[fake: {fault}]]", f"Not {fault}.")]
    batch_id = pair.submit(briefs, model=model, at_once=1)
    pair.runner(OMNI_MAX_ATTEMPTS="1", OMNI_MAX_CONCURRENT_REQUESTS="1")
    pair.wait_for(batch_id, JobStatus.FAILED, len(FAULTS) // 2)
    pair.finished(batch_id)
    rows = pair.rows(batch_id)
    for row, (reason, words) in zip(rows[::2], FAULTS.values(), strict=True):
        assert (row.status, row.reason) == (JobStatus.FAILED, reason), row
        assert words in (row.detail or "")
        assert (row.detail or "").endswith(".")
    assert {row.status for row in rows[1::2]} == {JobStatus.SUCCEEDED}
    wait_until(lambda: pair.llm.counters()["in_flight"] == 0)
    assert pair.llm.counters()["peak_in_flight"] == 1
    assert broken(pair.store) == []


@pytest.mark.parametrize("fault", ["huge mb=200", "bomb"])
def test_many_answers_that_are_too_large_at_once_do_not_fill_the_memory(
    scene: Scene, fault: str
) -> None:
    batch_id = scene.submit(numbered(64, f"[[fake: {fault}]]"), at_once=64)
    running = scene.runner(OMNI_MAX_ATTEMPTS="1", OMNI_MAX_CONCURRENT_REQUESTS="64")
    for number in range(8, 65, 8):
        scene.wait_for(batch_id, JobStatus.FAILED, number)
    assert {row.reason for row in scene.rows(batch_id)} == {Reason.TOO_LARGE}
    assert peak_mb(running.process.pid) <= MOST_MB
    wait_until(lambda: scene.llm.counters()["in_flight"] == 0)


def peak_mb(pid: int) -> float:
    """The most memory a process ever had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def test_a_server_that_closes_its_connections_without_a_word_costs_no_job_a_try(
    scene: Scene,
) -> None:
    async def talk(_: Seen, transport: asyncio.Transport) -> None:
        transport.write(ANSWER)
        transport.close()

    async def run() -> None:
        async with serving(talk) as server:
            await asyncio.to_thread(scene.runner, OPENAI_BASE_URL=f"{server.url}/v1")
            await asyncio.to_thread(scene.finished, batch_id)

    batch_id = scene.submit(numbered(30), at_once=2)
    asyncio.run(run())
    jobs = [reads.job(scene.store, row.id) for row in scene.rows(batch_id)]
    assert {row.status for row in scene.rows(batch_id)} == {JobStatus.SUCCEEDED}
    assert [[attempt.status for attempt in job.attempts] for job in jobs] == [["ok"]] * 30


_CHUNK = {"choices": [{"index": 0, "delta": {"content": "Hello."}, "finish_reason": "stop"}]}
_EVENTS = f"data: {json.dumps(_CHUNK)}\n\ndata: [DONE]\n\n".encode()
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n%s" % (
    len(_EVENTS),
    _EVENTS,
)
