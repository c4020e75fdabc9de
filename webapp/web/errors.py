"""Every failure as an answer: a named error has its status, the rest is a 500 with a request id."""

from contextlib import suppress
from http import HTTPStatus

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import DatabaseError
from werkzeug.exceptions import HTTPException

from webapp.domain.errors import (
    BadUpload,
    CannotRunHere,
    InvalidSpec,
    JobFileErrors,
    JobFileNotFound,
    NotFound,
    ProjectNotFound,
    SchemaForeign,
    SelectionGrew,
    SidesUnreadable,
    StoreBroken,
    StoreBusy,
    StoreFull,
)
from webapp.store import reads
from webapp.web.batches import budget_refused
from webapp.web.compare import refused
from webapp.web.context import store
from webapp.web.form_page import show_form
from webapp.web.htmx import page_or_fragment

RETRY_AFTER_S = "5"
FORM_ENDPOINTS = frozenset(
    {"batches.create", "job_files.create", "new.plan", "projects.create", "projects.correct"}
)
SENTENCES = {
    HTTPStatus.BAD_REQUEST: "The request cannot be understood; nothing was changed.",
    HTTPStatus.FORBIDDEN: "This is not allowed; nothing was changed.",
    HTTPStatus.NOT_FOUND: "There is no page at this address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address cannot be used in this way.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "This is more than the server takes: 50 MB for the zip of a project or a job file, 4 MB "
        "for the fields of a form. Nothing was saved. Go back, shorten it, and send it again."
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Something went wrong on our side. What was stored before is still there. Try again; if "
        "it stays, look for the request id in the log."
    ),
}


def register(app: Flask) -> None:
    """Turn every exception that leaves a view into an answer."""
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(SidesUnreadable, refused)
    app.register_error_handler(ProjectNotFound, _project_not_found)
    app.register_error_handler(InvalidSpec, _invalid_spec)
    app.register_error_handler(BadUpload, _bad_upload)
    app.register_error_handler(JobFileErrors, _job_file_fault)
    app.register_error_handler(JobFileNotFound, _job_file_fault)
    app.register_error_handler(CannotRunHere, _conflict)
    app.register_error_handler(SelectionGrew, _conflict)
    app.register_error_handler(StoreBusy, _store_busy)
    app.register_error_handler(StoreFull, _store_full)
    app.register_error_handler(StoreBroken, _unavailable)
    app.register_error_handler(SchemaForeign, _unavailable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _answer(status: int, sentence: str) -> Response:
    return page_or_fragment(
        "pages/error.html",
        "partials/notice.html",
        status,
        code=status,
        title=HTTPStatus(status).phrase,
        sentence=sentence,
        request_id=g.request_id,
    )


def _not_found(error: NotFound) -> Response:
    return _answer(404, error.sentence)


def _project_not_found(error: ProjectNotFound) -> Response:
    if request.endpoint in FORM_ENDPOINTS:
        return show_form({"project": error.sentence}, forget_project=True)
    return _not_found(error)


def _invalid_spec(error: InvalidSpec) -> Response:
    if request.endpoint == "bulk.go_on" and request.view_args:
        return budget_refused(request.view_args["batch_id"], error.errors["budget"])
    if request.blueprint == "bulk":  # there is no form to fill in again
        return _answer(409, " ".join([*error.errors.values(), "Nothing was done."]))
    return show_form(error.errors)


def _bad_upload(error: BadUpload) -> Response:
    return show_form({"project": error.sentence})


def _job_file_fault(error: JobFileErrors | JobFileNotFound) -> Response:
    return show_form({"job_file": f"Nothing was submitted.\n{error.sentence}"})


def _conflict(error: CannotRunHere | SelectionGrew) -> Response:
    return _answer(409, error.sentence)


def _store_busy(error: StoreBusy) -> Response:
    response = _answer(503, error.sentence)
    response.headers["Retry-After"] = RETRY_AFTER_S
    return response


def _unavailable(error: StoreBroken | SchemaForeign) -> Response:
    return _answer(503, error.sentence)


def _store_full(error: StoreFull) -> Response:
    return _answer(507, error.sentence)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    is_ours = error.description is not None and error.description != type(error).description
    known = SENTENCES.get(HTTPStatus(status), HTTPStatus(status).description)
    response = _answer(status, error.description if is_ours and error.description else known)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    if isinstance(error, DatabaseError) and (sentence := _schema_fault()):
        return _answer(503, sentence)
    current_app.logger.error("%s %r failed", request.method, request.path, exc_info=error)
    return _answer(500, SENTENCES[HTTPStatus.INTERNAL_SERVER_ERROR])


def _schema_fault() -> str | None:
    with suppress(DatabaseError, StoreBusy):
        return reads.schema_fault(store())
    return None
