"""Batches through the whole product, timed from the first claim to the last stored job."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.baselines import gather_s, one_by_one_s
from bench.processes import Product, descendants, fake_provider, folder, product, total

ANSWERS = Path(__file__).parent / "answers"
FILES = {
    "prometheus-rules": ("rules/app.yml", "rules.yml.txt"),
    "dockerfile": ("Dockerfile", "Dockerfile.txt"),
    "text": ("answer.md", "Dockerfile.txt"),
    "long": ("rules/app.yml", "long-rules.yml.txt"),
}


@dataclass(frozen=True, slots=True)
class Workload:
    """N jobs of one kind, C at once, at a provider that takes L seconds."""

    kind: str
    number: int
    at_once: int
    latency_s: float

    @property
    def ideal_s(self) -> float:
        """The physical limit: ceil(N / C) × L."""
        return -(-self.number // self.at_once) * self.latency_s


@dataclass(frozen=True, slots=True)
class Measured:
    """How a workload went: seconds, and what web and runner used for it."""

    workload: Workload
    seconds: float
    peak_in_flight: int
    gather_s: float
    one_by_one_s: float
    cpu_ms_a_job: float
    peak_mb: float


def answer_text(name: str) -> str:
    """A fixed valid answer, as a model would give it: that of a kind, or the long one."""
    path, file = FILES[name]
    files = [{"path": path, "content": (ANSWERS / file).read_text()}]
    return json.dumps({"files": files, "notes": []})


def answer_file(name: str, place: Path) -> Path:
    """The same as a file."""
    answer = place / "answer.json"
    answer.write_text(answer_text(name))
    return answer


def measure(workload: Workload) -> Measured:
    """Run a workload on a fresh default install; raises if a job did not succeed."""
    with folder() as place:
        answer = answer_file(workload.kind, place)
        with fake_provider(answer, "--latency", str(workload.latency_s)) as provider_url:
            gathered = gather_s(provider_url, workload.number, workload.at_once)
            one_by_one = one_by_one_s(provider_url, workload.number, workload.latency_s)
            with product(place / "data", provider_url, workload.at_once) as install:
                _run(install, place, Workload(workload.kind, 2, 2, 0), "warm up")
                return _timed(install, place, workload, gathered, one_by_one)


def _timed(
    install: Product, place: Path, workload: Workload, gathered: float, one_by_one: float
) -> Measured:
    pids = descendants(install.pid)
    before = total(pids)
    said = _run(install, place, workload, "measured")
    after = total(pids)
    return Measured(
        workload=workload,
        seconds=said["seconds"],
        peak_in_flight=int(said["peak_in_flight"]),
        gather_s=gathered,
        one_by_one_s=one_by_one,
        cpu_ms_a_job=(after.cpu_s - before.cpu_s) * 1000 / workload.number,
        peak_mb=after.peak_mb,
    )


def _run(install: Product, place: Path, workload: Workload, name: str) -> dict[str, float]:
    briefs = [f"{name}, artifact {n}" for n in range(workload.number)]
    jobs = job_file(place / f"{name}.jsonl", workload.kind, "openai:m", briefs)
    said = install.submit(jobs, place / name, workload.at_once)
    assert said["succeeded"] == workload.number, said
    return said


def job_file(jobs: Path, kind: str, model: str, briefs: Iterable[str]) -> Path:
    """A file with a job for each brief."""
    lines = ({"brief": brief, "kind": kind, "model": model} for brief in briefs)
    jobs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return jobs
