"""What was said to be stored is on the disk; where it cannot be, nobody says so."""

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.engine.invariants import broken
from tests.engine.scene import Scene, numbered
from tests.faults.tracing import calls, traced
from tests.processes import OMNI, wait_until
from webapp.domain.batch import JobStatus, Mode
from webapp.settings import ROOT
from webapp.store import reads

SUBMITS = 1000
GUNICORN = (sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"))
HEADERS = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Web:
    """A web server of one worker, under strace."""

    client: httpx.Client
    process: subprocess.Popen[bytes]

    def submit(self, nonce: str) -> httpx.Response:
        form = {"brief": "A shop.", "kinds": "text", "models": "openai:m", "nonce": nonce}
        return self.client.post("/batches", data=form)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").status_code == 200
    except httpx.TransportError:
        return False


@contextlib.contextmanager
def web(env: dict[str, str], trace: Path, *options: str) -> Iterator[Web]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    one = env | {"OMNI_PORT": port, "OMNI_WEB_WORKERS": "1"}
    url = f"http://127.0.0.1:{port}"
    with (
        traced([*GUNICORN, "wsgi:app"], one, trace, *options) as process,
        httpx.Client(base_url=url, headers=HEADERS, timeout=60) as client,
    ):
        wait_until(lambda: answers(url))
        yield Web(client, process)
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def test_each_submit_that_is_acknowledged_was_synced_before(
    env: dict[str, str], tmp_path: Path
) -> None:
    with web(env, tmp_path / "trace") as server:
        for number in range(SUBMITS):
            assert server.submit(str(number)).status_code == 303
    before, since = [], ""  # what was done to the log since the answer before
    for each in calls(tmp_path / "trace"):
        if each.writes_log:
            since = "written"
        elif each.syncs_log and since:
            since = "synced"
        elif each.name == "sendto" and "HTTP/1.1 303" in each.shown:
            before.append(since)
            since = ""
    assert before == ["synced"] * SUBMITS


def test_no_call_leaves_before_its_claim_is_on_the_disk(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    batch_id = scene.submit(numbered(20), mode=Mode.SYNC)
    with traced([*OMNI, "runner"], env, tmp_path / "trace") as runner:
        scene.finished(batch_id)
        runner.terminate()
        runner.wait(40)
    synced = sent = 0
    for each in calls(tmp_path / "trace"):
        synced += each.syncs_log
        if each.name == "sendto" and "POST /v1/chat" in each.shown:
            sent += 1
            assert synced >= sent
    assert sent == 20


def test_where_the_disk_does_not_sync_nothing_is_acknowledged(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    before = scene.submit(["A shop that was stored before."])
    failing = ("-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO")
    with web(env, tmp_path / "trace", *failing) as server:
        answered = [server.submit(str(number)) for number in range(20)]
    assert [each.status_code for each in answered] == [503] * 20
    assert all("does not write; nothing was saved" in each.text for each in answered)
    assert [each.id for each in reads.batches(scene.store)[0]] == [before]
    assert broken(scene.store) == []


def test_a_runner_on_a_disk_that_does_not_sync_ends_with_the_reason(
    scene: Scene, env: dict[str, str], tmp_path: Path
) -> None:
    batch_id = scene.submit(numbered(60))
    failing = ("-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=20+")
    with traced([*OMNI, "runner"], env, tmp_path / "trace", *failing) as runner:
        assert runner.wait(60) == 1
    said = (tmp_path / "trace.err").read_text()
    assert "the runner ended: The disk that holds the data folder does not write" in said
    assert "Traceback" not in said
    in_flight = scene.batch(batch_id).counts[JobStatus.RUNNING]
    scene.runner()
    assert scene.finished(batch_id).counts[JobStatus.SUCCEEDED] == 60
    assert scene.llm.counters()["duplicates"] <= in_flight
    assert broken(scene.store) == []
