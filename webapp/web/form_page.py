"""The page of a new batch, and the form filled in again after a fault."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, BinaryIO, cast

from asgiref.sync import async_to_sync
from flask import Response, g, request
from werkzeug.datastructures import FileStorage

from webapp.domain.batch import BLUEPRINT, FALLBACK_AFTER_S, BatchSpec, Mode, Retries
from webapp.domain.errors import (
    InvalidSpec,
    JobFileErrors,
    JobFileNotFound,
    ProjectNotFound,
)
from webapp.domain.jobfile import MOST_BYTES, JobFile
from webapp.domain.project import FactName, ProjectView
from webapp.domain.views import Plan
from webapp.store import reads
from webapp.web.context import service, settings, store
from webapp.web.forms import (
    FACT_FIELD,
    FIELDS_BYTES,
    PRESETS,
    UPLOAD_BYTES,
    Form,
    parse_batch,
    said_of_facts,
)
from webapp.web.htmx import page_or_fragment
from webapp.web.ticks import check_seen, is_stale, kinds_of, reduce_to_differences, ticks


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
            "retries": Retries.DEFAULT,
            "fallback_after": f"{FALLBACK_AFTER_S:g}",
            "nonce": token_urlsafe(12),
        }
    )
    if chosen:
        form.setlist("kinds", ["dockerfile", "compose"])
    return form


def submitted() -> Form:
    """The fields of this request. Files among them are stored first; ids take their place.

    Raises BadUpload, JobFileErrors and ProjectNotFound. A browser never fills a file field in
    again, so the id has to be in the form before anything else can fail.
    """
    if request.mimetype == "multipart/form-data":
        request.max_content_length = UPLOAD_BYTES + MOST_BYTES + FIELDS_BYTES
    form: Form = request.form.copy()
    g.form = form
    _take_project(form)
    _take_job_file(form)
    return form


def keep_corrections(form: Form) -> None:
    """Keep what the form says of the project's facts; raises InvalidSpec and ProjectNotFound."""
    project_id = form.get("project_id")
    if project_id and any(name.startswith(FACT_FIELD) for name in form):
        folders = [each.folder for each in reads.project(store(), project_id).applications]
        async_to_sync(service().correct)(project_id, said_of_facts(form, folders))
    # The page shows what is kept.
    for name in [name for name in form if name.startswith(FACT_FIELD)]:
        form.poplist(name)


def _take_project(form: Form) -> None:
    with _uploaded("project") as (stream, name):
        masks = "as_it_is" not in form
        if name or "take_folder" in form:
            if name:
                project = async_to_sync(service().add_project)(stream, name, masks=masks)
            else:
                folder = form.get("server_folder", "").strip()
                project = async_to_sync(service().add_project_below)(folder, masks=masks)
            _forget_project(form)
            form["project_id"] = project.id
        elif form.get("project_id") and form.get("choice") == "listed":
            reduce_to_differences(form)


def _take_job_file(form: Form) -> None:
    if "drop_job_file" in form:
        form.poplist("job_file_id")
    with _uploaded("job_file") as (stream, name):
        if name:
            form.poplist("job_file_id")
            form["job_file_id"] = async_to_sync(service().add_job_file)(stream, name).id


@contextmanager
def _uploaded(field: str) -> Iterator[tuple[BinaryIO, str]]:
    """A file of this request and its name, empty where none was chosen."""
    upload = request.files.get(field) or FileStorage()
    # Large ones lie in a file of their own, which nobody else closes.
    with closing(upload):
        yield cast(BinaryIO, upload.stream), upload.filename or ""


def asked_for(form: Form) -> BatchSpec:
    """What the form asks for, by its fields or its job file.

    Raises InvalidSpec, and JobFileNotFound or JobFileErrors for a file that no longer serves.
    """
    return parse_batch(form, _job_file(form), service().steps)


def to_start(form: Form) -> BatchSpec:
    """The same, once the user has seen which files it sends; else raises InvalidSpec."""
    spec = asked_for(form)
    check_seen(form, kinds_of(form, _job_file(form)))
    return spec


def _job_file(form: Form) -> JobFile | None:
    job_file_id = form.get("job_file_id")
    return async_to_sync(service().job_file)(job_file_id) if job_file_id else None


def _forget_project(form: Form) -> None:
    facts = [name for name in form if name.startswith(FACT_FIELD)]
    fields = ("project_id", "choice", "send", "usual_for", "added", "left_out", "application")
    for name in (*fields, *facts):
        form.poplist(name)


def planned(form: Form) -> dict[str, Any]:
    """What the panel of the plan shows: what a submit would do, or what is missing by field."""
    spec, plan, problems = _plan(form)
    return {
        "spec": spec,
        "plan": plan,
        "problems": problems,
        "policy": form.get("policy"),
    }


def ticked(form: Form, plan: Plan | None) -> dict[str, Any]:
    """The files to tick, and whether the page shows those of other kinds than it asks for."""
    project, kinds = _project(form), kinds_of(form, _job_file(form))
    shown = ticks(form, project, kinds, plan) if project else None
    return {"project": project, "ticks": shown, "is_stale": is_stale(form, kinds)}


def _plan(form: Form) -> tuple[BatchSpec | None, Plan | None, dict[str, str]]:
    try:
        spec = asked_for(form)
        return spec, async_to_sync(service().plan)(spec), {}
    except InvalidSpec as error:
        return None, None, error.errors
    except ProjectNotFound as error:
        return None, None, {"project": error.sentence}
    except (JobFileErrors, JobFileNotFound) as error:
        form.poplist("job_file_id")
        return None, None, {"job_file": error.sentence}


def show_form(
    errors: Mapping[str, str], *, form: Form | None = None, forget_project: bool = False
) -> Response:
    """The form as it was sent, with a sentence at each field at fault; 422 if there is one."""
    shown: Form = form if form is not None else g.get("form", request.form.copy())
    if forget_project:
        _forget_project(shown)
    plan = planned(shown)
    return page_or_fragment(
        "pages/new.html",
        "partials/project.html",
        422 if errors else 200,
        form=shown,
        errors=errors,
        **plan,
        **ticked(shown, plan["plan"]),
        fact_names=tuple(FactName),
        job_file=_job_file(shown),
        choices=async_to_sync(service().choices)(),
        examples=EXAMPLES,
        presets=PRESETS,
        async_enabled=settings().async_enabled,
        repair_rounds=settings().repair_rounds,
        upload_bytes=UPLOAD_BYTES,
        project_roots=settings().project_roots,
    )


def _project(form: Form) -> ProjectView | None:
    project_id = form.get("project_id")
    try:
        return reads.project(store(), project_id) if project_id else None
    except ProjectNotFound:
        _forget_project(form)
        return None
