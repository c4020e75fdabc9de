"""The candidates for one artifact of a batch side by side, and the choice among them."""

from asgiref.sync import async_to_sync
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.listing import Selection
from webapp.domain.views import JobView
from webapp.domain.winners import RULE, best, winner
from webapp.store import candidates, reads
from webapp.web.context import service, store
from webapp.web.output import Output, output

MOST_BESIDE = 12  # candidates with their files on one page

bp = Blueprint("candidates", __name__, url_prefix="/batches/<batch_id>/candidates/<int:number>")


@bp.get("")
def show(batch_id: str, number: int) -> str:
    """All candidates for an artifact; `?focus=` shows one of them alone, at full width."""
    batch = reads.batch(store(), batch_id)
    jobs = candidates.of_artifact(store(), batch_id, number)
    if not jobs:
        abort(404, f"There is no artifact {number} in this batch.")
    focus = request.args.get("focus", 0, int)
    shown = [job for job in jobs if job.seq == focus] or jobs
    return render_template(
        "pages/candidates.html",
        batch=batch,
        jobs=jobs,
        winner=winner(jobs),
        best=best(jobs),
        focus=focus,
        columns=[(job, _delivered(job)) for job in shown[:MOST_BESIDE]],
        hidden=len(shown[MOST_BESIDE:]),
        rule=RULE,
    )


def _delivered(job: JobView) -> Output | None:
    artifact = reads.job(store(), job.id).artifact
    return output(artifact) if artifact else None


@bp.post("/choose")
def choose(batch_id: str, number: int) -> ResponseReturnValue:
    """Make one of the candidates the user's choice, or with `job` 0 leave it to the checks."""
    seq = request.form.get("job", 0, int)
    if seq:
        async_to_sync(service().choose)(batch_id, Selection(frozenset({seq})))
    else:
        jobs = candidates.of_artifact(store(), batch_id, number)
        rivals = frozenset(job.seq for job in jobs)
        async_to_sync(service().unchoose)(batch_id, Selection(rivals))
    return redirect(url_for(".show", batch_id=batch_id, number=number), code=303)
