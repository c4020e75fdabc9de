"""`/keys`: the keys of all pages, for browsers that open no dialog."""

from flask import Blueprint, render_template

bp = Blueprint("keys", __name__)


@bp.get("/keys")
def show() -> str:
    """The list that `static/keys.js` opens as a dialog on every other page."""
    return render_template("pages/keys.html")
