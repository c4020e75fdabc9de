"""`python -m bench.peers`: all rows for everybody; a whole run is kept and published."""

import sys

from bench.peers.contest import contest
from bench.peers.record import keep, record
from bench.publish import publish
from bench.results import Result, show
from bench.rows import ROWS


def main() -> int:
    """Measure all rows, or only look at those that the words on the command line name."""
    chosen = sys.argv[1:] or list(ROWS)
    results: list[Result] = []
    for row in (row for name in chosen for row in ROWS[name]):
        found = contest(row)
        show(found)
        results += found
    if chosen == list(ROWS):
        keep(record(results))
        publish()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
