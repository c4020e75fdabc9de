"""Providers: one file each, one line here."""

from collections.abc import Callable, Sequence

import httpx

from webapp.domain.endpoint import Endpoint, EndpointType
from webapp.providers.base import Provider
from webapp.providers.blueprint import Blueprint
from webapp.providers.ollama import Ollama
from webapp.providers.openai import OpenAI


def build_providers(
    endpoints: Sequence[Endpoint],
    transport: httpx.AsyncBaseTransport,
    render: Callable[[str], str],
) -> dict[str, Provider]:
    """The provider of each endpoint that is set up, by name.

    `render` answers a blueprint prompt. The transport stays open as long as they are used.
    """
    makers: dict[EndpointType, Callable[[Endpoint], Provider]] = {
        EndpointType.BLUEPRINT: lambda _: Blueprint(render),
        EndpointType.OPENAI: lambda endpoint: OpenAI(endpoint, transport),
        EndpointType.OLLAMA: lambda endpoint: Ollama(endpoint, transport),
    }
    return {
        endpoint.name: makers[endpoint.type](endpoint)
        for endpoint in endpoints
        if endpoint.is_set_up
    }
