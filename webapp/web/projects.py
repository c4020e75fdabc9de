"""`/projects`: the zip or a file of a project, posted as soon as it is chosen."""

from flask import Blueprint, Response, request

from webapp.web.form_page import keep_corrections, show_form, submitted
from webapp.web.forms import Form
from webapp.web.htmx import wants_fragment

bp = Blueprint("projects", __name__)


@bp.post("/projects")
def create() -> Response:
    """Store an uploaded project; answer the form's panel, which now holds the project's id."""
    return _shown(submitted())


@bp.post("/projects/facts")
def correct() -> Response:
    """Keep what the form says of the project's facts; answer the panel that shows them."""
    form = submitted()
    keep_corrections(form)
    return _shown(form)


def _shown(form: Form) -> Response:
    response = show_form({}, form=form)
    if wants_fragment(request):
        # The plan counts the files too. An event reaches it only through this header: the element
        # that sent the request is gone with the old panel.
        response.headers["HX-Trigger"] = '{"omni:recount": {"target": "#plan"}}'
    return response
