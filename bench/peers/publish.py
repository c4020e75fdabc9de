"""What docs/performance.md says of client libraries beside us."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from bench.ours import OURS
from bench.peers.contest import PEERS
from bench.peers.record import Record
from bench.results import HEAD, Result, table
from bench.rows import Row

WHO = (OURS, *(peer.who for peer in PEERS))
GRID_HEAD = ("calls/s", "burst", "told", "N", "ideal s", *WHO)
INTRO = """\
## Beside client libraries

`make bench-peers` gives the same jobs to Omni-Architect and to three client libraries, in one run,
at one fake provider each with the same options. The libraries have their default settings and a
bound of C; they call and do nothing more. Omni-Architect is the whole default install: jobs of kind
`prometheus-rules`, by `omni submit` to `omni serve`; it parses, checks and stores all answers too.
"""
NOTES = """\
### How to read it

- N jobs, C at once, at a provider that takes L for each. *Ideal* is ceil(N/C) × L; under a limit it
  is (N − burst) / rate + L where that is longer; with a lognormal latency, which is the same for
  everybody, it is the time when each call begins in the first free of C places.
- *s* runs from the first claim to the last stored job, of a library from the first call to the last
  answer; imports and the making of clients are left out. Nobody has called the provider before, so
  nobody knows its limit, but for “again”: a second batch on the same install.
- A job is *lost* when it ends in an error. A run that loses jobs ends sooner: look at both.
- *Early* are calls that came before the provider had said they might, by the provider's count; *in
  flight* is the most it had at once.
- *CPU* and *peak MB* are those of all processes: a product of several beside one script. *% of a
  core* is the part of those that call: the runner with its helpers, or the script.
- *Told* is what the provider tells about its limit: everything is `Retry-After` in a refusal and
  `x-ratelimit-…` headers in every answer.
- **Bold** is who lost the fewest jobs and is, of those, within 1 % of the best × ideal; a second
  batch does not compete.
- Under a limit up to four contenders run side by side: no more than let in 160 calls a second.
"""


def section(done: Record) -> Iterator[str]:
    """Its lines, in Markdown."""
    yield INTRO
    yield from _circumstances(done)
    yield "![Times of the ideal by row and contender](images/peers.svg)\n"
    yield from _rows(done)
    yield "### Limits of every kind\n"
    yield "C 20, L 0.2 s. For each: × ideal · calls a job · lost.\n"
    yield from table(GRID_HEAD, _grid(done))
    yield ""
    yield NOTES


def _circumstances(done: Record) -> Iterator[str]:
    yield f"{done.date}, on {done.machine}; the providers are on the same cores."
    yield "`bench/peers/results.json` has all figures.\n"
    yield from (f"- {who}: {version}" for who, version in done.versions.items())
    yield ""


def by_row(done: Record) -> Iterator[tuple[Row, list[Result]]]:
    """The rows and their results, in the order they were measured."""
    for row, results in groupby(done.results, lambda result: result.row):
        yield row, list(results)


def _rows(done: Record) -> Iterator[str]:
    for row, results in by_row(done):
        if row.name != "grid":
            won = winners(results)
            yield f"### {row.name.capitalize()}: {row.words}\n"
            if row.ideal_s:
                yield f"Ideal: {row.ideal_s:.2f} s.\n"
            yield from table(HEAD, [_marked(result.cells, result.who in won) for result in results])
            yield ""


def _marked(cells: Sequence[str], has_won: bool) -> list[str]:
    marked = {"who", "s", "× ideal"} if has_won else set()
    return [
        f"**{cell}**" if name in marked else cell for name, cell in zip(HEAD, cells, strict=True)
    ]


def _grid(done: Record) -> Iterator[tuple[str, ...]]:
    for row, results in by_row(done):
        if row.name == "grid":
            ideal, won = f"{row.ideal_s:.2f}", winners(results)
            cells = (_cell(result, result.who in won) for result in results)
            yield (f"{row.rate:g}", str(row.burst), row.told, str(row.number), ideal, *cells)


def _cell(result: Result, has_won: bool) -> str:
    cell = f"{result.times_ideal} · {result.calls_a_job} · {result.account.lost}"
    return f"**{cell}**" if has_won else cell


def winners(results: list[Result]) -> set[str]:
    """Who lost the fewest jobs of a row and is, of those, within 1 % of the best time."""
    fewest = min(result.account.lost for result in results)
    best = [result for result in results if result.account.lost == fewest and result.who in WHO]
    bound = min(result.ratio for result in best) * 1.01
    return {result.who for result in best if result.ratio <= bound}
