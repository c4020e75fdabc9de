import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.scene import Scene, numbered
from tests.processes import Running, wait_until
from webapp.domain.batch import JobStatus, Params
from webapp.fake_provider import Behaviour, FakeProvider
from webapp.service import open_service
from webapp.settings import ROOT, Settings
from webapp.settings.endpoint_file import read_endpoint_file
from webapp.store import reads
from webapp.store.database import Store

Omni = Callable[..., subprocess.CompletedProcess[str]]
OFF = ("--brief", "A shop.", "--kinds", "dockerfile", "--models", "openai:m", "--retries", "off")
BLUEPRINT = ("submit", "--brief", "x", "--kinds", "dockerfile", "--models", "blueprint")
CLOSED = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
PRICED = """
[endpoints.openai]
base_url = "{url}/v1"
price = {{ input = 1, output = 10 }}
"""


@pytest.fixture
def parked(start: Callable[..., Running], store: Store, omni: Omni) -> str:
    """A batch whose one job is parked, since nobody answers at its endpoint."""
    start("runner", **CLOSED)
    wait_until(lambda: reads.runner_state(store).is_alive)
    done = omni("submit", *OFF, "--json", **CLOSED)
    said = json.loads(done.stdout)
    assert said["parked"] == 1, done.stderr
    return str(said["batch"])


@pytest.fixture
def priced(
    tmp_path: Path, env: dict[str, str], settings: Settings, llm: FakeProvider
) -> Iterator[Scene]:
    """A provider each of whose answers costs 1,000 micro-dollars, and its prompt."""
    llm.set(Behaviour(answer="word" * 100))
    file = tmp_path / "omni.toml"
    file.write_text(PRICED.format(url=llm.url))
    service = open_service(settings.with_file(read_endpoint_file(file, {})))
    err = tmp_path / "runner.txt"

    def begin(*_: str, **variables: str) -> Running:
        words = [sys.executable, "-m", "tests.engine.runner_beside", str(file)]
        with err.open("wb") as stderr:
            process = subprocess.Popen(words, env=env | variables, cwd=ROOT, stderr=stderr)
        return Running(process, err, err)

    scene = Scene(service, service.store, llm, begin)
    running = scene.runner()
    yield scene
    running.process.kill()
    running.wait()
    service.store.close()


@pytest.fixture
def exhausted(priced: Scene) -> str:
    """A batch some of whose jobs are parked for a larger budget."""
    params = Params(max_tokens=300)  # at most 3,000 micro-dollars, and the prompt
    batch_id = priced.submit(numbered(4), at_once=1, params=params, budget_microusd=5_000)
    view = priced.finished(batch_id)
    assert view.counts[JobStatus.PARKED] == 4 - view.counts[JobStatus.SUCCEEDED] > 0
    assert view.cost_microusd > 1_000
    return batch_id


def test_a_larger_budget_lets_a_batch_finish(omni: Omni, priced: Scene, exhausted: str) -> None:
    done = omni("continue", exhausted, "--budget", "1.5", "--json")
    view = priced.batch(exhausted)
    assert (done.returncode, done.stderr) == (0, "")
    assert view.budget_microusd == 1_500_000
    said = json.loads(done.stdout)
    assert (said["succeeded"], said["unpriced"]) == (4, 0)
    assert said["cost_usd"] == view.cost_microusd / 1_000_000 > 0.004


def test_the_summary_says_what_a_batch_cost(omni: Omni, priced: Scene, exhausted: str) -> None:
    done = omni("continue", exhausted, "--reason", "key")
    cost = f"{priced.batch(exhausted).cost_microusd / 1_000_000:.6f}".rstrip("0")
    assert f" s, for ${cost}. Files: " in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Jobs wait for a larger budget: give one by --budget."),
        (("--budget", "0.000001"), "already: give a larger budget to go on."),
    ],
)
def test_a_batch_out_of_budget_needs_a_larger_one(
    omni: Omni, priced: Scene, exhausted: str, words: tuple[str, ...], sentence: str
) -> None:
    before = priced.batch(exhausted)
    done = omni("continue", exhausted, *words)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert priced.batch(exhausted) == before


def test_a_budget_that_nothing_waits_for_is_told_and_the_others_go_on(
    omni: Omni, store: Store, parked: str
) -> None:
    before = reads.batch(store, parked)
    done = omni("continue", parked, "--budget", "5", **CLOSED)
    after = reads.batch(store, parked)
    assert done.stderr == "No job waits for a larger budget, so the budget stays as it is.\n"
    assert after.version > before.version
    assert after.budget_microusd is None


def test_parked_jobs_go_on_and_are_waited_for(omni: Omni, store: Store, parked: str) -> None:
    version = reads.batch(store, parked).version
    done = omni("continue", parked, "--reason", "provider", "--json", **CLOSED)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["parked"] == 1  # it was called, and nobody answered again
    assert reads.batch(store, parked).version > version


def test_jobs_parked_for_another_reason_stay(omni: Omni, store: Store, parked: str) -> None:
    version = reads.batch(store, parked).version
    omni("continue", parked, "--reason", "key", **CLOSED)
    assert reads.batch(store, parked).version == version


def test_all_jobs_of_an_endpoint_go_on_without_waiting(omni: Omni, parked: str) -> None:
    done = omni("continue", "--endpoint", "openai", **CLOSED)
    assert (done.returncode, done.stdout) == (0, "1 job goes on at openai.\n")
    assert parked
    again = omni("continue", "--endpoint", "anthropic", **CLOSED)
    assert (again.returncode, again.stdout) == (0, "0 jobs go on at anthropic.\n")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "Give either a batch or --endpoint."),
        (("x", "--endpoint", "openai"), 2, "Give either a batch or --endpoint."),
        (("--endpoint", "openai", "--json"), 2, "--endpoint goes alone"),
        (("x", "--reason", "key", "--budget", "5"), 2, "leave out --reason."),
        (("x", "--budget", "0.0000001"), 2, "is not an amount in US dollars"),
        (("--endpoint", "nowhere"), 1, "nowhere"),
        (("x",), 1, "There is no batch x."),
    ],
)
def test_what_cannot_go_on_is_one_sentence(
    omni: Omni, words: tuple[str, ...], code: int, sentence: str
) -> None:
    done = omni("continue", *words)
    assert done.returncode == code
    assert sentence in done.stderr


def test_a_batch_of_which_nothing_is_parked_stays_as_it_is(
    omni: Omni, store: Store, start: Callable[..., Running]
) -> None:
    start("runner")
    wait_until(lambda: reads.runner_state(store).is_alive)
    batch_id = json.loads(omni(*BLUEPRINT, "--json").stdout)["batch"]
    before = reads.batch(store, batch_id)
    assert omni("continue", batch_id).returncode == 0
    assert reads.batch(store, batch_id) == before


def test_without_a_runner_a_batch_waits(omni: Omni, store: Store) -> None:
    omni(*BLUEPRINT)
    ((batch,), _) = reads.batches(store)
    done = omni("continue", batch.id)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"No runner lives, so batch {batch.id} waits" in done.stderr
