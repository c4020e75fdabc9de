"""Providers: one file each, one line here."""

from collections.abc import Callable, Sequence

import httpx

from webapp.domain.endpoint import Endpoint, EndpointType
from webapp.providers.anthropic import Anthropic
from webapp.providers.base import Provider
from webapp.providers.blueprint import Blueprint
from webapp.providers.gemini import Gemini
from webapp.providers.ollama import Ollama
from webapp.providers.openai import OpenAI
from webapp.providers.responses import Responses
from webapp.providers.transport import Transports
from webapp.providers.watsonx import Watsonx


def build_providers(
    endpoints: Sequence[Endpoint],
    transports: Transports,
    render: Callable[[str], str],
) -> dict[str, Provider]:
    """The provider of each endpoint that is set up, by name.

    `render` answers a blueprint prompt. The transports stay open as long as they are used.
    """
    makers: dict[EndpointType, Callable[[Endpoint, httpx.AsyncBaseTransport], Provider]] = {
        EndpointType.BLUEPRINT: lambda *_: Blueprint(render),
        EndpointType.OPENAI: _openai,
        EndpointType.ANTHROPIC: Anthropic,
        EndpointType.GEMINI: Gemini,
        EndpointType.WATSONX: Watsonx,
        EndpointType.OLLAMA: Ollama,
    }
    return {
        endpoint.name: makers[endpoint.type](endpoint, transports.of(endpoint))
        for endpoint in endpoints
        if endpoint.is_set_up
    }


def _openai(endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> Provider:
    make = Responses if endpoint.wire.api == "responses" else OpenAI
    return make(endpoint, transport)
