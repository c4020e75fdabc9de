"""The section on growth of docs/performance.md."""

from collections.abc import Iterator
from itertools import pairwise

from bench.growth.plot import SERIES
from bench.growth.record import Grown, Growth
from bench.results import table

HEAD = (
    *("N", "run s", "× ideal", "submit s", "submit ms a job"),
    *("web MB", "runner MB", "database MB", "KB a job", "blobs MB", "cache MB", "load"),
)
SPLIT_HEAD = ("N", "batches", "run s", "× ideal", "submits s", "web MB", "runner MB")
SPLIT = """\
The same in more batches, which share the {at_once} calls; *submits* is the time of all of them:
"""
INTRO = """\
## Growth

`make bench-growth` gives a fresh default install N jobs of kind `prometheus-rules`, C {at_once},
L {latency:g} s. A batch holds 10,000 jobs at most: 100,000 are ten batches, submitted one after the
other while the first ones run. {date}, on {machine}.

![Growth from 100 to 100,000 jobs](images/growth.svg)
"""
NOTES = """\
*Run* is from the first claim to the last stored job, *× ideal* against ceil(N/C) × L. *Submit* is
the longest of a batch, from the POST to the redirect. *Web* is the peak of the largest web process,
*runner* that of the runner without its helpers. *Database* is the SQLite file with its log, *blobs*
the part of it that is packed text (prompts, raw answers, files), *cache* what serves a prompt that
comes again, and may be deleted. *Load* is the load average of the machine before the run.
"""


def section(done: Growth) -> Iterator[str]:
    """Its lines, in Markdown."""
    yield INTRO.format(
        at_once=done.at_once, latency=done.latency_s, date=done.date, machine=done.machine
    )
    rows = zip(done.sizes, done.load, strict=True)
    yield from table(HEAD, [cells(done, grown, load) for grown, load in rows])
    yield ""
    yield from map(_step, pairwise(done.sizes))
    yield ""
    yield SPLIT.format(at_once=done.at_once)
    yield from table(SPLIT_HEAD, [_split_cells(done, grown) for grown in done.split])
    yield ""
    yield NOTES


def _step(sizes: tuple[Grown, Grown]) -> str:
    """How much each series grew from one size to the next; bold is what grew faster than N."""
    small, large = sizes
    jobs = large.number / small.number
    factors = {name: value(large) / value(small) for name, value in SERIES.items()}
    told = (f"{name} × {factor:.1f}" for name, factor in factors.items())
    marked = (
        f"**{each}**" if factor > jobs else each
        for each, factor in zip(told, factors.values(), strict=True)
    )
    return f"- {small.number:,} to {large.number:,} jobs, × {jobs:.0f}: {'; '.join(marked)}"


def _split_cells(done: Growth, grown: Grown) -> tuple[str, ...]:
    return (
        f"{grown.number:,}",
        f"{grown.batches}",
        f"{grown.run_s:.2f}",
        f"{done.ratio(grown):.3f}",
        f"{grown.submits_s:.2f}",
        f"{grown.web_mb:.0f}",
        f"{grown.runner_mb:.0f}",
    )


def cells(done: Growth, grown: Grown, load: float) -> tuple[str, ...]:
    """The cells of a size under HEAD."""
    batch = grown.number // grown.batches
    return (
        f"{grown.number:,}",
        f"{grown.run_s:.2f}",
        f"{done.ratio(grown):.3f}",
        f"{grown.submit_s:.2f}",
        f"{grown.submit_s * 1000 / batch:.2f}",
        f"{grown.web_mb:.0f}",
        f"{grown.runner_mb:.0f}",
        f"{grown.database_mb:.1f}",
        f"{grown.database_mb * 1000 / grown.number:.1f}",
        f"{grown.blobs_mb:.1f}",
        f"{grown.cache_mb:.1f}",
        f"{load:.2f}",
    )
