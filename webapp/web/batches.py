"""`/batches`: the list, the live page of one batch, and what can be done with it."""

import re
from datetime import UTC, datetime
from functools import partial

from asgiref.sync import async_to_sync
from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from webapp.domain.batch import JobStatus, Reason
from webapp.domain.errors import InvalidSpec
from webapp.domain.views import BatchView
from webapp.store import export, holds, parked, reads
from webapp.web import live
from webapp.web.context import service, settings, store
from webapp.web.form_page import keep_corrections, submitted, to_start
from webapp.web.htmx import render, wants_fragment
from webapp.web.live import Cursor, Summary, Window
from webapp.web.money import read_budget
from webapp.web.security import ASK_AGAIN
from webapp.web.zip_stream import zip_stream

LIST_PAGE = 50
ZIP = "application/zip"
MENDED = {reason.value: reason for reason in (Reason.KEY, Reason.PROVIDER, Reason.BUDGET)}
NO_NEW_BUDGET = "Write the new budget in US dollars, such as 5.00."

bp = Blueprint("batches", __name__, url_prefix="/batches")


@bp.get("")
def index() -> str:
    """All batches, the newest first."""
    page = page_asked_for()
    batches, total = reads.batches(store(), page=page, size=LIST_PAGE)
    pages = max(1, -(-total // LIST_PAGE))
    if page > pages:
        abort(404)
    return render_template(
        "pages/batches.html",
        batches=batches,
        total=total,
        page=page,
        pages=pages,
        runner=live.runner(),
    )


@bp.post("")
def create() -> ResponseReturnValue:
    """Start the batch the form describes."""
    form = submitted()
    keep_corrections(form)
    batch_id = async_to_sync(service().submit)(to_start(form))
    return redirect(url_for(".show", batch_id=batch_id), code=303)


@bp.get("/<batch_id>")
def show(batch_id: str) -> str:
    """One batch, a hundred rows a page."""
    return _page(batch_id, Window.of_page(page_asked_for()))


def _page(batch_id: str, window: Window, **refused: str) -> str:
    batch = reads.batch(store(), batch_id)
    jobs = reads.rows(store(), batch_id, window.first, window.last)
    pages = max(1, -(-batch.total // live.PAGE))
    if window.page > pages:
        abort(404)
    return render_template(
        "pages/batch.html",
        batch=batch,
        jobs=jobs,
        window=window,
        page=window.page,
        pages=pages,
        cursor=Cursor.of(batch, jobs),
        **standing(batch),
        **refused,
    )


@bp.get("/<batch_id>/delta")
def delta(batch_id: str) -> Response:
    """The rows of a window that changed after `since`, or 204.

    `Poll-After` says in milliseconds when to ask again.
    """
    since = Cursor.parse(request.args.get("since", ""))
    is_new = reads.batch_version(store(), batch_id) > since.version
    # A runner that dies changes no version: then the summary goes out to say so.
    if not is_new and live.runner().is_alive:
        response = Response(status=204)
        response.headers["Poll-After"] = str(live.QUIET_MS)
        return response
    return changes(batch_id, Window.parse(request.args.get("seq", "")), since)


@bp.post("/<batch_id>/cancel")
def cancel(batch_id: str) -> ResponseReturnValue:
    """Stop a batch: waiting jobs at once, running ones within a second."""
    number = async_to_sync(service().cancel)(batch_id)
    return acted(batch_id, f"{jobs_(number)} cancelled.")


@bp.post("/<batch_id>/retry")
def retry(batch_id: str) -> ResponseReturnValue:
    """Put the failed and parked jobs back to the queue, or with `undecided` those alone."""
    was_finished = reads.batch(store(), batch_id).is_finished
    number = async_to_sync(service().retry)(batch_id, undecided="undecided" in request.form)
    return acted(batch_id, f"{jobs_(number)} put back to the queue.", reopened=was_finished)


@bp.post("/<batch_id>/continue")
def go_on(batch_id: str) -> ResponseReturnValue:
    """Put the jobs back to the queue that waited for a key, a provider or a larger budget."""
    reason = MENDED.get(request.form.get("reason", ""))
    if reason is None:
        abort(400)
    was_finished = reads.batch(store(), batch_id).is_finished
    number = async_to_sync(service().go_on)(
        batch_id,
        reason,
        endpoint=request.form.get("endpoint") or None,
        budget_microusd=_new_budget() if reason is Reason.BUDGET else None,
    )
    return acted(batch_id, f"{jobs_(number)} put back to the queue.", reopened=was_finished)


def _new_budget() -> int:
    budget = read_budget(request.form.get("budget", ""))
    if budget is None:
        raise InvalidSpec({"budget": NO_NEW_BUDGET})
    return budget


def budget_refused(batch_id: str, sentence: str) -> Response:
    """The page of a batch, or its summary, with a sentence at the field of the new budget; 422."""
    window = Window.parse(request.form.get("seq", "1-100"))
    refused = {"fault": sentence, "typed": request.form.get("budget", "")}
    if wants_fragment(request):
        since = Cursor.parse(request.form.get("since", ""))
        response = changes(batch_id, window, since, **refused)
    else:
        response = make_response(_page(batch_id, window, **refused))
    response.status_code = 422
    return response


@bp.post("/<batch_id>/run-here")
def run_here(batch_id: str) -> ResponseReturnValue:
    """Run the next job inside this request, where no runner lives."""
    if not async_to_sync(service().run_here)(batch_id):
        flash("No job is due yet: nothing was run.")
    return redirect(url_for(".show", batch_id=batch_id), code=303)


@bp.get("/<batch_id>/zip")
def zip_file(batch_id: str) -> Response:
    """All files of the batch so far, and a manifest that names what is missing; 304 if the same."""
    batch = reads.batch(store(), batch_id)
    tag = f"{batch.id}-{batch.version}"
    # Not by `make_conditional`: it would make the whole zip to know its length.
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = Response(zip_stream(export.zip_entries(store(), batch_id)), mimetype=ZIP)
        response.headers["Content-Disposition"] = f'attachment; filename="{_zip_name(batch)}"'
    response.set_etag(tag)
    response.headers["Cache-Control"] = ASK_AGAIN
    return response


def _zip_name(batch: BatchView) -> str:
    # Only letters that need no quoting: the title may hold anything.
    words = re.sub(r"[^a-z0-9]+", "-", batch.title.lower())[:40].strip("-")
    return f"{words or 'batch'}-{batch.id[-6:].lower()}.zip"


def page_asked_for() -> int:
    """`?page=`, counted from 1; aborts with 404 where it is no such number."""
    text = request.args.get("page", "1")
    if not (text.isdecimal() and 1 <= len(text) <= 6 and int(text)):
        abort(404)
    return int(text)


def jobs_(number: int) -> str:
    """`1 job`, `2 jobs`."""
    return "1 job" if number == 1 else f"{number:,} jobs"


def standing(batch: BatchView) -> dict[str, object]:
    """What the summary needs besides the batch."""
    counts, runner = batch.counts, live.runner()
    is_small = batch.total <= settings().run_here_max_jobs
    return {
        "waiting": holds.waiting(store(), batch.id) if counts[JobStatus.QUEUED] else [],
        "parked": parked.groups(store(), batch.id) if counts[JobStatus.PARKED] else [],
        "undecided": reads.undecided(store(), batch.id) if counts[JobStatus.PARKED] else 0,
        "runner": runner,
        "can_run_here": is_small and not (batch.is_finished or runner.is_alive),
    }


def changes(batch_id: str, window: Window, since: Cursor, **said: str) -> Response:
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
        jobs = reads.changed_rows(
            store(),
            batch_id,
            since.version,
            window.first,
            window.last,
            had_pause=since.has_pause,
        )
        response = render(
            "partials/delta.html",
            batch=batch,
            summary=Markup(summary.at(window)),  # noqa: S704  # rendered by a template of ours
            jobs=jobs,
            cursor=Cursor.of(batch, jobs),
            notice=said.get("notice"),
        )
    response.headers["Poll-After"] = str(live.poll_after_ms(batch, jobs, datetime.now(UTC)))
    return response


def _summary(batch_id: str, **said: str) -> Summary:
    batch = reads.batch(store(), batch_id)
    section = "partials/summary_section.html"
    given = {"window": live.ANY, **standing(batch), **said}
    return Summary(batch, render_template(section, batch=batch, oob=True, **given))


def acted(batch_id: str, sentence: str, *, reopened: bool = False) -> ResponseReturnValue:
    """Answer an action on the page of a batch: by its changed rows, or by the page itself."""
    window = Window.parse(request.form.get("seq", "1-100"))
    if wants_fragment(request) and not reopened:
        since = Cursor.parse(request.form.get("since", ""))
        return changes(batch_id, window, since, notice=sentence)
    flash(sentence)
    if wants_fragment(request):
        # The page of a finished batch has no poller: only a new page has one again.
        return Response(headers={"HX-Refresh": "true"})
    return redirect(url_for("batches.show", batch_id=batch_id, page=window.page), code=303)
