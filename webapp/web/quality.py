"""`/quality`: what `omni eval` measured last on this machine."""

import json
from typing import Any

from flask import Blueprint, render_template

from webapp.web.context import settings

RESULT = "quality.json"

bp = Blueprint("quality", __name__)


@bp.get("/quality")
def show() -> str:
    """The lines of the last evaluation, or how to make one."""
    return render_template("pages/quality.html", measured=_last())


def _last() -> dict[str, Any] | None:
    """What was measured; None where nothing was, or another version has written it."""
    try:
        text = (settings().data_dir / RESULT).read_text(encoding="utf-8")
        measured = json.loads(text)
    except (OSError, ValueError):
        return None
    return measured if isinstance(measured, dict) and "lines" in measured else None
