"""OpenAI's Responses, which its newest models speak alone: `POST {base}/responses`."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

import httpx

from webapp.domain.endpoint import Endpoint, Health
from webapp.providers.answer import ask
from webapp.providers.base import Done, Event, FinishReason, GenerationRequest
from webapp.providers.openai import DIALECT, Models, query
from webapp.providers.parameters import NO_SCHEMA, NO_SEED, NO_TEMPERATURE, Parameters, given
from webapp.providers.transport import Client, Message
from webapp.providers.transport.tolerant import as_count, as_list, as_object, as_part, as_text

_LAST = ("response.completed", "response.incomplete", "response.failed")
_LOSSES = {"temperature": NO_TEMPERATURE, "seed": NO_SEED, "text": NO_SCHEMA, "store": ""}
_FINISH_REASONS = {
    "completed": FinishReason.STOP,
    "max_output_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
    "failed": FinishReason.ERROR,
    "cancelled": FinishReason.ERROR,
}
_DIALECT = replace(DIALECT, is_last=lambda message: message.get("type") in _LAST)


class Responses:
    """The option of the OpenAI family for models that have no Chat Completions."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        self._client = Client(endpoint, _DIALECT, transport)
        self._models = Models(endpoint, transport)
        self._path = f"/responses{query(endpoint)}"
        self._parameters = Parameters(
            _LOSSES,
            schema="text",
            never={"seed"},
            aliases=dict.fromkeys(("text.format", "json_schema"), "text"),
        )

    def stream(self, request: GenerationRequest) -> AsyncIterator[Event]:
        call = self._client.call(request)

        def build(refused: Collection[str]) -> Message:
            return _payload(request, refused)

        def send(payload: Message, warnings: Sequence[str]) -> AsyncIterator[Event]:
            return ask(self._client, call, self._path, payload, _Response(), warnings)

        return self._parameters.stream(request, build, send)

    async def health(self) -> Health:
        return await self._models.health()


def _payload(request: GenerationRequest, refused: Collection[str]) -> Message:
    payload: Message = {
        "model": request.model,
        "instructions": request.system,
        "input": request.user,
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "stream": True,
        "store": False,  # left out, the answer is kept there for a month
    }
    if request.schema is not None:
        form = {"type": "json_schema", "name": "answer", "strict": True, "schema": request.schema}
        payload["text"] = {"format": form}
    return given(payload, refused)


class _Response:
    """Puts one answer together from its events, or takes it whole from a server without them."""

    def __init__(self) -> None:
        self._refusal: list[str] = []
        self._end: Message = {}

    @property
    def refusal(self) -> str:
        return "".join(self._refusal)

    @property
    def is_whole(self) -> bool:
        return bool(self._end)

    def read(self, message: Message) -> str:
        kind = message.get("type")
        if kind == "response.output_text.delta":
            return as_text(message.get("delta"))
        if kind == "response.refusal.delta":
            self._refusal.append(as_text(message.get("delta")))
        elif kind in _LAST:
            self._end = as_object(message.get("response")) or {"status": "completed"}
        elif message.get("object") == "response":
            self._end = message
            self._refusal += _parts(message, "refusal", "refusal")
            return "".join(_parts(message, "output_text", "text"))
        return ""

    def done(self) -> Done:
        why = as_text(as_object(self._end.get("incomplete_details")).get("reason"))
        raw_reason = why or as_text(self._end.get("status"))
        usage = as_object(self._end.get("usage"))
        input_tokens = as_count(usage.get("input_tokens"))
        details = as_object(usage.get("input_tokens_details"))
        return Done(
            _FINISH_REASONS.get(raw_reason, FinishReason.OTHER),
            input_tokens=input_tokens,
            output_tokens=as_count(usage.get("output_tokens")),
            cached_tokens=as_part(details.get("cached_tokens"), input_tokens),
            raw_finish_reason=raw_reason or None,
        )


def _parts(response: Message, kind: str, name: str) -> list[str]:
    parts = [
        as_object(part)
        for item in as_list(response.get("output"))
        for part in as_list(as_object(item).get("content"))
    ]
    return [as_text(part.get(name)) for part in parts if part.get("type") == kind]
