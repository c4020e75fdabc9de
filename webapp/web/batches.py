"""`/batches`: the list, the live page of one batch, and its zip."""

import re

from asgiref.sync import async_to_sync
from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from webapp.domain.listing import SortKey, Window
from webapp.domain.views import BatchView, JobView
from webapp.store import export, listing, reads
from webapp.web import live
from webapp.web.context import service, store
from webapp.web.deltas import Shown, changes, matching_now, standing
from webapp.web.form_page import keep_corrections, submitted, to_start
from webapp.web.htmx import wants_fragment
from webapp.web.listing import PAGE, View, page_number, with_qualifiers
from webapp.web.live import Cursor
from webapp.web.matrix import matrix_of
from webapp.web.security import ASK_AGAIN
from webapp.web.zip_stream import zip_stream

LIST_PAGE = 50
ZIP = "application/zip"

bp = Blueprint("batches", __name__, url_prefix="/batches")


@bp.get("")
def index() -> str:
    """All batches, the newest first."""
    page = page_number(request.args.get("page", "1"))
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
def show(batch_id: str) -> ResponseReturnValue:
    """One batch, as table or matrix; what of it is shown stands in the address."""
    view = with_qualifiers(request.args)
    if view is not None:  # what somebody wrote becomes an address that can be passed on
        return redirect(view.at(batch_id))
    return _page(batch_id, View.parse(request.args))


def _page(batch_id: str, view: View, **refused: str) -> str:
    batch = reads.batch(store(), batch_id)
    total = matching_now(batch, view.which)
    pages = max(1, -(-total // PAGE))
    if view.page > pages and not view.is_matrix:
        abort(404)
    matrix = matrix_of(store(), batch, view) if view.is_matrix else None
    jobs = matrix.jobs if matrix else _jobs(batch, view)
    return render_template(
        "pages/batch.html",
        batch=batch,
        view=view,
        jobs=jobs,
        matrix=matrix,
        window=_window(batch, view, jobs),
        total=total,
        pages=pages,
        cursor=Cursor.of(batch, jobs),
        **standing(batch),
        **refused,
    )


def _jobs(batch: BatchView, view: View) -> list[JobView]:
    return listing.listed(
        store(), batch.id, view.which, view.order(batch), page=view.page, size=PAGE
    )


def _window(batch: BatchView, view: View, jobs: list[JobView]) -> Window:
    """The rows to ask changes of; a range where they stand one after another."""
    if view.is_matrix or (view.which.is_empty and view.order(batch).key is SortKey.SEQ):
        return Window((view.page - 1) * PAGE + 1, view.page * PAGE)
    return Window.of(tuple(job.seq for job in jobs))


@bp.get("/<batch_id>/delta")
def delta(batch_id: str) -> Response:
    """What changed on a page after `since`; where nothing did, `web/quiet.py` has said 204.

    `Poll-After` says in milliseconds when to ask again.
    """
    since = Cursor.parse(request.args.get("since", ""))
    return changes(batch_id, Shown.parse(request.args), since)


def budget_refused(batch_id: str, sentence: str) -> Response:
    """The page of a batch, or its summary, with a sentence at the field of the new budget; 422."""
    shown = Shown.parse(request.form)
    refused = {"fault": sentence, "typed": request.form.get("budget", "")}
    if wants_fragment(request):
        since = Cursor.parse(request.form.get("since", ""))
        response = changes(batch_id, shown, since, **refused)
    else:
        response = make_response(_page(batch_id, shown.view, **refused))
    response.status_code = 422
    return response


@bp.get("/<batch_id>/zip")
def zip_file(batch_id: str) -> Response:
    """The files of the winners so far, and a manifest that names what is missing; 304 if the same.

    With `?all=1` those of all jobs.
    """
    batch = reads.batch(store(), batch_id)
    takes_all = bool(request.args.get("all"))
    tag = f"{batch.id}-{batch.version}{'-all' if takes_all else ''}"
    # Not by `make_conditional`: it would make the whole zip to know its length.
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        entries = export.zip_entries if takes_all else export.winner_entries
        response = Response(zip_stream(entries(store(), batch_id)), mimetype=ZIP)
        response.headers["Content-Disposition"] = f'attachment; filename="{_zip_name(batch)}"'
    response.set_etag(tag)
    response.headers["Cache-Control"] = ASK_AGAIN
    return response


def _zip_name(batch: BatchView) -> str:
    # Only letters that need no quoting: the title may hold anything.
    words = re.sub(r"[^a-z0-9]+", "-", batch.title.lower())[:40].strip("-")
    return f"{words or 'batch'}-{batch.id[-6:].lower()}.zip"
