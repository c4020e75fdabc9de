"""Anthropic: `POST {base}/v1/messages`."""

import re
from collections.abc import AsyncIterator, Collection, Sequence
from urllib.parse import quote

import httpx

from webapp.domain.endpoint import API_VERSIONS, Endpoint, EndpointType, Health
from webapp.providers.answer import ask
from webapp.providers.base import Done, ErrorKind, Event, FinishReason, GenerationRequest
from webapp.providers.parameters import NO_SCHEMA, NO_SEED, NO_TEMPERATURE, Parameters, given
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
from webapp.providers.transport.tolerant import as_count, as_list, as_object, as_part, as_text

TAKES_TEMPERATURE = "2023-06-01"  # later versions refuse it for every model
DIALECT = Dialect(
    frames=ServerSentEvents,
    key_header="x-api-key",
    limits=LimitHeaders(
        ("anthropic-ratelimit-requests-*",),
        tuple(f"anthropic-ratelimit-{of}tokens-*" for of in ("", "input-", "output-")),
    ),
    is_last=lambda message: message.get("type") == "message_stop",
    rules=(
        Rule(
            re.compile(
                r"^[^:]*(billing_error|enforced_spend_limit)"
                r"|^400 [^:]*: You have reached your specified (workspace )?API usage"
                r"|^400 [^:]*: Your credit balance"
                r"|^429 [^:]*: (Extra usage is|Usage credits are) required"
            ),
            ErrorKind.NO_MONEY,
            "{name} lets this key spend no more ({status}): add credit or raise its limit there, "
            "then retry.",
        ),
        Rule(
            re.compile(r"^(400|500) [^:]*: Output blocked by content filtering"),
            ErrorKind.REFUSED,
            "The content filter of {name} stopped the answer: change the brief, or choose another "
            "model.",
        ),
        Rule(
            re.compile(r"^400 [^:]*: (prompt is too long|input length and .{0,20}exceed context)"),
            ErrorKind.REJECTED,
            PROMPT_TOO_LONG,
        ),
        # In the middle of a stream no status tells these.
        Rule(
            re.compile(r"^500 [^:]*rate_limit_error"),
            ErrorKind.RATE_LIMITED,
            "{name} asks for a pause: its rate limit is reached.",
        ),
        Rule(
            re.compile(r"^500 [^:]*(authentication|permission)_error"),
            ErrorKind.BAD_KEY,
            "{name} refused the key: set {key_setting} to a valid key, then retry.",
        ),
        Rule(
            re.compile(r"^500 [^:]*(invalid_request_error|not_found_error|request_too_large)"),
            ErrorKind.REJECTED,
            "{name} rejected the request: see its message, then change the model or its "
            "parameters.",
        ),
    ),
)
_LOSSES = {"temperature": NO_TEMPERATURE, "seed": NO_SEED, "output_config": NO_SCHEMA}
_FINISH_REASONS = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "refusal": FinishReason.FILTERED,
}
_INPUT_COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


class Anthropic:
    """Messages."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        version = endpoint.wire.api_version or API_VERSIONS[EndpointType.ANTHROPIC]
        self._client = Client(endpoint, DIALECT, transport, {"anthropic-version": version})
        never = {"seed"} if version == TAKES_TEMPERATURE else {"seed", "temperature"}
        self._parameters = Parameters(_LOSSES, schema="output_config", never=never)

    def stream(self, request: GenerationRequest) -> AsyncIterator[Event]:
        call = self._client.call(request)

        def build(refused: Collection[str]) -> Message:
            return _payload(request, refused)

        def send(payload: Message, warnings: Sequence[str]) -> AsyncIterator[Event]:
            return ask(self._client, call, "/v1/messages", payload, _Messages(), warnings)

        return self._parameters.stream(request, build, send)

    async def health(self) -> Health:
        return await self._client.probe(self._ask)

    async def _ask(self, call: Call) -> tuple[str, tuple[str, ...]]:
        listed = await self._client.get_all(call, "/v1/models?limit=1000", "data", _next_page)
        models = tuple(as_text(as_object(model).get("id")) for model in listed)
        return f"It answers. Models: {len(models)}.", models


def _next_page(page: Message) -> str:
    last = as_text(page.get("last_id"))
    return f"&after_id={quote(last, safe='')}" if last and page.get("has_more") is True else ""


def _payload(request: GenerationRequest, refused: Collection[str]) -> Message:
    payload: Message = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": request.system,
        "messages": [{"role": "user", "content": request.user}],
        "temperature": request.temperature,
        "seed": request.seed,
        "stream": True,
    }
    if request.schema is not None:
        payload["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    return given(payload, refused)


class _Messages:
    """Puts one answer together from its events, or takes it whole from a server without them."""

    refusal = ""  # here it is a finish reason

    def __init__(self) -> None:
        self.is_whole = False
        self._raw_reason = ""
        self._usage: Message = {}

    def read(self, message: Message) -> str:
        kind = message.get("type")
        if kind == "content_block_delta":
            delta = as_object(message.get("delta"))
            return as_text(delta.get("text")) if delta.get("type") == "text_delta" else ""
        if kind == "message_start":
            self._end(as_object(message.get("message")), message)
        elif kind == "message_delta":
            self._end(as_object(message.get("delta")), message)
        elif kind == "message":
            self.is_whole = True
            self._end(message, message)
            blocks = map(as_object, as_list(message.get("content")))
            return "".join(as_text(b.get("text")) for b in blocks if b.get("type") == "text")
        self.is_whole = self.is_whole or kind == "message_stop"
        return ""

    def _end(self, state: Message, message: Message) -> None:
        self._raw_reason = as_text(state.get("stop_reason")) or self._raw_reason
        usage = as_object(message.get("usage") or state.get("usage"))
        # Counts are cumulative; what an event leaves out holds on.
        self._usage |= {name: count for name, count in usage.items() if count is not None}

    def done(self) -> Done:
        fresh, *cached = (as_count(self._usage.get(name)) for name in _INPUT_COUNTS)
        whole = None if fresh is None else as_count(fresh + sum(c or 0 for c in cached))
        return Done(
            _FINISH_REASONS.get(self._raw_reason, FinishReason.OTHER),
            input_tokens=whole,
            output_tokens=as_count(self._usage.get("output_tokens")),
            cached_tokens=as_part(self._usage.get("cache_read_input_tokens"), whole),
            raw_finish_reason=self._raw_reason or None,
        )
