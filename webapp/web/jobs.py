"""`/jobs/<id>`: one job with its files, prompt and attempts."""

from dataclasses import asdict
from hashlib import sha256

from asgiref.sync import async_to_sync
from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from webapp.compare import Comparison, compare
from webapp.domain.batch import Reason
from webapp.domain.views import JobDetail, RoundView
from webapp.store import reads, rounds
from webapp.web import live
from webapp.web.code import Listing, listing
from webapp.web.context import service, store
from webapp.web.deltas import acted
from webapp.web.listing import PAGE
from webapp.web.security import ASK_AGAIN, DOWNLOAD_POLICY

TABS = ("output", "changes", "rounds", "prompt", "attempts")
GROWING_MS = 500
WAITING_MS = 1500

bp = Blueprint("jobs", __name__, url_prefix="/jobs")


@bp.get("/<job_id>")
def show(job_id: str) -> str:
    """One job; `?show=` picks output, changes, rounds, prompt or attempts."""
    tab = request.args.get("show", TABS[0])
    if tab not in TABS:
        abort(404)
    detail = reads.job(store(), job_id)
    job = detail.job
    neighbours = {
        row.seq: row for row in reads.rows(store(), job.batch_id, job.seq - 1, job.seq + 1)
    }
    return render_template(
        "pages/job.html",
        detail=detail,
        job=job,
        tab=tab,
        tabs=_tabs(detail),
        changes=_changes(detail) if tab == "changes" else None,
        rounds=_rounds(job_id) if tab == "rounds" else (),
        files=_listings(detail) if tab == "output" else (),
        page=(job.seq - 1) // PAGE + 1,
        before=neighbours.get(job.seq - 1),
        after=neighbours.get(job.seq + 1),
        runner=live.runner(),
        is_truncated=job.reason is Reason.TRUNCATED,
    )


def _listings(detail: JobDetail) -> list[Listing]:
    artifact = detail.artifact
    return [listing(file, artifact.findings) for file in artifact.files] if artifact else []


def _tabs(detail: JobDetail) -> list[str]:
    """Those with anything on them."""
    has = {"changes": detail.base is not None, "rounds": detail.has_rounds}
    return [tab for tab in TABS if has.get(tab, True)]


def _changes(detail: JobDetail) -> Comparison | None:
    """What a step changed in the artifact that it started from."""
    if detail.base is None or detail.artifact is None:
        return None
    return compare(detail.base.files, detail.artifact.files)


def _rounds(job_id: str) -> list[tuple[RoundView, Comparison | None]]:
    """The rounds of a job, each with what it changed in the version it was to mend."""
    found = rounds.views(store(), job_id)
    return [
        (each, compare(each.base.files, each.artifact.files) if each.base else None)
        for each in found
    ]


@bp.get("/<job_id>/text")
def text(job_id: str) -> Response:
    """The answer so far from `?offset=` on, as plain text.

    `Next-Offset` is what to ask for next, `Poll-After` when, in milliseconds; without it the answer
    is complete.
    """
    offset = request.args.get("offset", 0, int)
    if not 0 <= offset < 2**31:
        abort(400)
    piece = reads.job_text(store(), job_id, offset)
    response = Response(piece.text, mimetype="text/plain")
    response.headers["Next-Offset"] = str(piece.next_offset)
    if not piece.is_final:
        response.headers["Poll-After"] = str(GROWING_MS if piece.text else WAITING_MS)
    return response


@bp.get("/<job_id>/receipt")
def receipt(job_id: str) -> Response:
    """What was sent for a job: its files with their digests, the masks in them, and the prompt."""
    detail = reads.job(store(), job_id)
    told = {
        "job": job_id,
        "model": str(detail.job.model),
        "params": asdict(detail.job.params),
        "files": [asdict(each) for each in detail.sent],
        "masks": [asdict(each) for each in detail.masks],
        "prompt": [asdict(each) for each in detail.prompt],
    }
    response = jsonify(told)
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{job_id}.json"'
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response


@bp.get("/<job_id>/files/<path:path>")
def file(job_id: str, path: str) -> Response:
    """One generated file, to be saved and never to be shown as a page; 304 if it is the same."""
    found = reads.file(store(), job_id, path)
    response = Response(found.content, mimetype="text/plain")
    response.set_etag(sha256(found.content.encode()).hexdigest()[:32], weak=True)
    name = found.path.rpartition("/")[2]
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers["Cache-Control"] = ASK_AGAIN
    response.make_conditional(request)
    return response


@bp.post("/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop one job."""
    detail = reads.job(store(), job_id)
    is_done = async_to_sync(service().cancel_job)(job_id)
    return _acted(detail, "cancelled" if is_done else "had come to its end already")


@bp.post("/<job_id>/retry")
def retry(job_id: str) -> ResponseReturnValue:
    """Put one job back to the queue; `double_limit` lets it answer twice as long."""
    detail = reads.job(store(), job_id)
    double = "double_limit" in request.form
    is_done = async_to_sync(service().retry_job)(job_id, double_limit=double)
    words = "put back to the queue" if is_done else "is still open"
    return _acted(detail, words, reopened=detail.batch.is_finished)


def _acted(detail: JobDetail, words: str, *, reopened: bool = False) -> ResponseReturnValue:
    job = detail.job
    sentence = f"Job {job.seq} {words}."
    # The rows of a batch send along which rows are shown; the page of the job does not.
    if "seq" in request.form:
        return acted(job.batch_id, sentence, reopened=reopened)
    flash(sentence)
    return redirect(url_for(".show", job_id=job.id), code=303)
