"""What can be done with many jobs of a batch at once: with those ticked, or all that match."""

from asgiref.sync import async_to_sync
from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from webapp.domain.batch import Reason
from webapp.domain.errors import InvalidSpec
from webapp.domain.listing import ALL, Selection
from webapp.store import reads
from webapp.web.context import service, store
from webapp.web.deltas import acted, jobs_
from webapp.web.listing import PAGE, View
from webapp.web.money import read_budget

MENDED = {reason.value: reason for reason in (Reason.KEY, Reason.PROVIDER, Reason.BUDGET)}
NO_NEW_BUDGET = "Write the new budget in US dollars, such as 5.00."
WHOLE = ("all", "undecided", "double_limit")
NONE_DUE = "No job is due yet: nothing was run."
BACK = "{} put back to the queue."

bp = Blueprint("bulk", __name__, url_prefix="/batches/<batch_id>")


def selected() -> Selection:
    """The jobs a form is about, and how many it said they are.

    A button for the whole batch says so by its name; else `on` is `matching:112`, all that the
    page's filter matches, or `picked`, those ticked. A form that says neither is about all.
    """
    form = request.form
    for name in WHOLE:
        if name in form:
            return Selection(shown=_number(form[name]))
    scope, _, number = form.get("on", "").partition(":")
    if scope == "picked":
        picked = [each for each in form.getlist("pick")[:PAGE] if _number(each) is not None]
        return Selection(frozenset(map(int, picked)))
    which = View.of_query(form.get("here", "")).which if scope == "matching" else ALL
    return Selection(matching=which, shown=_number(number))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _told(selection: Selection, number: int, done: str) -> str:
    """What was done, and how many of those ticked were left alone."""
    if selection.picked is None:
        return done
    if not selection.picked:
        return "No job is ticked: nothing was done."
    left = len(selection.picked) - number
    return f"{done} {jobs_(left)} of those ticked left as it was." if left > 0 else done


@bp.post("/cancel")
def cancel(batch_id: str) -> ResponseReturnValue:
    """Stop jobs: waiting ones at once, running ones within a second."""
    selection = selected()
    number = async_to_sync(service().cancel)(batch_id, selection)
    return acted(batch_id, _told(selection, number, f"{jobs_(number)} cancelled."))


@bp.post("/retry")
def retry(batch_id: str) -> ResponseReturnValue:
    """Put failed and parked jobs back to the queue, or with `undecided` those alone.

    With `double_limit` those whose answer was cut off, and they may answer twice as long.
    """
    selection, was_finished = selected(), _is_finished(batch_id)
    if "double_limit" in request.form:
        number = async_to_sync(service().retry_longer)(batch_id, selection)
    else:
        undecided = "undecided" in request.form
        number = async_to_sync(service().retry)(batch_id, selection, undecided=undecided)
    return _put_back(batch_id, selection, number, was_finished=was_finished)


@bp.post("/fresh")
def fresh(batch_id: str) -> ResponseReturnValue:
    """Run jobs that stand still again, whatever the cache holds."""
    selection, was_finished = selected(), _is_finished(batch_id)
    number = async_to_sync(service().run_fresh)(batch_id, selection)
    return _put_back(batch_id, selection, number, was_finished=was_finished)


@bp.post("/rebuild")
def rebuild(batch_id: str) -> ResponseReturnValue:
    """Ask what is stale again, with what has changed since."""
    selection, was_finished = selected(), _is_finished(batch_id)
    number = async_to_sync(service().rebuild)(batch_id, selection)
    return _put_back(batch_id, selection, number, was_finished=was_finished)


def _put_back(
    batch_id: str, selection: Selection, number: int, *, was_finished: bool
) -> ResponseReturnValue:
    told = _told(selection, number, BACK.format(jobs_(number)))
    return acted(batch_id, told, reopened=was_finished and number > 0)


@bp.post("/choose")
def choose(batch_id: str) -> ResponseReturnValue:
    """Choose the best of the selected candidates for each artifact."""
    number = async_to_sync(service().choose)(batch_id, selected())
    artifacts = "1 artifact" if number == 1 else f"{number:,} artifacts"
    return acted(batch_id, f"{artifacts} chosen: the zip takes them.")


@bp.post("/unchoose")
def unchoose(batch_id: str) -> ResponseReturnValue:
    """Leave artifacts to the checks again."""
    number = async_to_sync(service().unchoose)(batch_id, selected())
    artifacts = "1 artifact" if number == 1 else f"{number:,} artifacts"
    return acted(batch_id, f"{artifacts} left to the checks.")


@bp.post("/continue")
def go_on(batch_id: str) -> ResponseReturnValue:
    """Put the jobs back to the queue that waited for a key, a provider or a larger budget."""
    reason = MENDED.get(request.form.get("reason", ""))
    if reason is None:
        abort(400)
    was_finished = _is_finished(batch_id)
    number = async_to_sync(service().go_on)(
        batch_id,
        reason,
        endpoint=request.form.get("endpoint") or None,
        budget_microusd=_new_budget() if reason is Reason.BUDGET else None,
    )
    return acted(batch_id, BACK.format(jobs_(number)), reopened=was_finished)


def _new_budget() -> int:
    budget = read_budget(request.form.get("budget", ""))
    if budget is None:
        raise InvalidSpec({"budget": NO_NEW_BUDGET})
    return budget


@bp.post("/run-here")
def run_here(batch_id: str) -> ResponseReturnValue:
    """Run the next job inside this request, where no runner lives."""
    has_run = async_to_sync(service().run_here)(batch_id)
    return acted(batch_id, "1 job was run here." if has_run else NONE_DUE, reopened=True)


def _is_finished(batch_id: str) -> bool:
    return reads.batch(store(), batch_id).is_finished
