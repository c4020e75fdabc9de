"""`/healthz`: this process answers. `/readyz`: batches can be stored and run."""

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import DatabaseError

from webapp.domain.errors import StoreBusy
from webapp.store import reads
from webapp.web.context import store

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> Response:
    """Say that this process answers, nothing more."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def readyz() -> Response:
    """Say by name what is ready; 503 while anything is missing that `exclude` does not name.

    A balancer asks with `?exclude=runner`: the pages are of use without one.
    """
    ready = _ready()
    excluded = request.args.getlist("exclude")
    response = jsonify(ready)
    response.status_code = 200 if all(ready[name] for name in ready.keys() - excluded) else 503
    return response


def _ready() -> dict[str, bool]:
    try:
        reads.batches(store(), size=1)
        is_current = reads.schema_fault(store()) is None
        is_alive = reads.runner_state(store()).is_alive
    except DatabaseError as error:
        # Tables or columns are missing: readable, but not of this version.
        is_readable = any(words in str(error.orig) for words in ("no such", "does not exist"))
        return {"database": is_readable, "schema": False, "runner": False}
    except StoreBusy:
        return {"database": False, "schema": False, "runner": False}
    return {"database": True, "schema": is_current, "runner": is_alive}
