"""`/projects`: the zip of a project, posted as soon as it is chosen."""

from flask import Blueprint, Response, request

from webapp.web.form_page import show_form, submitted
from webapp.web.htmx import wants_fragment

bp = Blueprint("projects", __name__)


@bp.post("/projects")
def create() -> Response:
    """Store an uploaded project; answer the form's panel, which now holds the project's id."""
    response = show_form({}, form=submitted())
    if wants_fragment(request):
        # The plan counts the files too. An event reaches it only through this header: the element
        # that sent the request is gone with the old panel.
        response.headers["HX-Trigger"] = '{"omni:recount": {"target": "#plan"}}'
    return response
