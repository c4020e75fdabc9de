"""Writes docs/reliability.md from `reliability.json` and the table of faults."""

import statistics
from collections.abc import Iterable, Iterator, Sequence

from bench.processes import ROOT
from tests.faults import soak, words
from tests.faults.kills import AT_ONCE, LATENCY_S, Kills
from tests.faults.record import Record, load
from tests.faults.submits import JOBS
from tests.faults.table import FAULTS, NOT_HERE

PAGE = ROOT / "docs/reliability.md"


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
    for what in ("lost", "redone", "unrecorded", "reopened"):
        if number := getattr(each, what):
            yield f"{each.policy}: {number} {what}"
    if each.duplicates > (each.in_flight if each.policy == "finish_all" else 0):
        yield f"{each.policy}: {each.duplicates} calls repeated, {each.in_flight} in flight"
    yield from each.broken


def page(done: Record) -> str:
    """The page, in Markdown."""
    return "\n".join(
        (
            words.INTRO,
            *_circumstances(done),
            words.KILLED.format(at_once=AT_ONCE, latency_s=LATENCY_S),
            *_kills(done.kills),
            words.MEANINGS,
            *_points(done),
            words.SUBMITS.format(each=done.submits, jobs=JOBS),
            *_soak(done),
            *_not_held(done),
            words.TABLE,
            *_table(("fault", "what is expected", "test"), map(_fault, FAULTS)),
            "",
            "Not here:",
            "",
            *(f"- {what}: {why}" for what, why in NOT_HERE.items()),
            "",
        )
    )


def _circumstances(done: Record) -> Iterator[str]:
    yield f"{done.date}, commit {done.commit}, on {done.machine}, {done.minutes} minutes;"
    yield "`tests/faults/reliability.json` has all figures."
    yield ""


def _points(done: Record) -> Iterator[str]:
    first = done.points[0]
    yield words.POINTS.format(jobs=first.jobs // first.deaths)
    yield from _table(
        ("point", "deaths", "jobs", "lost", "calls more than jobs"),
        ((f"`{p.name}`", p.deaths, p.jobs, p.lost, p.calls_more) for p in done.points),
    )


def _soak(done: Record) -> Iterator[str]:
    first = done.soak[0]
    yield words.SOAK.format(
        minutes=first.minutes, jobs=first.jobs, at_once=soak.AT_ONCE, faults=", ".join(soak.FAULTS)
    )
    yield from _table(
        ("process", "MB", "MB more in 10 minutes", "open files", "threads"),
        (
            (
                each.name,
                f"{each.mb_first} → {each.mb_last}",
                each.mb_in_10_min,
                f"{each.fds_first} → {each.fds_last}",
                f"{each.threads_first} → {each.threads_last}",
            )
            for each in done.soak
        ),
    )


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
                ("left where they stood still", "reopened"),
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
