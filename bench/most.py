"""The largest batch there is: 10,000 jobs, submitted through the page, run, and looked at."""

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import Product, descendants, fake_provider, folder, product, usage
from bench.workloads import answer_file

NUMBER = 10_000
AT_ONCE = 100
LATENCY_S = 0.01
LOOKS = 20


@dataclass(frozen=True, slots=True)
class Most:
    """Seconds from the POST to the redirect; the first page while the batch runs; peaks in MB.

    `web_mb` is the largest worker, `runner_mb` the runner without its helpers.
    """

    submit_s: float
    page_bytes: int
    first_byte_ms: float
    run_s: float
    web_mb: float
    runner_mb: float
    all_mb: float


def measure_most() -> Most:
    """Run it on a fresh default install."""
    with folder() as place:
        answer = answer_file("prometheus-rules", place)
        with (
            fake_provider(answer, "--latency", str(LATENCY_S)) as provider_url,
            product(place / "data", provider_url, AT_ONCE) as install,
            httpx.Client(
                base_url=install.url, headers={"Sec-Fetch-Site": "same-origin"}, timeout=60
            ) as client,
        ):
            return _measured(install, client, place)


def _measured(install: Product, client: httpx.Client, place: Path) -> Most:
    submit_s, batch = _submit(client, _job_file(place))
    start = time.monotonic()
    looks = [_look(client, batch) for _ in range(LOOKS)]
    while 'id="poll"' in client.get(batch).text:
        time.sleep(0.5)
    web, runner, everything = _peaks(install.pid)
    return Most(
        submit_s=submit_s,
        page_bytes=max(size for size, _ in looks),
        first_byte_ms=statistics.median(ms for _, ms in looks),
        run_s=time.monotonic() - start,
        web_mb=web,
        runner_mb=runner,
        all_mb=everything,
    )


def _job_file(place: Path) -> Path:
    jobs = place / "jobs.jsonl"
    lines = (
        {"brief": f"Alerts for shop {n}.", "kind": "prometheus-rules", "model": "openai:m"}
        for n in range(NUMBER)
    )
    jobs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return jobs


def _submit(client: httpx.Client, jobs: Path) -> tuple[float, str]:
    form = {"preset": "number", "concurrency": str(AT_ONCE), "mode": "async", "nonce": "most"}
    start = time.perf_counter()
    with jobs.open("rb") as file:
        reply = client.post("/batches", data=form, files={"job_file": (jobs.name, file)})
    assert reply.status_code == 303, reply.text
    return time.perf_counter() - start, reply.headers["Location"]


def _look(client: httpx.Client, batch: str) -> tuple[int, float]:
    """Bytes of the page as they travel, and milliseconds to the first of them."""
    start = time.perf_counter()
    with client.stream("GET", batch, headers={"Accept-Encoding": "identity"}) as reply:
        pieces = reply.iter_raw()
        size = len(next(pieces))
        taken_ms = (time.perf_counter() - start) * 1000
        return size + sum(len(piece) for piece in pieces), taken_ms


def _peaks(pid: int) -> tuple[float, float, float]:
    """The peaks of the largest web process, of the runner, and of all together."""
    peaks = {each: usage(each).peak_mb for each in descendants(pid)}
    words = {each: Path(f"/proc/{each}/cmdline").read_text() for each in peaks}
    web = max(peak for each, peak in peaks.items() if "gunicorn" in words[each])
    runner = max(peak for each, peak in peaks.items() if "\0runner" in words[each])
    return web, runner, sum(peaks.values())
