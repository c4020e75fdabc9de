"""L8: three times as much as the web server can do, and how soon it has recovered."""

import re
import subprocess
import time

import httpx

from bench.load.figure import AT_ONCE, Figure, Running, running
from bench.load.rate import Answers, Load, send, version
from bench.uploads import upload, wait_finished, write_jobs

ROWS = 100  # on the page that is polled; all of them are rendered each time
PEAK_S, SECONDS, TIMES = 8, 20, 3
CONNECTIONS = 16
QUICK_S, RECOVERY_S = 0.1, 5
GOODPUT = 0.8


def measure_overload() -> list[Figure]:
    """Polls with 100 changed rows: first as many as it can do, then three times that many."""
    with running(0) as at:
        _, batch = upload(at.client, write_jobs(at.place, ROWS), AT_ONCE)
        wait_finished(at.client, batch)
        path = f"{batch}/delta?seq=1-{ROWS}&since="
        peak_per_s, wrk = _peak(f"{at.url}{path}0")
        answers = send(at.url, Load(f"{path}0", round(TIMES * peak_per_s), SECONDS))
        recovered_s = _recovery_s(at, batch)
    part = answers.statuses.get(200, 0) / SECONDS / peak_per_s
    refused = answers.statuses.get(503, 0)
    is_told = answers.retry_after >= refused > 0
    return [
        Figure(
            "L8",
            f"{TIMES} × what it can do",
            f"polls with {ROWS} changed rows: {peak_per_s:.0f}/s at best, {answers.load.rate}/s"
            f" for {SECONDS} s",
            f"{version()}; the best by {wrk}",
            _said(answers, part, recovered_s),
            f"503 with Retry-After, goodput ≥ {GOODPUT:.0%}, recovery ≤ {RECOVERY_S} s",
            is_told and part >= GOODPUT and recovered_s <= RECOVERY_S,
        )
    ]


def _said(answers: Answers, part: float, recovered_s: float) -> str:
    statuses = ", ".join(f"{count:,} × {code}" for code, count in sorted(answers.statuses.items()))
    return (
        f"{statuses}, {answers.errors:,} without an answer, {answers.retry_after:,} with"
        f" Retry-After; goodput {part:.0%}, p50 {answers.percentile_ms(50):.0f} and p95"
        f" {answers.percentile_ms(95):.0f} ms; recovered after {recovered_s:.1f} s"
    )


def _peak(url: str) -> tuple[float, str]:
    """Answers a second to a few connections that never pause, and who counted them."""
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{PEAK_S}s", "-H", "Accept-Encoding: gzip", url]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate is not None, said
    assert "Non-2xx" not in said, said
    told = subprocess.run(["wrk", "-v"], check=False, capture_output=True, text=True).stdout
    found = re.search(r"\d+\.\d+(?:\.\d+)?", told)
    return float(rate[1]), f"wrk {found[0] if found else ''}".strip()


def _recovery_s(at: Running, batch: str) -> float:
    """Seconds until a page comes as quickly as ever."""
    start = time.perf_counter()
    while True:
        asked = time.perf_counter()
        try:
            is_quick = at.client.get(batch, timeout=30).status_code == httpx.codes.OK
        except httpx.TransportError:
            is_quick = False
        now = time.perf_counter()
        if (is_quick and now - asked <= QUICK_S) or now - start > 60:
            return now - start
