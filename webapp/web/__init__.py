"""The only folder that sees a request."""

from flask import Flask

from webapp.settings import ROOT, Settings
from webapp.web import (
    batches,
    bulk,
    candidates,
    compare,
    compression,
    errors,
    filters,
    health,
    job_files,
    jobs,
    keys,
    live,
    marks,
    money,
    new,
    projects,
    providers,
    quality,
    rows,
    security,
    static_files,
)
from webapp.web.forms import FIELDS_BYTES, MOST_FIELDS
from webapp.web.sessions import PageSessions


def install(app: Flask, settings: Settings) -> None:
    """Put pages, checks and headers on an application made with `static_folder=None`."""
    app.config.update(
        MAX_CONTENT_LENGTH=FIELDS_BYTES,  # a form with a zip is allowed more
        MAX_FORM_MEMORY_SIZE=FIELDS_BYTES,
        MAX_FORM_PARTS=MOST_FIELDS,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True, "autoescape": True}
    app.session_interface = PageSessions()
    live.install(app)
    security.install(app, settings)
    app.after_request(compression.compress)
    errors.register(app)
    filters.install(app)
    money.install(app)
    rows.install(app)
    marks.install(app, static_files.install(app, ROOT / "static"))
    for module in (
        new,
        batches,
        bulk,
        candidates,
        jobs,
        job_files,
        compare,
        projects,
        providers,
        quality,
        keys,
        health,
    ):
        app.register_blueprint(module.bp)
