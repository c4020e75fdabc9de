"""`python -m bench.load`: a default install under load; what was measured is published."""

import os
import platform
import shutil
import sys
from collections.abc import Callable

from bench.growth.record import load_average
from bench.load.downloads import measure_downloads
from bench.load.figure import HEAD, Figure
from bench.load.overload import measure_overload
from bench.load.polls import measure_polls
from bench.load.record import keep, now
from bench.load.starts import measure_starts
from bench.load.submits import measure_largest, measure_submits
from bench.load.watchers import measure_watched, measure_watcher
from bench.publish import publish
from bench.results import table

MEASURES: dict[str, Callable[[], list[Figure]]] = {
    "polls": measure_polls,
    "submit": measure_submits,
    "watched": measure_watched,
    "largest": measure_largest,
    "watcher": measure_watcher,
    "zip": measure_downloads,
    "start": measure_starts,
    "overload": measure_overload,
}


def main() -> int:
    """Measure everything, or only what the words on the command line name."""
    chosen = sys.argv[1:] or list(MEASURES)
    unknown = [word for word in chosen if word not in MEASURES]
    if unknown:
        sys.exit(f"There is no {unknown[0]}; there are {', '.join(MEASURES)}.")
    if not shutil.which("wrk") or not os.path.exists(".bench-load/installed"):
        sys.exit("wrk or autocannon is missing: run `make bench-load` once, which installs both.")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("Generators and servers share the cores.\n")
    print(*table(HEAD, []), sep="\n", flush=True)
    for name in chosen:
        load = load_average()
        figures = MEASURES[name]()
        for figure in figures:
            print(f"| {' | '.join(figure.cells)} |", flush=True)
        keep({name: now(load, figures)})
    publish()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
