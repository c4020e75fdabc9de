"""`python -m bench.growth`: all sizes; a whole run is kept and published."""

import sys

from bench.growth.measure import LATENCY_S, measure_size
from bench.growth.publish import HEAD, cells
from bench.growth.record import BATCHES, SIZES, SPLIT, keep, load_average, today
from bench.load.figure import AT_ONCE
from bench.publish import publish
from bench.results import table


def main() -> int:
    """Measure all sizes, or only look at those that the numbers on the command line name."""
    chosen = [int(word) for word in sys.argv[1:]] or list(SIZES)
    loads, sizes = [], []
    print(*table(HEAD, []), sep="\n", flush=True)
    for number in chosen:
        loads.append(load_average())
        sizes.append(measure_size(number))
        done = today(AT_ONCE, LATENCY_S, loads, sizes, [])
        print(f"| {' | '.join(cells(done, sizes[-1], loads[-1]))} |", flush=True)
    if chosen == list(SIZES):
        split = [measure_size(SPLIT, batches) for batches in BATCHES]
        keep(today(AT_ONCE, LATENCY_S, loads, sizes, split))
        publish()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
