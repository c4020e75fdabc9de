"""How endpoints and models stand with a pacer, in the words of the pages."""

import math
from datetime import UTC, datetime, timedelta

from webapp.domain.batch import ModelChoice
from webapp.engine.pace import Halt, Pace
from webapp.engine.pacer import Pacer
from webapp.engine.place import Place
from webapp.store.operations import PaceState

NOTICED_S = 2.0
_WHY = {
    Halt.RATE_LIMIT: "asks for a pause",
    Halt.DOWN: "is down: its last calls have all failed",
}


def states(pacer: Pacer) -> tuple[PaceState, ...]:
    """All endpoints, and all models that were ever called."""
    places = (_of_place(pacer, name, place) for name, place in pacer.places.items())
    return (*places, *(_of_model(pacer, model, pace) for model, pace in pacer.paces.items()))


def _of_place(pacer: Pacer, name: str, place: Place) -> PaceState:
    until = _soon(place.quota.wait_s(pacer.now(), claimed=place.unsent))
    why = "has used up what it may in a minute" if until is not None else None
    return PaceState(ModelChoice(name, ""), place.cap, place.in_flight, None, until, why)


def _of_model(pacer: Pacer, model: ModelChoice, pace: Pace) -> PaceState:
    until, why = pacer.until(model), None
    if until is not None and pace.pause is not None:
        why = _WHY[pace.pause.halt]
    elif pace.rate.per_s is not None:
        until = _soon(pace.rate.wait_s(pacer.now()))
        why = f"lets in {60 * pace.rate.per_s:.1f} calls a minute" if until else None
    limit = None if pace.room.limit == math.inf else int(pace.room.limit)
    return PaceState(model, limit, pace.room.in_flight, pace.rate.per_s, until, why)


def _soon(wait_s: float) -> datetime | None:
    """The whole second when a wait is over; None for one that nobody would notice."""
    if wait_s < NOTICED_S:
        return None
    return (datetime.now(UTC) + timedelta(seconds=wait_s + 1)).replace(microsecond=0)
