"""IBM watsonx.ai: `POST {base}/ml/v1/text/chat_stream?version=…`, with tokens from IAM."""

import re
from collections.abc import AsyncIterator, Collection, Sequence
from urllib.parse import quote

import httpx

from webapp.domain.endpoint import API_VERSIONS, Endpoint, EndpointType, Health
from webapp.providers.answer import ask
from webapp.providers.base import ErrorKind, Event, GenerationRequest
from webapp.providers.completion import ALIASES, LOSSES, Completion, prompt
from webapp.providers.iam import Tokens
from webapp.providers.parameters import Parameters, given
from webapp.providers.transport import (
    PROMPT_TOO_LONG,
    AnsweredError,
    Call,
    Client,
    Dialect,
    LimitHeaders,
    Message,
    Rule,
    ServerSentEvents,
)
from webapp.providers.transport.tolerant import as_list, as_object, as_text

ACCEPT = "application/json, text/event-stream"
DIALECT = Dialect(
    frames=ServerSentEvents,
    key_header=None,  # the key goes to IAM alone
    limits=LimitHeaders(("x-requests-limit-*",)),
    rules=(
        Rule(
            re.compile(r"^[^:]*token_quota_reached"),
            ErrorKind.NO_MONEY,
            "The plan of {name} has no tokens left this month ({status}): upgrade it there, then "
            "retry.",
        ),
        Rule(
            re.compile(r"^[^:]*no_associated_service_instance"),
            ErrorKind.REJECTED,
            "The project or space at {name} has no watsonx.ai service ({status}): associate one "
            "with it there, then retry.",
        ),
        Rule(
            re.compile(r"^[^:]*model_not_supported"),
            ErrorKind.REJECTED,
            "{name} does not have {model} ({status}): choose another model.",
        ),
        Rule(
            re.compile(
                r"^400 .*(cannot exceed the total tokens limit|model's maximum context length)"
            ),
            ErrorKind.REJECTED,
            PROMPT_TOO_LONG,
        ),
        Rule(
            re.compile(r"^404 "),
            ErrorKind.REJECTED,
            "{name} knows no such model, project, space or address ({status}): check the project "
            "or space, and {url_setting}.",
        ),
    ),
)


class Watsonx:
    """Chat of foundation models, in a project or a deployment space."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        self._client = Client(endpoint, DIALECT, transport, {"accept": ACCEPT})
        self._tokens = Tokens(endpoint, transport)
        self._version = quote(
            endpoint.wire.api_version or API_VERSIONS[EndpointType.WATSONX], safe=""
        )
        self._limit = endpoint.wire.limit_field
        wire = endpoint.wire
        self._place = (
            {"space_id": wire.space_id} if wire.space_id else {"project_id": wire.project_id}
        )
        self._parameters = Parameters(LOSSES, schema="response_format", aliases=ALIASES)

    def stream(self, request: GenerationRequest) -> AsyncIterator[Event]:
        call = self._client.call(request)

        def build(refused: Collection[str]) -> Message:
            named = {"model_id": request.model, **self._place}
            return given(named | prompt(request, self._limit), refused)

        def send(payload: Message, warnings: Sequence[str]) -> AsyncIterator[Event]:
            return self._answer(call, payload, warnings)

        return self._parameters.stream(request, build, send)

    async def _answer(
        self, call: Call, payload: Message, warnings: Sequence[str]
    ) -> AsyncIterator[Event]:
        path = f"/ml/v1/text/chat_stream?version={self._version}"
        call.token = first = await self._tokens.get(call)
        try:
            async for event in ask(self._client, call, path, payload, Completion(), warnings):
                yield event
            return
        except AnsweredError as error:
            if error.http_status != 401:
                raise
        self._tokens.drop(first)  # it may have expired early, or been revoked
        call.token = await self._tokens.get(call)
        async for event in ask(self._client, call, path, payload, Completion(), warnings):
            yield event

    async def health(self) -> Health:
        return await self._client.probe(self._ask)

    async def _ask(self, call: Call) -> tuple[str, tuple[str, ...]]:
        call.token = await self._tokens.get(call)  # the list alone would not test the key
        query = f"version={self._version}&limit=200&filters=!lifecycle_withdrawn"
        path = f"/ml/v1/foundation_model_specs?{query}"
        listed = map(as_object, await self._client.get(call, path, "resources", list))
        models = tuple(as_text(model.get("model_id")) for model in listed if _can_chat(model))
        return f"It answers. Models: {len(models)}.", models


def _can_chat(model: Message) -> bool:
    functions = map(as_object, as_list(model.get("functions")))
    return any(function.get("id") == "text_chat" for function in functions)
