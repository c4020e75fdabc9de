"""`/providers`: which are set up, and what they say of themselves."""

from dataclasses import replace

from asgiref.sync import async_to_sync
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.domain.endpoint import EndpointView
from webapp.web.context import service
from webapp.web.htmx import render, wants_fragment

bp = Blueprint("providers", __name__, url_prefix="/providers")


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


def _endpoints() -> tuple[EndpointView, ...]:
    endpoints: tuple[EndpointView, ...] = async_to_sync(service().choices)().endpoints
    return endpoints
