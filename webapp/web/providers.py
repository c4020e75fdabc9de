"""`/providers`: which are set up, and what they say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.endpoint import EndpointView
from webapp.domain.views import PaceView
from webapp.store import parked, reads
from webapp.web import live
from webapp.web.context import service, store
from webapp.web.deltas import jobs_
from webapp.web.htmx import render, wants_fragment

MOST_BOXES = 12
MOST_SUGGESTIONS = 300  # of an endpoint: a form with several large gateways stays below 100 KB

bp = Blueprint("providers", __name__, url_prefix="/providers")


@dataclass(frozen=True, slots=True)
class Offer:
    """The models of an endpoint in a form: some with a box to tick, others while one writes."""

    boxes: tuple[str, ...]
    suggestions: tuple[str, ...]


@bp.get("")
def index() -> str:
    """All endpoints with their health as last seen, and how the runner stands with them."""
    return render_template("pages/providers.html", endpoints=_endpoints(), **_standing())


@bp.post("/<name>/probe")
def probe(name: str) -> ResponseReturnValue:
    """Ask an endpoint now whether it works and which models it has."""
    health = async_to_sync(service().probe)(name)
    if not wants_fragment(request):
        return redirect(url_for(".index", _anchor=f"provider-{name}"), code=303)
    asked = next(endpoint for endpoint in _endpoints() if endpoint.name == name)
    return render("partials/provider.html", endpoint=replace(asked, health=health), **_standing())


@bp.post("/<name>/continue")
def go_on(name: str) -> ResponseReturnValue:
    """Put all jobs back to the queue that waited until the endpoint was mended."""
    number = async_to_sync(service().go_on_at)(name)
    flash(f"{jobs_(number)} put back to the queue.")
    return redirect(url_for(".index", _anchor=f"provider-{name}"), code=303)


@bp.app_template_filter()
def offer(endpoint: EndpointView, ticked: Sequence[str]) -> Offer:
    """What a form offers of an endpoint: first what is ticked and the default, then the first."""
    prefix = f"{endpoint.name}:"
    chosen = [text.removeprefix(prefix) for text in ticked if text.startswith(prefix)]
    usual = [endpoint.default_model] if endpoint.default_model and endpoint.is_there else []
    found = endpoint.health.models if endpoint.health else ()
    models = tuple(dict.fromkeys([*filter(None, chosen), *usual, *found]))
    count = max(MOST_BOXES, len(chosen))
    return Offer(models[:count], models[count : count + MOST_SUGGESTIONS])


def _standing() -> dict[str, object]:
    """How the runner stands with the models it has called, and what waits for a person."""
    paces: dict[str, list[PaceView]] = {}
    for pace in reads.paces(store()):
        if pace.model:
            paces.setdefault(pace.endpoint, []).append(pace)
    return {"paces": paces, "waiting": parked.at_endpoints(store()), "runner": live.runner()}


def _endpoints() -> tuple[EndpointView, ...]:
    endpoints: tuple[EndpointView, ...] = async_to_sync(service().choices)().endpoints
    return endpoints
