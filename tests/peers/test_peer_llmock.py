"""Somebody else's verdict on the whole product, at providers that break in every way they can."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgiref.sync import async_to_sync

from tests.peers.servers import judge, process
from tests.processes import OMNI, wait_until
from tests.rows import all_rows
from webapp.domain.batch import (
    BatchSpec,
    JobSpec,
    JobStatus,
    KindChoice,
    Mode,
    ModelChoice,
    Reason,
)
from webapp.service import open_service
from webapp.settings import ROOT, Settings
from webapp.settings.endpoint_file import NAME, read_endpoint_file
from webapp.store import reads

ANSWER = "A long answer, word by word, so that it can break off on its way. " * 5
BRIEF = "Say something."

Case = tuple[str, str]  # a provider, and the name of a scenario


@dataclass(frozen=True)
class Scenario:
    """A fault, what it should come to, after how many calls, and what may be found nonetheless."""

    fault: dict[str, Any] | None
    status: JobStatus
    reason: Reason | None
    calls: int
    unjust: frozenset[str] = frozenset()


def failing(http_status: int, times: int | None, **more: Any) -> dict[str, Any]:
    return {"type": "fail", "status": http_status, "times": times, **more}


def broken(kind: str, times: int | None) -> dict[str, Any]:
    return {"type": "stream_fault", "kind": kind, "after_chunks": 3, "times": times}


def healed(fault: dict[str, Any], calls: int) -> Scenario:
    return Scenario(fault, JobStatus.SUCCEEDED, None, calls)


def hopeless(kind: str, reason: Reason, *unjust: str) -> Scenario:
    # The judge takes the last broken answer for one that was believed, however often it was asked
    # for. And with full jitter, a wait may well be shorter than the one before it.
    codes = frozenset({"no_backoff", *unjust})
    return Scenario(broken(kind, None), JobStatus.FAILED, reason, 3, codes)


SCENARIOS = {
    "none": Scenario(None, JobStatus.SUCCEEDED, None, 1),
    "429-twice": healed(failing(429, 2, retry_after=0.3), 3),
    "503-once": healed(failing(503, 1), 2),
    "503-twice": healed(failing(503, 2), 3),
    "503-for-ever": Scenario(failing(503, None), JobStatus.PARKED, Reason.PROVIDER, 3),
    "400": Scenario(failing(400, None), JobStatus.FAILED, Reason.REJECTED, 1),
    "401": Scenario(failing(401, None), JobStatus.PARKED, Reason.KEY, 1),
    "truncated": healed(broken("truncate", 1), 2),
    "disconnected": healed(broken("disconnect", 1), 2),
    "malformed": healed(broken("malformed", 1), 2),
    "stalled": healed(broken("stall", 1), 2),
    "truncated-for-ever": hopeless("truncate", Reason.BROKEN_REPLY, "truncated_stream_accepted"),
    "disconnected-for-ever": hopeless("disconnect", Reason.BROKEN_REPLY),
    "malformed-for-ever": hopeless("malformed", Reason.BROKEN_REPLY, "malformed_chunk_ignored"),
    "stalled-for-ever": hopeless("stall", Reason.TIMEOUT),
}
PROVIDERS = {"openai": "/v1", "anthropic": "/anthropic", "gemini": "/gemini"}
CASES = [(provider, name) for provider in PROVIDERS for name in SCENARIOS]
each_case = pytest.mark.parametrize("case", CASES, ids="-".join)


@dataclass
class Seen:
    """What was seen of one scenario at one provider."""

    end: tuple[JobStatus, Reason | None]
    calls: int = 0
    findings: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Seen]:
    """One batch with a job for each scenario, each at an endpoint of its own."""
    home = tmp_path_factory.mktemp("home")
    # A copy, for `omni.toml` is read beside the code.
    shutil.copytree(ROOT / "webapp", home / "webapp")
    with judge() as url:
        script(url)
        (home / NAME).write_text("\n".join(table(url, *case) for case in CASES))
        played = finish(home)
        hear(url, played)
    return played


def script(url: str) -> None:
    """Tell what breaks where: every scenario has a model of its own."""
    faults = [
        {**scenario.fault, "match": {"provider": provider, "model": name}}
        for provider in PROVIDERS
        for name, scenario in SCENARIOS.items()
        if scenario.fault is not None
    ]
    reply = {"type": "reply", "text": ANSWER, "times": None}
    told = httpx.post(
        f"{url}/_llmock/scenario", json={"behaviors": [*faults, reply]}, trust_env=False
    )
    assert told.status_code == 201, told.text


def table(url: str, provider: str, name: str) -> str:
    version = 'api_version = "v1beta"' if provider == "gemini" else ""
    return f"""[endpoints.{provider}-{name}]
type = "{provider}"
base_url = "{url}{PROVIDERS[provider]}"
idle_s = 3
price = {{ input = 0, output = 0 }}
{version}
"""


def finish(home: Path) -> dict[Case, Seen]:
    """How each job ended, worked off by a runner that lives in that folder."""
    settings = Settings(_env_file=None, data_dir=home / "var", find_ollama=False)
    service = open_service(settings.with_file(read_endpoint_file(home / NAME, {})))
    jobs = tuple(
        JobSpec(BRIEF, KindChoice("text"), ModelChoice(f"{provider}-{name}", name))
        for provider, name in CASES
    )
    batch_id = async_to_sync(service.submit)(BatchSpec(BRIEF, jobs, Mode.ASYNC, len(jobs)))
    with process(*OMNI, "runner", cwd=home, OMNI_DATA_DIR=str(home / "var")):
        wait_until(lambda: reads.batch(service.store, batch_id).is_finished)
    rows = all_rows(service.store, batch_id)
    return {case: Seen((row.status, row.reason)) for case, row in zip(CASES, rows, strict=True)}


def hear(url: str, played: dict[Case, Seen]) -> None:
    """Add the calls that the judge has counted, and what it has found."""
    with httpx.Client(base_url=f"{url}/_llmock", trust_env=False) as client:
        requests = client.get("/requests").json()["requests"]
        findings = client.get("/verdict").json()["findings"]
    case_of = {each["seq"]: (each["provider"], each["model"]) for each in requests}
    for case in case_of.values():
        played[case].calls += 1
    for finding in findings:
        played[case_of[finding["requests"][0]]].findings.add(finding["code"])


@each_case
def test_the_job_ends_as_it_should(seen: dict[Case, Seen], case: Case) -> None:
    expected = SCENARIOS[case[1]]
    assert seen[case].end == (expected.status, expected.reason)
    assert seen[case].calls == expected.calls


@each_case
def test_the_judge_finds_no_fault_with_us(seen: dict[Case, Seen], case: Case) -> None:
    assert seen[case].findings <= SCENARIOS[case[1]].unjust
