"""Writes docs/reliability.md from `reliability.json` and the table of faults."""

import statistics
from collections.abc import Iterable, Iterator, Sequence

from bench.processes import ROOT
from tests.faults.kills import AT_ONCE, LATENCY_S, Kills
from tests.faults.record import Record, load
from tests.faults.submits import JOBS
from tests.faults.table import FAULTS, NOT_HERE

PAGE = ROOT / "docs/reliability.md"

INTRO = """\
# What happens when something breaks

Everything here is tested with real processes: runners and web workers are ended by `kill -9`, disks
are full, clocks jump, providers break off. `make test` runs each fault for a short time, `make faults`
the long run of about half an hour; this page is made of what that found.
"""

WORDS = """
- *Lost*: neither succeeded nor waiting for a person to say whether it may be paid for twice. A job given
  up because its runner ended is lost, too.
- *Redone*: had an answer, and was called for again.
- *Repeated* are requests that the provider got more than once, by its own count; *in flight* the calls
  that the database had under way at the instants of the kills. With `finish_all` the first is at most
  the second, and each is told on the page of its job. With `never_twice` there is none: the jobs of those
  calls wait for a person.
- *Resumed*: when the last call that a kill had left was made again (with `never_twice`: when the next job
  was called for), measured from when the new runner had the lock of the data folder, and from
  when its process was started. Only runners that came so far before they were killed are counted.
"""

POINTS = """
## Killed at named points

Before the first byte leaves, after the request was sent, in the middle of an answer, when it is there,
during its check, before and after the commit of a result, and after a cached result got its name. Each
time {jobs} jobs, and another runner finishes them.
"""

SUBMITS = """
## Web workers killed during a submit

{each.submits} submits of {jobs:,} jobs each, all workers killed within 1.5 s of it (seed {each.seed}),
then the same form sent again. {each.cut} submits got no answer. Batches that were there in part:
{each.halves}. Twice: {each.doubles}. Missing: {each.missing}. Repetitions that were not accepted:
{each.refused}.
"""

TABLE = """
## Every fault and its test

`tests/faults/` where no other folder is named. A fault without a test here belongs to another page, or
to something that does not exist.
"""


def faults(done: Record) -> list[str]:
    """A sentence for each promise that the run did not hold."""
    return [
        *(sentence for each in done.kills for sentence in _of_kills(each)),
        *(f"{each.lost} jobs lost at {each.name}" for each in done.points if each.lost),
        *(
            f"{number} {what} by killed web workers"
            for what in ("halves", "doubles", "missing", "refused")
            if (number := getattr(done.submits, what))
        ),
        *done.broken,
    ]


def _of_kills(each: Kills) -> Iterator[str]:
    for what in ("lost", "redone", "unrecorded"):
        if number := getattr(each, what):
            yield f"{each.policy}: {number} {what}"
    if each.duplicates > (each.in_flight if each.policy == "finish_all" else 0):
        yield f"{each.policy}: {each.duplicates} calls repeated, {each.in_flight} in flight"
    yield from each.broken


def page(done: Record) -> str:
    """The page, in Markdown."""
    return "\n".join(
        (
            INTRO,
            *_circumstances(done),
            *_kills(done.kills),
            WORDS,
            POINTS.format(jobs=done.points[0].jobs // done.points[0].deaths).strip("\n") + "\n",
            *_table(
                ("point", "deaths", "jobs", "lost", "calls more than jobs"),
                ((p.name, p.deaths, p.jobs, p.lost, p.calls_more) for p in done.points),
            ),
            SUBMITS.format(each=done.submits, jobs=JOBS),
            *_not_held(done),
            TABLE.strip("\n") + "\n",
            *_table(("fault", "what is expected", "test"), map(_fault, FAULTS)),
            "",
            "Not here:\n",
            *(f"- {what}: {why}" for what, why in NOT_HERE.items()),
            "",
        )
    )


def _circumstances(done: Record) -> Iterator[str]:
    yield f"{done.date}, commit {done.commit}, on {done.machine}, {done.minutes} minutes;"
    yield "`tests/faults/reliability.json` has all figures.\n"
    yield "## The runner killed at random instants\n"
    yield f"{AT_ONCE} calls of {LATENCY_S:g} s at once; a new runner is started after each kill.\n"


def _kills(kills: Sequence[Kills]) -> Iterator[str]:
    names = [f"`{each.policy}`" for each in kills]
    yield from _table(
        ("", *names),
        [
            (what, *(f"{getattr(each, name):,}" for each in kills))
            for what, name in (
                ("`kill -9`", "kills"),
                ("jobs", "jobs"),
                ("succeeded", "succeeded"),
                ("wait for a person", "undecided"),
                ("**lost**", "lost"),
                ("redone", "redone"),
                ("calls", "calls"),
                ("repeated", "duplicates"),
                ("in flight at the kills", "in_flight"),
                ("calls that the database knows nothing of", "unrecorded"),
                ("seed", "seed"),
            )
        ]
        + [
            ("resumed after the lock", *(_times(each.resumed_after_lock_s, 1) for each in kills)),
            ("resumed after the start", *(_times(each.resumed_after_start_s, 4) for each in kills)),
        ],
    )


def _times(seconds: Sequence[float], bound_s: float) -> str:
    if not seconds:
        return "–"
    late = sum(each > bound_s for each in seconds)
    return (
        f"median {statistics.median(seconds):.2f} s, at most {max(seconds):.2f} s; "
        f"{late} of {len(seconds)} later than {bound_s:g} s"
    )


def _not_held(done: Record) -> Iterator[str]:
    for sentence in faults(done):
        yield f"**Not held:** {sentence}.\n"


def _fault(fault: tuple[str, str, Sequence[str]]) -> tuple[str, str, str]:
    what, expected, tests = fault
    return what, expected, "<br>".join(f"`{each}`" for each in tests)


def _table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, rows)


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def publish(done: Record) -> None:
    """Write the page."""
    PAGE.write_text(page(done))


if __name__ == "__main__":
    publish(load())
