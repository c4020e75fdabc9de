"""A provider and runners as real processes over a data folder of their own."""

import json
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from pydantic import SecretStr

from bench.processes import ROOT, folder, omni, process, url_said
from tests.processes import OMNI, lives, plain_environment, wait_until
from webapp.domain.batch import BatchSpec, JobSpec, KindChoice, Mode, ModelChoice, Policy
from webapp.service import Service, open_service
from webapp.settings import Settings
from webapp.store import reads
from webapp.store.invariants import check

MODEL = ModelChoice("openai", "m")
KEY = "sk-canary-4711"
PATIENCE_S = 120.0  # several things at once on two cores


@dataclass(frozen=True)
class Runner:
    """A runner as a process, and what it says."""

    process: subprocess.Popen[bytes]
    err: Path

    def says(self, words: str) -> bool:
        """Whether it has said this, or ended."""
        return words in self.err.read_text() or self.process.poll() is not None

    def helpers(self) -> list[int]:
        """The pids of its helper processes that live."""
        pid = self.process.pid
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [child for child in map(int, listed) if lives(child)]

    def kill(self) -> None:
        """`kill -9`."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Tell it to end, and wait until it has."""
        self.process.terminate()
        return self.process.wait(60)


@dataclass(frozen=True)
class Stage:
    """What a fault is played on."""

    service: Service
    provider_url: str
    env: dict[str, str]
    folder: Path

    def runner(self, **variables: str) -> Runner:
        """Start a runner."""
        err = Path(tempfile.mkstemp(suffix=".txt", dir=self.folder)[1])
        with err.open("wb") as stderr:
            process = subprocess.Popen(
                [*OMNI, "runner"], env=self.env | variables, cwd=ROOT, stderr=stderr
            )
        return Runner(process, err)

    def submit(self, number: int, first: int, policy: Policy, at_once: int) -> str:
        """Submit a batch of so many jobs, with briefs numbered from `first` on."""
        kind = KindChoice("prometheus-rules")
        jobs = tuple(
            JobSpec(f"Brief {n} of {policy}.", kind, MODEL) for n in range(first, first + number)
        )
        spec = BatchSpec("Faults.", jobs, Mode.ASYNC, at_once, policy=policy)
        return async_to_sync(self.service.submit)(spec)

    def finish(self, batch_id: str) -> None:
        """Wait until a batch is finished; fails after two minutes."""
        wait_until(lambda: reads.batch(self.service.store, batch_id).is_finished, PATIENCE_S)

    def counters(self) -> dict[str, Any]:
        """What the provider has seen."""
        with urllib.request.urlopen(f"{self.provider_url}/fake/counters") as answer:
            counted: dict[str, Any] = json.load(answer)
        return counted

    def broken(self) -> list[str]:
        """A sentence for each invariant that does not hold; no runner may be at work."""
        with self.service.store.read() as connection:
            found = check(connection, limit=lambda _: 0.0)
        return [f"{each.sentence} {each.examples}" for each in found if each.broken]


@contextmanager
def stage(latency_s: float, at_once: int, faults: Sequence[str] = ()) -> Iterator[Stage]:
    """An empty data folder on the disk where an install has its own, and a provider.

    `faults` are those of the provider, as `omni fake-provider --fault` takes them.
    """
    with ExitStack() as stack:
        place = stack.enter_context(folder())
        words = ["fake-provider", "--port", "0", "--latency", str(latency_s)]
        words += [word for fault in faults for word in ("--fault", fault)]
        url = url_said(stack.enter_context(process(omni(*words), {})))
        env = plain_environment() | {
            "OMNI_DATA_DIR": str(place / "data"),
            "OMNI_PORT": "0",
            "OMNI_MAX_CONCURRENT_REQUESTS": str(at_once),
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": f"{url}/v1",
        }
        settings = Settings(
            _env_file=None,
            data_dir=place / "data",
            find_ollama=False,
            openai_api_key=SecretStr(KEY),
            openai_base_url=f"{url}/v1",
        )
        service = open_service(settings)
        stack.callback(service.store.close)
        yield Stage(service, url, env, place)
