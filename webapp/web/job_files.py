"""`/job-files`: a file with a job a line, stored and shown before anything is started."""

from flask import Blueprint, Response

from webapp.web.form_page import show_form, submitted

bp = Blueprint("job_files", __name__)


@bp.post("/job-files")
def create() -> Response:
    """Store an uploaded job file, or drop it; answer the form, which now holds the file's id."""
    return show_form({}, form=submitted())
