"""What calls cost, in micro-dollars: millionths of a US dollar."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webapp.domain.batch import BLUEPRINT, ModelChoice
from webapp.domain.endpoint import Endpoint, Price

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, TieredPrices

# US dollars per million tokens, as LiteLLM's table had them in November 2026: the package of prices
# has none of watsonx.
WATSONX: Mapping[str, Price] = {
    "ibm/granite-4-h-small": Price(0.064, 0.265),
    "ibm/granite-3-3-8b-instruct": Price(0.20, 0.20),
    "meta-llama/llama-3-3-70b-instruct": Price(0.753, 0.753),
    "openai/gpt-oss-120b": Price(0.159, 0.636),
    "mistralai/mistral-medium-2505": Price(3, 10),
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_WATSONX_HOST = re.compile(r"[a-z-]+\.ml\.cloud\.ibm\.com")

Cost = Callable[[int, int, int], int | None]  # of input, output and cached tokens


class Prices:
    """What calls cost, by endpoint and model.

    The price set for an endpoint counts for all its models; what is local is free. Otherwise the
    address says whose prices count: those of genai-prices, or IBM's. What neither knows is unknown.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._endpoints = {endpoint.name: endpoint for endpoint in endpoints}
        self._costs: dict[ModelChoice, Cost | None] = {}

    def load(self) -> None:
        """Read the list prices now, if any endpoint needs them: later it would hold up others."""
        for each in self._endpoints.values():
            if each.is_set_up and not _has_own_price(each):
                _listed(each.base_url, "")

    def cost(
        self, model: ModelChoice, input_tokens: int, output_tokens: int, cached_tokens: int = 0
    ) -> int | None:
        """Micro-dollars, rounded up; None where nobody knows the price.

        `cached_tokens` are those of the input that the provider had in its cache.
        """
        cost = self._cost(model)
        return None if cost is None else cost(input_tokens, output_tokens, cached_tokens)

    def is_known(self, model: ModelChoice) -> bool:
        """Whether the price of a model is known."""
        return self.cost(model, 0, 0) is not None

    def _cost(self, model: ModelChoice) -> Cost | None:
        if model not in self._costs:
            self._costs[model] = self._find(model)
        return self._costs[model]

    def _find(self, model: ModelChoice) -> Cost | None:
        endpoint = self._endpoints.get(model.endpoint)
        if model.endpoint == BLUEPRINT:
            return partial(_flat, Price(0, 0))
        if endpoint is None:
            return None
        if endpoint.price is not None:
            return partial(_flat, endpoint.price)
        if endpoint.is_local:
            return partial(_flat, Price(0, 0))
        if _is_watsonx(endpoint):
            price = WATSONX.get(model.model)
            return partial(_flat, price) if price is not None else None
        return _listed(endpoint.base_url, model.model.removeprefix("models/"))


def _has_own_price(endpoint: Endpoint) -> bool:
    is_own = endpoint.price is not None or endpoint.is_local or _is_watsonx(endpoint)
    return endpoint.name == BLUEPRINT or is_own


def _is_watsonx(endpoint: Endpoint) -> bool:
    return _WATSONX_HOST.fullmatch(_host(endpoint.base_url)) is not None


def _flat(price: Price, given: int, answered: int, cached: int) -> int:
    return _up(given * Decimal(str(price.input_usd)) + answered * Decimal(str(price.output_usd)))


def _up(microusd: Decimal) -> int:
    return math.ceil(microusd)


def _listed(base_url: str, model: str) -> Cost | None:
    """What the provider at an address takes for a model, if the package knows both."""
    host = _host(base_url)
    if host in LOOPBACK or not host:
        return None
    # Imported here: it takes 0.3 s and more, and who has only servers of their own never needs it.
    from genai_prices.data_snapshot import get_snapshot

    # Without a port, a user or capital letters, which the package does not know.
    origin = f"https://{host}"
    address = origin + urlsplit(base_url).path
    try:
        provider, found = get_snapshot().find_provider_model(model, None, None, address)
    except LookupError:
        return None
    # Its patterns have no end: what only begins like a known host is somebody else.
    known = re.match(provider.api_pattern, address)
    return _Tariff(found) if known and known.end() >= len(origin) else None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class _Tariff:
    """US dollars per million tokens; some change with the hour, or on a day that is set."""

    model: "ModelInfo"

    def __call__(self, given: int, answered: int, cached: int) -> int | None:
        price = self.model.get_prices(datetime.now(UTC))
        if price.input_mtok is None or price.output_mtok is None:
            return None
        cached = min(cached, given)
        cached_price = price.input_mtok if price.cache_read_mtok is None else price.cache_read_mtok
        return _up(
            (given - cached) * _at(price.input_mtok, given)
            + answered * _at(price.output_mtok, given)
            + cached * _at(cached_price, given)
        )


def _at(price: "Decimal | TieredPrices", given: int) -> Decimal:
    """The price for a prompt of so many tokens; a long one may cost more for all of them."""
    if isinstance(price, Decimal):
        return price
    reached = (tier.price for tier in reversed(price.tiers) if given > tier.start)
    return next(reached, price.base)
