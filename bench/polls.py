"""What watching costs: polls a second from one gunicorn worker, and a repeat from the cache."""

import re
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.processes import Product, bare_app, fake_provider, folder, product
from bench.workloads import answer_file

WRK_S = 6
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Watched:
    """Polls a second that one worker answers: with nothing new, and with 100 changed rows.

    `bare_per_s` is what the same worker makes of an application that only says 204.
    """

    bare_per_s: float
    unchanged_per_s: float
    changed_per_s: float
    changed_bytes: int
    repeat_ms: float


def watch() -> Watched:
    """Run 100 jobs, then poll their page, then submit them again over HTTP."""
    with folder() as place:
        bare_per_s = _bare_per_s(place / "bare")
        answer = answer_file("prometheus-rules", place)
        with (
            fake_provider(answer) as provider_url,
            product(place / "data", provider_url, 20, OMNI_WEB_WORKERS="1") as install,
            httpx.Client(base_url=install.url, headers={"Sec-Fetch-Site": "same-origin"}) as client,
        ):
            batch = _finished(client, _submit(client, "first"))
            repeat_ms = statistics.median(_repeat_ms(client, f"again {n}") for n in range(ROUNDS))
            return _polled(install, client, batch, repeat_ms, bare_per_s)


def _polled(
    install: Product, client: httpx.Client, batch: str, repeat_ms: float, bare_per_s: float
) -> Watched:
    page = client.get(batch).text
    found = re.search(r'name="since" value="(\d+)"', page)
    assert found is not None
    delta = f"{batch}/delta?seq=1-100&since="
    changed = client.get(f"{delta}0", headers={"Accept-Encoding": "gzip"})
    return Watched(
        bare_per_s,
        _wrk(f"{install.url}{delta}{found[1]}"),
        _wrk(f"{install.url}{delta}0"),
        int(changed.headers["Content-Length"]),
        repeat_ms,
    )


def _submit(client: httpx.Client, nonce: str) -> str:
    form: dict[str, str | list[str]] = {
        "brief": "Alerts for a web shop.",
        "kinds": ["prometheus-rules"],
        "models": [f"openai:m{n}" for n in range(5)],
        "mode": "async",
        "preset": "number",
        "concurrency": "20",
        "samples": "20",
        "nonce": nonce,
    }
    reply = client.post("/batches", data=form)
    assert reply.status_code == 303, reply.text
    return reply.headers["Location"]


def _finished(client: httpx.Client, batch: str) -> str:
    while 'id="poll"' in client.get(batch).text:
        time.sleep(0.1)
    return batch


def _repeat_ms(client: httpx.Client, nonce: str) -> float:
    """From the click to the page of the finished batch."""
    start = time.perf_counter()
    page = client.get(_submit(client, nonce)).text
    taken_ms = (time.perf_counter() - start) * 1000
    assert 'id="poll"' not in page
    return taken_ms


def _bare_per_s(place: Path) -> float:
    with bare_app(place) as url:
        return _wrk(f"{url}/")


def _wrk(url: str) -> float:
    command = ["wrk", "-t1", "-c8", f"-d{WRK_S}s", "-H", "Accept-Encoding: gzip", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in said, said
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate is not None
    return float(rate[1])
