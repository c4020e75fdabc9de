"""What endpoints say of themselves, and how the pages show them."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from webapp.artifacts.prompt import render_blueprint
from webapp.cache import ResultCache
from webapp.domain.endpoint import Endpoint, EndpointView, Health
from webapp.domain.errors import InvalidSpec
from webapp.providers import build_providers
from webapp.providers.transport import open_transports

PROBE_S = 2.0  # how long a page waits to hear which models there are
MOST_MODELS = 1000  # of one endpoint; large gateways list about 400
LONGEST_MODEL = 200


class Prober:
    """Asks endpoints whether they work, and remembers it for 30 s."""

    def __init__(self, cache: ResultCache) -> None:
        self._cache = cache

    async def probe(self, endpoint: Endpoint) -> Health:
        """Ask now."""
        health = await _ask(endpoint)
        names = (name for name in health.models if 0 < len(name) <= LONGEST_MODEL)
        health = replace(health, models=tuple(names)[:MOST_MODELS])
        if endpoint.is_looked_for and not health.is_ok:
            health = replace(health, sentence=f"Not {_found(endpoint)}.")
        await self._cache.set_health(health)
        return health

    async def view(self, endpoint: Endpoint) -> EndpointView:
        """The endpoint with its health; waits at most 2 s where it was not asked lately."""
        return _view(endpoint, await self._health(endpoint) if endpoint.is_set_up else None)

    async def require(self, endpoints: Iterable[Endpoint]) -> None:
        """Raise InvalidSpec if one that nobody set up does not answer."""
        for endpoint in endpoints:
            known = await self._cache.health(endpoint.name) if endpoint.is_looked_for else None
            if not endpoint.is_looked_for or (known is not None and known.is_ok):
                continue
            # What was refused a moment ago may have been started since: ask, whatever is known.
            if not (await self._health_now(endpoint)).is_ok:
                raise InvalidSpec({"models": f"{endpoint.name} is not {_found(endpoint)}."})

    async def _health(self, endpoint: Endpoint) -> Health:
        return await self._cache.health(endpoint.name) or await self._health_now(endpoint)

    async def _health_now(self, endpoint: Endpoint) -> Health:
        try:
            async with asyncio.timeout(PROBE_S):
                return await self.probe(endpoint)
        except TimeoutError:
            sentence = f"{endpoint.name} did not say within {PROBE_S:g} s which models it has."
            return Health(endpoint.name, False, sentence, (), None)


async def _ask(endpoint: Endpoint) -> Health:
    if not endpoint.is_set_up:
        return Health(endpoint.name, False, f"Not set up: set {endpoint.missing}.", (), None)
    async with open_transports([endpoint]) as transports:
        provider = build_providers([endpoint], transports, render_blueprint)[endpoint.name]
        return await provider.health()


def _found(endpoint: Endpoint) -> str:
    place = urlsplit(endpoint.base_url).netloc
    return f"found on {place}: start Ollama, or set {endpoint.url_setting}"


def _view(endpoint: Endpoint, health: Health | None) -> EndpointView:
    return EndpointView(
        name=endpoint.name,
        type=endpoint.type,
        base_url=endpoint.base_url,
        cap=endpoint.cap,
        cap_setting=endpoint.cap_setting,
        deadlines=endpoint.deadlines,
        is_free=endpoint.is_free,
        is_looked_for=endpoint.is_looked_for,
        missing=endpoint.missing,
        default_model=endpoint.default_model,
        price=endpoint.price,
        proxy=endpoint.proxy,
        api_version=endpoint.wire.api_version,
        requests_per_minute=endpoint.requests_per_minute,
        tokens_per_minute=endpoint.tokens_per_minute,
        health=health,
    )
