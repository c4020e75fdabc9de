"""`/providers`: which are set up, and what they say of themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asgiref.sync import async_to_sync
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.endpoint import EndpointView
from webapp.web.context import service
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
    """All endpoints with their health as last seen."""
    return render_template("pages/providers.html", endpoints=_endpoints())


@bp.post("/<name>/probe")
def probe(name: str) -> ResponseReturnValue:
    """Ask an endpoint now whether it works and which models it has."""
    health = async_to_sync(service().probe)(name)
    if not wants_fragment(request):
        return redirect(url_for(".index", _anchor=f"provider-{name}"), code=303)
    asked = next(endpoint for endpoint in _endpoints() if endpoint.name == name)
    return render("partials/provider.html", endpoint=replace(asked, health=health))


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


@bp.app_template_filter()
def dollars(amount: float) -> str:
    """`$0.10`, `$12.00`, `$0.064`: cents, and what is below them only where it is there."""
    whole, _, cents = f"{amount:,.6f}".rstrip("0").partition(".")
    return f"${whole}.{cents:0<2}"


def _endpoints() -> tuple[EndpointView, ...]:
    endpoints: tuple[EndpointView, ...] = async_to_sync(service().choices)().endpoints
    return endpoints
