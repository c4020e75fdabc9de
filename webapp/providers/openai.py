"""OpenAI, and every server that speaks its Chat Completions: `POST {base}/chat/completions`."""

import re
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from urllib.parse import urlencode

import httpx

from webapp.domain.endpoint import Endpoint, Health
from webapp.providers.answer import ask
from webapp.providers.base import ErrorKind, Event, GenerationRequest
from webapp.providers.completion import ALIASES, LOSSES, Completion, prompt
from webapp.providers.parameters import Parameters, given
from webapp.providers.transport import (
    PROMPT_TOO_LONG,
    Call,
    Client,
    Dialect,
    LimitHeaders,
    Message,
    Rule,
    ServerSentEvents,
)
from webapp.providers.transport.tolerant import as_object, as_text

# A rule sees `STATUS CODE TYPE: MESSAGE`. `^[^:]*` keeps it out of the message, which may quote
# the prompt.
DIALECT = Dialect(
    frames=ServerSentEvents,
    limits=LimitHeaders(("x-ratelimit-*-requests",), ("x-ratelimit-*-tokens",)),
    rules=(
        Rule(
            re.compile(
                r"^[^:]*(insufficient_quota|credit_balance|billing|spend|usage_limit|budget_exceeded)"
            ),
            ErrorKind.NO_MONEY,
            "{name} has no credit left for this key ({status}): add credit or raise its limit "
            "there, then retry.",
        ),
        Rule(
            re.compile(
                r"^[^:]*(content_filter|content_policy|moderation)|^403 .*moderation"
                r"|^[^:]*invalid_prompt[^:]*: .*\bflagged\b"
            ),
            ErrorKind.REFUSED,
            "The content filter of {name} refused the prompt: change the brief, or choose another "
            "model.",
        ),
        Rule(
            re.compile(
                r"^[^:]*(context_length_exceeded|exceed_context_size)"
                r"|^400 [^:]*: This (model|endpoint)'s maximum (context|prompt) length"
            ),
            ErrorKind.REJECTED,
            PROMPT_TOO_LONG,
        ),
        Rule(  # it comes as a rate limit, but no wait makes it fit
            re.compile(r"^[^:]*rate_limit[^:]*: Request too large"),
            ErrorKind.REJECTED,
            "One request to {model} at {name} may not have so many tokens: send fewer files, lower "
            "the output limit, or choose another model.",
        ),
        Rule(
            re.compile(r"^[^:]*model_(not_found|decommissioned)"),
            ErrorKind.REJECTED,
            "{name} does not know the model {model}, or this key may not use it ({status}): choose "
            "another model.",
        ),
        Rule(
            re.compile(r"^[^:]*invalid_api_key"),
            ErrorKind.BAD_KEY,
            "{name} refused the key ({status}): set {key_setting} to a valid key, then retry.",
        ),
        Rule(  # in the middle of a stream no status tells it
            re.compile(r"^500 [^:]*rate_limit"),
            ErrorKind.RATE_LIMITED,
            "{name} asks for a pause: its rate limit is reached.",
        ),
        Rule(
            re.compile(r"^500 [^:]*\binvalid_"),
            ErrorKind.REJECTED,
            "{name} rejected the request: see its message, then change the model or its "
            "parameters.",
        ),
    ),
)

_NO_COUNTS = "{model} takes no stream_options: the token counts may be missing."
_OTHER_LIMIT = {"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
_DEPLOYMENT = re.compile(r"/deployments/[^/]+$")


class OpenAI:
    """Chat Completions."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        self._client = Client(endpoint, DIALECT, transport)
        self._models = Models(endpoint, transport)
        self._query = query(endpoint)
        self._limit = endpoint.wire.limit_field
        self._parameters = Parameters(
            {self._limit: "", "stream_options": _NO_COUNTS, **LOSSES},
            schema="response_format",
            aliases=ALIASES,
        )

    def stream(self, request: GenerationRequest) -> AsyncIterator[Event]:
        call = self._client.call(request)

        def build(refused: Collection[str]) -> Message:
            return _payload(request, self._limit, refused)

        def send(payload: Message, warnings: Sequence[str]) -> AsyncIterator[Event]:
            path = f"/chat/completions{self._query}"
            return ask(self._client, call, path, payload, Completion(), warnings)

        return self._parameters.stream(request, build, send)

    async def health(self) -> Health:
        return await self._models.health()


class Models:
    """The models of an endpoint of the OpenAI family; whether its key fits shows there too."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        # A deployment at Azure has no list of its own.
        base_url = _DEPLOYMENT.sub("", endpoint.base_url)
        self._client = Client(replace(endpoint, base_url=base_url), DIALECT, transport)
        self._query = query(endpoint)

    async def health(self) -> Health:
        """What `Provider.health` gives."""
        return await self._client.probe(self._ask)

    async def _ask(self, call: Call) -> tuple[str, tuple[str, ...]]:
        listed = await self._client.get(call, f"/models{self._query}", "data", list)
        models = tuple(as_text(as_object(model).get("id")) for model in listed)
        return f"It answers. Models: {len(models)}.", models


def query(endpoint: Endpoint) -> str:
    """What Azure wants after each path, "" elsewhere."""
    version = endpoint.wire.api_version
    return f"?{urlencode({'api-version': version})}" if version else ""


def _payload(request: GenerationRequest, limit: str, refused: Collection[str]) -> Message:
    payload: Message = {
        "model": request.model,
        "stream": True,
        "stream_options": {"include_usage": True},
        **prompt(request, _OTHER_LIMIT[limit] if limit in refused else limit),
    }
    return given(payload, refused)
