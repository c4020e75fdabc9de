"""`python -m bench`: every figure of the README, as Markdown tables."""

import os
import platform
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from bench.checks import measure_checks
from bench.most import measure_most
from bench.ours import run_ours
from bench.polls import watch
from bench.results import show
from bench.rows import ROWS
from bench.watching import measure_watching
from bench.workloads import Measured, Workload, measure

SMALL = [
    Workload("prometheus-rules", number, at_once, 1.0)
    for number in (1, 3, 5, 10)
    for at_once in (3, 5, 10)
]
LARGE = [
    Workload("prometheus-rules", 100, 20, 0.5),
    Workload("prometheus-rules", 1000, 100, 0.2),
    Workload("dockerfile", 10, 5, 1.0),
    Workload("dockerfile", 100, 20, 0.5),
    Workload("dockerfile", 1000, 100, 0.2),
]
# What checking adds, beside a kind that nobody checks.
CHECKED = [Workload(kind, 100, 10, 1.0) for kind in ("text", "prometheus-rules", "dockerfile")]
HEAD = (
    "| kind | N | C | L s | ideal s | ours s | × ideal | bare gather s | one by one s | peak |"
    " CPU ms a job | peak MB |"
)


def main() -> int:
    """Measure everything, or only what the words on the command line name."""
    chosen = sys.argv[1:] or [
        "small",
        "large",
        "checked",
        "checks",
        "polls",
        "watching",
        "most",
        *ROWS,
    ]
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    if "polls" in chosen and not shutil.which("wrk"):
        sys.exit("The polls are measured with wrk, which is missing: `make bench` installs it.")
    if {"small", "large", "checked"} & set(chosen):
        print(HEAD)
        print("| --- |" + " ---: |" * 11)
    for name, workloads in (("small", SMALL), ("large", LARGE), ("checked", CHECKED)):
        for workload in workloads if name in chosen else ():
            print(_row(measure(workload)), flush=True)
    if "checks" in chosen:
        _print_checks()
    if "polls" in chosen:
        _print_polls()
    if "watching" in chosen:
        _print_watching()
    if "most" in chosen:
        _print_most()
    for name in (name for name in ROWS if name in chosen):
        # The calls of the grid are few: two installs side by side do not feel each other.
        with ThreadPoolExecutor(2 if name == "grid" else 1) as pool:
            for found in pool.map(run_ours, ROWS[name]):
                show(found)
    return 0


def _row(measured: Measured) -> str:
    asked = measured.workload
    cells = (
        asked.kind,
        asked.number,
        asked.at_once,
        f"{asked.latency_s:g}",
        f"{asked.ideal_s:g}",
        f"{measured.seconds:.3f}",
        f"{measured.seconds / asked.ideal_s:.3f}",
        f"{measured.gather_s:.3f}",
        f"{measured.one_by_one_s:.1f}",
        measured.peak_in_flight,
        f"{measured.cpu_ms_a_job:.2f}",
        f"{measured.peak_mb:.0f}",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


def _print_checks() -> None:
    print("\n| kind | artifacts | median ms | p95 ms | first ms | omni check ms |")
    print("| --- |" + " ---: |" * 5)
    for one in measure_checks():
        figures = (one.median_ms, one.p95_ms, one.first_ms, one.command_ms)
        cells = (one.kind, str(one.artifacts), *(f"{figure:.1f}" for figure in figures))
        print("| " + " | ".join(cells) + " |", flush=True)


def _print_polls() -> None:
    watched = watch()
    changed = f"polls with 100 changed rows, {watched.changed_bytes:,} bytes gzipped"
    print("\n| what | figure |\n| --- | ---: |")
    for what, per_s in (
        ("204s of a Flask application of one line", watched.bare_per_s),
        ("polls with nothing new (204)", watched.unchanged_per_s),
        (changed, watched.changed_per_s),
    ):
        print(f"| {what}, a second and worker | {per_s:,.0f} |")
    print(f"| 100 jobs again, from cache, POST to finished page | {watched.repeat_ms:.0f} ms |")


def _print_watching() -> None:
    seen = measure_watching()
    print(
        "\n| 50 watchers of a running batch of 10,000 | figure | at most |\n| --- | ---: | ---: |"
    )
    for what, figure, most in (
        (f"poll p95, {seen.changes_per_s:.0f} changes/s", f"{seen.p95_ms:.0f} ms", "100 ms"),
        ("the web server's share of a core", f"{seen.core:.0%}", "25 %"),
        ("delta of 20 changed rows, gzipped", f"{seen.delta_bytes:,} bytes", "2 KB"),
        ("the batch's page, not packed", f"{seen.page_bytes / 1000:.0f} KB", "100 KB"),
        ("first byte of that page", f"{seen.first_byte_ms:.0f} ms", "50 ms"),
        ("a cold page with all it needs, gzipped", f"{seen.cold_bytes / 1000:.1f} KB", "45 KB"),
    ):
        print(f"| {what} | {figure} | {most} |")


def _print_most() -> None:
    most = measure_most()
    print("\n| 10,000 jobs through the page | figure |\n| --- | ---: |")
    for what, figure in (
        ("POST of the job file to the redirect", f"{most.submit_s:.2f} s"),
        ("the batch's page while it runs, not packed", f"{most.page_bytes / 1000:.0f} KB"),
        ("first byte of that page", f"{most.first_byte_ms:.0f} ms"),
        ("all jobs, 100 at once at 0.01 s", f"{most.run_s:.1f} s"),
        ("peak memory of a web process", f"{most.web_mb:.0f} MB"),
        ("peak memory of the runner", f"{most.runner_mb:.0f} MB"),
        ("sum of the peaks of all processes", f"{most.all_mb:.0f} MB"),
    ):
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    raise SystemExit(main())
