"""`/jobs/<id>`: one job with its files, prompt and attempts."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
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

from webapp.compare import compare
from webapp.domain.batch import Reason
from webapp.domain.listing import Selection
from webapp.domain.views import JobDetail
from webapp.domain.winners import winner
from webapp.store import answers, candidates, reads, rounds
from webapp.web.context import service, store
from webapp.web.deltas import acted
from webapp.web.listing import PAGE
from webapp.web.output import output
from webapp.web.repairs import told
from webapp.web.security import ASK_AGAIN, DOWNLOAD_POLICY
from webapp.web.timeline import timeline

TABS = ("output", "changes", "rounds", "prompt", "attempts", "raw")
GROWING_MS = 500
WAITING_MS = 1500

bp = Blueprint("jobs", __name__, url_prefix="/jobs")


@bp.get("/<job_id>")
def show(job_id: str) -> str:
    """One job; `?show=` picks the tab, and of the raw answers `attempt=` one, counted from 1."""
    tab = request.args.get("show", TABS[0])
    if tab not in TABS:
        abort(404)
    detail = reads.job(store(), job_id)
    job = detail.job
    neighbours = {
        row.seq: row for row in reads.rows(store(), job.batch_id, job.seq - 1, job.seq + 1)
    }
    rivals = candidates.of_artifact(store(), job.batch_id, job.candidate_of)
    return render_template(
        "pages/job.html",
        detail=detail,
        job=job,
        tab=tab,
        tabs=_tabs(detail),
        page=(job.seq - 1) // PAGE + 1,
        before=neighbours.get(job.seq - 1),
        after=neighbours.get(job.seq + 1),
        is_truncated=job.reason is Reason.TRUNCATED,
        winner=winner(rivals),
        rivals=rivals,
        **(_SHOWN[tab](detail) if tab in _SHOWN else {}),
    )


def _tabs(detail: JobDetail) -> list[str]:
    """Those with anything on them."""
    has = {
        "changes": detail.base is not None,
        "rounds": detail.has_rounds,
        "raw": any(attempt.raw is not None for attempt in detail.attempts),
    }
    return [tab for tab in TABS if has.get(tab, True)]


def _output(detail: JobDetail) -> dict[str, object]:
    """The files and, while the job is open, the answer so far."""
    job = detail.job
    return {
        "output": output(detail.artifact) if detail.artifact else None,
        "so_far": reads.job_text(store(), job.id, 0) if job.status.is_open else None,
    }


def _changes(detail: JobDetail) -> dict[str, object]:
    """What a step changed in the artifact that it started from."""
    if detail.base is None or detail.artifact is None:
        return {"changes": None}
    return {"changes": compare(detail.base.files, detail.artifact.files)}


def _rounds(detail: JobDetail) -> dict[str, object]:
    """The rounds of a job, each with what it changed in the version it was to mend."""
    return {"rounds": [told(each) for each in rounds.views(store(), detail.job.id)]}


def _attempts(detail: JobDetail) -> dict[str, object]:
    """All calls on one scale of time."""
    if not detail.attempts:
        return {}
    return {"timeline": timeline(detail.job, detail.attempts, datetime.now(UTC))}


def _raw(detail: JobDetail) -> dict[str, object]:
    """The raw answer that is asked for, else the last one."""
    kept = {no: each for no, each in enumerate(detail.attempts, 1) if each.raw is not None}
    number = request.args.get("attempt", max(kept, default=0), int)
    if kept and number not in kept:
        abort(404)
    return {"answers": kept, "number": number}


_SHOWN: dict[str, Callable[[JobDetail], dict[str, object]]] = {
    "output": _output,
    "changes": _changes,
    "rounds": _rounds,
    "attempts": _attempts,
    "raw": _raw,
}


@bp.get("/<job_id>/text")
def text(job_id: str) -> Response:
    """The answer so far from `?offset=` on, as plain text.

    `Next-Offset` is what to ask for next, `Poll-After` when, in milliseconds; without it the answer
    is complete. With `Job-Version` all but the text changes.
    """
    offset = request.args.get("offset", 0, int)
    if not 0 <= offset < 2**31:
        abort(400)
    piece = reads.job_text(store(), job_id, offset)
    response = Response(piece.text, mimetype="text/plain")
    response.headers["Next-Offset"] = str(piece.next_offset)
    response.headers["Job-Version"] = str(piece.version)
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
    return _download(found.content, found.path.rpartition("/")[2])


@bp.get("/<job_id>/attempts/<int:number>/raw")
def raw(job_id: str, number: int) -> Response:
    """The whole raw answer to an attempt, to be saved and never to be shown as a page."""
    return _download(answers.raw(store(), job_id, number), f"answer-{job_id}-{number}.txt")


def _download(content: str, name: str) -> Response:
    """A text of a model: plain, saved under a name, powerless; 304 if it is the same."""
    response = Response(content, mimetype="text/plain")
    response.set_etag(sha256(content.encode()).hexdigest()[:32], weak=True)
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


@bp.post("/<job_id>/choose")
def choose(job_id: str) -> ResponseReturnValue:
    """Take this job's artifact before its rivals, or with `leave` let the checks choose again."""
    job = reads.job(store(), job_id).job
    order = service().unchoose if "leave" in request.form else service().choose
    async_to_sync(order)(job.batch_id, Selection(frozenset({job.seq})))
    return redirect(url_for(".show", job_id=job.id), code=303)


@bp.post("/<job_id>/retry")
def retry(job_id: str) -> ResponseReturnValue:
    """Put one job back to the queue; `double_limit` lets it answer twice as long.

    With `fresh` its model is asked whatever the cache holds.
    """
    detail = reads.job(store(), job_id)
    asked = {name: name in request.form for name in ("double_limit", "fresh")}
    is_done = async_to_sync(service().retry_job)(job_id, **asked)
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
