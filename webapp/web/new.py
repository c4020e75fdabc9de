"""`/` and `/plan`: put a batch together and see what it would do."""

from flask import Blueprint, Response, request

from webapp.web.form_page import new_form, planned, show_form, submitted, ticked
from webapp.web.htmx import render, wants_fragment

bp = Blueprint("new", __name__)


@bp.get("/")
def show() -> Response:
    """The form, empty or with the brief of `?example=`."""
    return show_form({}, form=new_form(request.args.get("example")))


@bp.post("/plan")
def plan() -> Response:
    """What the form would start, checked as a submit is; nothing is started."""
    form = submitted()
    plan = planned(form)
    if not wants_fragment(request):
        return show_form(plan["problems"], form=form)
    return render("partials/plan_answer.html", **plan, **ticked(form, plan["plan"]), errors={})
