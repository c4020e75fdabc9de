"""The section on load of docs/performance.md."""

from collections.abc import Iterator

from bench.load.figure import HEAD
from bench.load.record import Kept, Measurement
from bench.results import table

INTRO = """\
## Under load

`make bench-load` measures a fresh default install each time (`omni serve`: two web processes of
eight threads, and the runner) beside a fake provider and the generator, all on the same cores:
{machine}.
"""
NOTES = """\
- N jobs of kind `prometheus-rules`, C at once, at a provider that takes L for each.
- At a constant rate each connection of autocannon sends one request a second, and the connections
  start spread over the first second; a request that took longer than a second counts for those it
  held up too. Polls that follow a batch carry the cursor of the answer before, as a page does, and
  take gzip.
- *Load* is the load average of the machine before the measurement: idle, it is below 1.
- The generators are not free: what they take of the cores is missing to the server.
"""


def section(kept: Kept) -> Iterator[str]:
    """Its lines, in Markdown."""
    yield INTRO.format(machine="; ".join(dict.fromkeys(each.machine for each in kept.values())))
    yield from table(
        (*HEAD, "load"),
        [
            (*figure.cells, f"{each.load:.1f}")
            for each in sorted(kept.values(), key=_name)
            for figure in each.figures
        ],
    )
    yield ""
    yield NOTES


def _name(each: Measurement) -> str:
    return each.figures[0].name
