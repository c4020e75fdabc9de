"""What changed on the page of a batch: for polls, and as the answer to actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from flask import Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from webapp.domain import eta
from webapp.domain.batch import JobStatus, Reason
from webapp.domain.listing import JobFilter, Window
from webapp.domain.views import BatchView, JobView
from webapp.store import eta as ended
from webapp.store import holds, listing, overview, parked, reads
from webapp.web import live
from webapp.web.context import settings, store
from webapp.web.htmx import one_of_two, wants_fragment
from webapp.web.listing import View, parse_window
from webapp.web.live import Cursor, Summary
from webapp.web.matrix import matrix_of

FIRST_ROWS = "1-100"
Looked = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of a batch: its view, its rows, and how many matched when it was made."""

    view: View
    window: Window
    total: int

    @classmethod
    def parse(cls, fields: MultiDict[str, str]) -> "Shown":
        """Read what the page says of itself; aborts with 400 where it makes no sense."""
        total = fields.get("shown", "")
        return cls(
            View.of_query(fields.get("here", "")),
            parse_window(fields.get("seq", FIRST_ROWS)),
            int(total) if total.isdecimal() and len(total) < 10 else 0,
        )

    @property
    def is_plain(self) -> bool:
        """Whether nothing changes on it but its summary and its rows, each for itself."""
        return self.view.which.is_empty and not self.view.is_matrix


@dataclass(frozen=True, slots=True)
class Left:
    """How a filtered page differs from what matches now: rows gone, and how many match in all."""

    gone: frozenset[int]
    shown: int
    now: int

    def __bool__(self) -> bool:
        return bool(self.gone) or self.now != self.shown


def standing(batch: BatchView) -> dict[str, object]:
    """What the summary needs besides the batch."""
    counts, runner = batch.counts, live.runner()
    is_small = batch.total <= settings().run_here_max_jobs
    is_moving = batch.started_at is not None and not batch.is_finished and runner.is_alive
    return {
        "waiting": holds.waiting(store(), batch.id) if counts[JobStatus.QUEUED] else [],
        "parked": parked.groups(store(), batch.id) if counts[JobStatus.PARKED] else [],
        "undecided": reads.undecided(store(), batch.id) if counts[JobStatus.PARKED] else 0,
        "failures": overview.failures(store(), batch.id) if counts[JobStatus.FAILED] else [],
        "restarted": live.restarted(batch),
        "stale": overview.stale(store(), batch.id),
        "left_s": eta.seconds_left(
            ended.paces(store(), batch.id),
            datetime.now(UTC),
            batch.open - counts[JobStatus.QUEUED],
        )
        if is_moving and counts[JobStatus.QUEUED]
        else None,
        "runner": runner,
        "can_run_here": is_small and not (batch.is_finished or runner.is_alive),
    }


def changes(batch_id: str, shown: Shown, since: Cursor, **said: str) -> Response:
    """The delta of a page: its summary, its changed rows, and its new cursor.

    `said` is a `notice`, or the `fault` of a new budget and what was `typed`.
    """
    with live.computing:
        summary = (
            _summary(batch_id, **said)
            if said
            else live.summary(batch_id, since.version, partial(_summary, batch_id))
        )
        batch = summary.batch
        # Read after the batch: a row may be newer than the cursor, and then comes once more.
        look = _matrix if shown.view.is_matrix else _table
        jobs, looked = look(batch, shown, since)
        is_summary_alone = shown.is_plain and not (jobs or said)
        response = one_of_two(
            summary.delta
            if is_summary_alone
            else _delta(batch, summary.html, shown.view, jobs, **looked, **said)
        )
    response.headers["Poll-After"] = str(live.poll_after_ms(batch, jobs, datetime.now(UTC)))
    return response


def _table(batch: BatchView, shown: Shown, since: Cursor) -> tuple[Sequence[JobView], Looked]:
    """The rows of a table that changed."""
    had_pause = since.has_pause
    jobs = listing.changed(store(), batch.id, since.version, shown.window, had_pause=had_pause)
    return jobs, {"left": _left(batch, shown)}


def _matrix(batch: BatchView, shown: Shown, since: Cursor) -> tuple[Sequence[JobView], Looked]:
    """The rows of a matrix with a change in them: by it another candidate may win.

    Of a filter others may match by now, with models of their own: then all of it is sent.
    """
    matrix = matrix_of(store(), batch, shown.view)
    rows = [row for row in matrix.rows if any(_is_new(job, since) for job in row.jobs)]
    return matrix.jobs, {"matrix": matrix, "rows": rows}


def _is_new(job: JobView, since: Cursor) -> bool:
    # A pause begins and ends without a change of the jobs that wait for it.
    may_have_waited = since.has_pause and job.status is JobStatus.QUEUED
    return job.version > since.version or job.reason is Reason.COOLING or may_have_waited


def _left(batch: BatchView, shown: Shown) -> Left | None:
    which = shown.view.which
    if which.is_empty:
        return None
    here = listing.matching(store(), batch.id, which, shown.window)
    now = matching_now(batch, which)
    return Left(frozenset(shown.window.numbers or ()) - here, shown.total, now)


def matching_now(batch: BatchView, which: JobFilter) -> int:
    """How many jobs of a batch match; where only statuses are asked for, nothing is counted."""
    if which == JobFilter(statuses=which.statuses):
        return sum(batch.counts[status] for status in which.statuses or JobStatus)
    return listing.total(store(), batch.id, which)


def _summary(batch_id: str, **said: str) -> Summary:
    batch = reads.batch(store(), batch_id)
    section = "partials/summary_section.html"
    html = render_template(section, batch=batch, oob=True, **standing(batch), **said)
    return Summary(batch, html, _delta(batch, html, View(), (), left=None))


def _delta(
    batch: BatchView, summary: str, view: View, jobs: Sequence[JobView], **rest: object
) -> str:
    return render_template(
        "partials/delta.html",
        batch=batch,
        summary=Markup(summary),  # noqa: S704  # rendered by a template of ours
        cursor=Cursor.of(batch, jobs),
        view=view,
        jobs=jobs,
        **rest,
    )


def acted(batch_id: str, sentence: str, *, reopened: bool = False) -> ResponseReturnValue:
    """Answer an action on the page of a batch: by its changed rows, or by the page itself."""
    shown = Shown.parse(request.form)
    if wants_fragment(request) and not reopened:
        since = Cursor.parse(request.form.get("since", ""))
        return changes(batch_id, shown, since, notice=sentence)
    flash(sentence)
    if wants_fragment(request):
        # The page of a finished batch has no poller: only a new page has one again.
        return Response(headers={"HX-Refresh": "true"})
    return redirect(shown.view.at(batch_id), code=303)


def jobs_(number: int) -> str:
    """`1 job`, `2 jobs`."""
    return "1 job" if number == 1 else f"{number:,} jobs"
