"""Large batches through the page: job files, their upload, and what the processes came to."""

import time
from pathlib import Path

import httpx

from bench.processes import descendants, usage
from bench.workloads import job_file

KIND = "prometheus-rules"
LABELLED = {"Sec-Fetch-Site": "same-origin"}  # as a browser says where a form comes from


def browser(url: str) -> httpx.Client:
    """A client whose forms are taken; to be closed."""
    return httpx.Client(base_url=url, headers=LABELLED, timeout=60)


def write_jobs(place: Path, number: int, name: str = "shop") -> Path:
    """A job file for as many artifacts; under another name the prompts are others."""
    briefs = (f"Alerts for {name} {n}." for n in range(number))
    return job_file(place / f"{name}.jsonl", KIND, "openai:m", briefs)


def upload(client: httpx.Client, jobs: Path, at_once: int) -> tuple[float, str]:
    """Seconds from the POST to the redirect, and the path of the batch's page."""
    form = {"preset": "number", "concurrency": str(at_once), "mode": "async", "nonce": jobs.name}
    start = time.perf_counter()
    with jobs.open("rb") as file:
        reply = client.post("/batches", data=form, files={"job_file": (jobs.name, file)})
    assert reply.status_code == 303, reply.text
    return time.perf_counter() - start, reply.headers["Location"]


def wait_finished(client: httpx.Client, batch: str) -> None:
    """Wait until the page of a batch no longer polls."""
    while 'id="poll"' in client.get(batch).text:
        time.sleep(0.5)


def processes(pid: int) -> tuple[list[int], int]:
    """Of an install: the web server with its workers, and the runner without its helpers."""
    words = {each: Path(f"/proc/{each}/cmdline").read_text() for each in descendants(pid)}
    web = [each for each, said in words.items() if "gunicorn" in said]
    runner = next(each for each, said in words.items() if "\0runner" in said)
    return web, runner


def peaks_mb(pid: int) -> tuple[float, float, float]:
    """The peak memory of the largest web process, of the runner, and of all processes together."""
    web, runner = processes(pid)
    everything = [usage(each).peak_mb for each in descendants(pid)]
    return max(usage(each).peak_mb for each in web), usage(runner).peak_mb, sum(everything)
