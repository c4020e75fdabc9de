from flask import Blueprint
from prometheus_client import Counter

bp = Blueprint("entries", __name__)
BOOKED = Counter("ledger_booked_total", "Entries that were booked.")


@bp.get("/livez")
def livez():
    return {"status": "ok"}


@bp.post("/entries")
def book():
    BOOKED.inc()
    return {}, 201
