"""The section on several runners of docs/performance.md."""

from collections.abc import Iterator

from bench.load.figure import HEAD
from bench.load.record import Measurement
from bench.processes import ROOT
from bench.results import table

NAME = "runners"
FILE = ROOT / "bench/cluster/results.json"
INTRO = """\
## Several runners

`make bench-cluster` measures `omni serve` and further runners over one PostgreSQL, all on the same
cores as the provider: what more machines would add does not show here, only what sharing costs.
{date}, on {machine}; load average of the machine before: {load:.1f}.
"""


def section(done: Measurement) -> Iterator[str]:
    """Its lines, in Markdown."""
    yield INTRO.format(date=done.date, machine=done.machine, load=done.load)
    yield from table(HEAD[1:], [figure.cells[1:] for figure in done.figures])
    yield ""
