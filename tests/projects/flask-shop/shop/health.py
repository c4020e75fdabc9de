"""What a load balancer asks."""

from flask import Blueprint

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz():
    """Say that this process answers."""
    return {"status": "ok"}
