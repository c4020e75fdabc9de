"""Small marks that stand hundredfold on a page: each is made once and kept."""

from collections.abc import Mapping
from functools import lru_cache

from flask import Flask
from markupsafe import Markup

from webapp.domain.artifact import SCORE_FORMULA, Severity, count_severities
from webapp.domain.batch import JobStatus
from webapp.domain.listing import ALL
from webapp.web.static_files import StaticFiles

_ICON = Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>')
_STATE = Markup('<span class="state {}">{}{}</span>')
_TEMPLATE = Markup(
    '<span class="chip" title="Written by the blueprint from a template, not by a model">'
    "{}template</span>"
)
_STALE = Markup(
    '<span class="chip stale" title="A file, a fact or a template has changed since">{}stale</span>'
)
_CHOSEN = Markup('<span class="star" title="Chosen by you: the zip takes it">{}{}</span>')
_WON = Markup('<span class="star" title="The checks choose it: the zip takes it">{}{}</span>')
MOST_SUGGESTED = 40  # kinds and models, while somebody writes a filter
_FOUND = Markup('<span class="found {}">{} {}</span>')


def install(app: Flask, files: StaticFiles) -> None:
    """Give the templates their marks."""
    sprite = files.url("icons.svg")

    @lru_cache(maxsize=64)
    def icon(name: str) -> Markup:
        """A symbol of the sprite; the words beside it say the same."""
        return _ICON.format(sprite, name)

    def state(status: JobStatus | str, words: str | None = None) -> Markup:
        """A status: always icon and word, the colour only follows."""
        return _STATE.format(status, icon(status), words or status)

    app.jinja_env.globals.update(
        icon=icon,
        state=state,
        STATUSES=tuple(JobStatus),
        SCORE_FORMULA=SCORE_FORMULA,
        STATES={status: state(status) for status in JobStatus},
        STALE_MARK=_STALE.format(icon("stale")),
        CHOSEN_MARK=_CHOSEN.format(icon("star"), Markup('<span class="unseen">chosen</span>')),
        WINNER_MARK=_WON.format(
            icon("star"), Markup('<span class="unseen">taken by the checks</span>')
        ),
        MOST_SUGGESTED=MOST_SUGGESTED,
        NO_FILTER=ALL,
        TEMPLATE_MARK=_TEMPLATE.format(icon("template")),
    )
    app.add_template_filter(found)
    app.add_template_filter(count_severities, "counted")


def found(counts: Mapping[Severity, int]) -> Markup:
    """How many findings there are, by severity; nothing where there are none."""
    return _found(counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.NOTE])


@lru_cache(maxsize=1024)
def _found(errors: int, warnings: int, notes: int) -> Markup:
    marks = []
    for number, severity, word in (
        (errors, Severity.ERROR, "error" if errors == 1 else "errors"),
        (warnings, Severity.WARNING, "warning" if warnings == 1 else "warnings"),
        (notes, Severity.NOTE, "note" if notes == 1 else "notes"),
    ):
        if number:
            marks.append(_FOUND.format(severity, number, word))
    return Markup(" ").join(marks)
