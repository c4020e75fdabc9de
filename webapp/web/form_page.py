"""The page of a new batch, and the form filled in again after a fault."""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import BinaryIO, cast

from asgiref.sync import async_to_sync
from flask import Response, g, request

from webapp.domain.batch import BLUEPRINT, Mode
from webapp.domain.errors import InvalidSpec, ProjectNotFound
from webapp.domain.project import ProjectView
from webapp.domain.views import Plan
from webapp.store import reads
from webapp.web.context import service, settings, store
from webapp.web.forms import FIELDS_BYTES, PRESETS, UPLOAD_BYTES, Form, parse_batch
from webapp.web.htmx import page_or_fragment


@dataclass(frozen=True, slots=True)
class Example:
    """A brief to begin with."""

    title: str
    brief: str


EXAMPLES = {
    "flask": Example(
        "Flask shop",
        "A Flask shop, served by gunicorn on port 8000, with PostgreSQL for orders and Redis for "
        "carts. Containers run without root rights. GET /healthz answers while the shop is well.",
    ),
    "express": Example(
        "Express API",
        "A Node 22 Express API on port 3000 that keeps its records in PostgreSQL. Two replicas, "
        "256 MB of memory each. GET /health answers while it is well.",
    ),
    "worker": Example(
        "Queue worker",
        "A Python 3.12 worker without any port. It takes jobs from Redis and writes results to "
        "PostgreSQL; it may take 60 s to finish its work when it is told to stop.",
    ),
}


def new_form(example: str | None) -> Form:
    """The fields as a first visit shows them, with the brief of an example if one is asked for."""
    chosen = EXAMPLES.get(example or "")
    form = Form(
        {
            "brief": chosen.brief if chosen else "",
            "mode": Mode.ASYNC if settings().async_enabled else Mode.SYNC,
            "preset": "balanced",
            "samples": "1",
            "models": BLUEPRINT,
            "nonce": token_urlsafe(12),
        }
    )
    if chosen:
        form.setlist("kinds", ["dockerfile", "compose"])
    return form


def submitted() -> Form:
    """The fields of this request. A zip among them is stored first and becomes `project_id`.

    Raises BadUpload and ProjectNotFound. A browser never fills a file field in again, so the id
    has to be in the form before anything else can fail.
    """
    if request.mimetype == "multipart/form-data":
        request.max_content_length = UPLOAD_BYTES + FIELDS_BYTES
    form: Form = request.form.copy()
    upload = request.files.get("project")
    if upload is not None and upload.filename:
        project = async_to_sync(service().add_project)(
            cast(BinaryIO, upload.stream), upload.filename
        )
        _forget_project(form)
        form["project_id"] = project.id
    elif form.get("project_id") and form.get("choice") == "listed":
        _reduce_to_differences(form, async_to_sync(service().usual_paths)(form["project_id"]))
    g.form = form
    return form


def _forget_project(form: Form) -> None:
    for name in ("project_id", "choice", "send", "added", "left_out"):
        form.poplist(name)


def _reduce_to_differences(form: Form, usual: frozenset[str]) -> None:
    """Without our script a form lists every ticked file; the service wants what differs."""
    ticked = set(form.getlist("send"))
    form.setlist("added", sorted(ticked - usual))
    form.setlist("left_out", sorted(usual - ticked))


def planned(form: Form) -> tuple[Plan | None, dict[str, str]]:
    """What a submit of the form would do; or None, and what is missing by field."""
    try:
        return async_to_sync(service().plan)(parse_batch(form)), {}
    except InvalidSpec as error:
        return None, error.errors
    except ProjectNotFound as error:
        return None, {"project": error.sentence}


def show_form(
    errors: Mapping[str, str], *, form: Form | None = None, forget_project: bool = False
) -> Response:
    """The form as it was sent, with a sentence at each field at fault; 422 if there is one."""
    shown: Form = form if form is not None else g.get("form", request.form.copy())
    if forget_project:
        _forget_project(shown)
    plan, problems = planned(shown)
    project = _project(shown)
    usual = async_to_sync(service().usual_paths)(project.id) if project else frozenset()
    return page_or_fragment(
        "pages/new.html",
        "partials/project.html",
        422 if errors else 200,
        form=shown,
        errors=errors,
        plan=plan,
        problems=problems,
        project=project,
        usual=usual,
        ticked=usual - set(shown.getlist("left_out")) | set(shown.getlist("added")),
        choices=async_to_sync(service().choices)(),
        examples=EXAMPLES,
        presets=PRESETS,
        async_enabled=settings().async_enabled,
        upload_bytes=UPLOAD_BYTES,
    )


def _project(form: Form) -> ProjectView | None:
    project_id = form.get("project_id")
    try:
        return reads.project(store(), project_id) if project_id else None
    except ProjectNotFound:
        _forget_project(form)
        return None
