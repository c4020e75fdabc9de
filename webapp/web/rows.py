"""Rows of the job table: one that cannot change by itself is rendered once for all who watch it."""

from collections import OrderedDict

from flask import Flask
from markupsafe import Markup

from webapp.domain.views import JobView

KEPT = 4096  # rows, of about 700 bytes each


def install(app: Flask) -> None:
    """Give the templates `job_row(job, gone)`; page and delta send the same."""
    kept: OrderedDict[tuple[str, int], Markup] = OrderedDict()

    def rendered(job: JobView, gone: bool) -> Markup:
        module = app.jinja_env.get_template("partials/job_row.html").module
        row: Markup = module.job_row(job, gone)  # type: ignore[attr-defined]  # a macro
        return row

    @app.template_global()
    def job_row(job: JobView, gone: bool = False) -> Markup:
        # A job that is open shows a clock, or waits for what is not in its row.
        if job.status.is_open or gone:
            return rendered(job, gone)
        key = (job.id, job.version)
        row = kept.get(key)
        if row is None:
            row = kept[key] = rendered(job, gone)
            if len(kept) > KEPT:
                kept.popitem(last=False)
        return row
