"""OpenAI, and every server that speaks its Chat Completions: `POST {base}/chat/completions`."""

import re
from collections.abc import AsyncIterator, Collection

import httpx

from webapp.domain.endpoint import Endpoint, Health
from webapp.providers.base import Done, ErrorKind, GenerationRequest, ProviderError, Text
from webapp.providers.completion import Completion
from webapp.providers.transport import (
    BROKE_OFF,
    AnsweredError,
    Call,
    Client,
    Dialect,
    Message,
    Rule,
    ServerSentEvents,
)
from webapp.providers.transport.tolerant import as_object, as_text

_DECLINED = "{model} declined to answer: change the brief, or choose another model."
# A rule sees `STATUS CODE TYPE: MESSAGE`. `^[^:]*` keeps it out of the message, which may quote
# the prompt.
DIALECT = Dialect(
    frames=ServerSentEvents,
    rules=(
        Rule(
            re.compile(r"^[^:]*(insufficient_quota|credit_balance|billing|spend|usage_limit)"),
            ErrorKind.NO_MONEY,
            "{name} has no credit left for this key ({status}): add credit or raise its limit "
            "there, then retry.",
        ),
        Rule(
            re.compile(r"^[^:]*(content_filter|content_policy|moderation)|^403 .*moderation"),
            ErrorKind.REFUSED,
            "The content filter of {name} refused the prompt: change the brief, or choose another "
            "model.",
        ),
        Rule(
            re.compile(r"^[^:]*(context_length_exceeded|exceed_context_size)"),
            ErrorKind.REJECTED,
            "The prompt is too long for {model} at {name} ({status}): send fewer files, or choose "
            "a model with a larger context.",
        ),
        Rule(
            re.compile(r"^[^:]*model_not_found"),
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
    ),
)

# Parameters that some model or server refuses, and what the user loses without them.
_LOSSES = {
    "temperature": "{model} takes no temperature: it was left out.",
    "seed": "{model} takes no seed: it was left out.",
    "response_format": "{model} takes no JSON schema: only the prompt asked for the form.",
    "stream_options": "{model} takes no stream_options: the token counts may be missing.",
}
_REFUSABLE = ("max_completion_tokens", *_LOSSES)  # instead of the first goes max_tokens
_NAMED = re.compile(rf"\b({'|'.join(_REFUSABLE)}|json_schema)\b")
_UNSUPPORTED = re.compile(
    r"unsupported|not support|unrecognized|unknown|unexpected|not permitted|not allowed", re.I
)


class OpenAI:
    """Chat Completions. What a model refuses is learned once and left out from then on."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        self._client = Client(endpoint, DIALECT, transport)
        self._refused: dict[str, frozenset[str]] = {}

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Text | Done]:
        call = self._client.call(request.model)
        while True:
            refused = self._refused.get(request.model, frozenset())
            payload = _payload(request, refused)
            try:
                losses = _losses(request, refused) if refused else []
                async for event in self._answer(call, payload, losses):
                    yield event
                return
            except AnsweredError as error:
                name = _refused_parameter(error, payload)
                if name is None:
                    raise
                # A 400 charged nothing, so sending again counts as the same call. Others may have
                # learned something in the meantime.
                known = self._refused.get(request.model, frozenset())
                self._refused[request.model] = known | {name}

    async def _answer(
        self, call: Call, payload: Message, warnings: list[str]
    ) -> AsyncIterator[Text | Done]:
        answer = Completion()
        async with self._client.post(call, "/chat/completions", payload) as reply:
            try:
                async for message in reply.messages():
                    if text := answer.read(message):
                        yield Text(text)
            except ProviderError:
                if not answer.is_whole:
                    raise
        if answer.refusal:
            raise call.error(ErrorKind.REFUSED, _DECLINED, said=answer.refusal)
        if not answer.is_whole:
            raise call.error(ErrorKind.BROKEN_REPLY, BROKE_OFF)
        yield answer.done(call.request_id, warnings)

    async def health(self) -> Health:
        return await self._client.probe(self._ask)

    async def _ask(self, call: Call) -> tuple[str, tuple[str, ...]]:
        listed = await self._client.get(call, "/models", "data", list)
        models = tuple(as_text(as_object(model).get("id")) for model in listed)
        return f"It answers. Models: {len(models)}.", models


def _payload(request: GenerationRequest, refused: Collection[str]) -> Message:
    limit = "max_tokens" if "max_completion_tokens" in refused else "max_completion_tokens"
    payload: Message = {
        "model": request.model,
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.user},
        ],
        limit: request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.schema is not None:
        schema = {"name": "answer", "strict": True, "schema": request.schema}
        payload["response_format"] = {"type": "json_schema", "json_schema": schema}
    return {
        name: value for name, value in payload.items() if value is not None and name not in refused
    }


def _refused_parameter(error: AnsweredError, payload: Message) -> str | None:
    """The parameter sent that a 400 names as one it does not take; None if it is about others."""
    if error.http_status != 400:
        return None
    said = error.complaint
    found = _NAMED.search(said.message)
    name = said.param.partition(".")[0] or (found[1] if found else "")
    name = "response_format" if name == "json_schema" else name
    if name not in _REFUSABLE or name not in payload:
        return None
    return name if name == "response_format" or _UNSUPPORTED.search(said.summary) else None


def _losses(request: GenerationRequest, refused: Collection[str]) -> list[str]:
    asked = _payload(request, ())
    return [
        sentence.format(model=request.model)
        for name, sentence in _LOSSES.items()
        if name in refused and name in asked
    ]
