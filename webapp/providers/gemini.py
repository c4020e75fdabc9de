"""Google Gemini: `POST {base}/{version}/models/{model}:streamGenerateContent?alt=sse`."""

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
    Message,
    Rule,
    ServerSentEvents,
)
from webapp.providers.transport.tolerant import as_count, as_list, as_object, as_part, as_text

DIALECT = Dialect(
    frames=ServerSentEvents,
    key_header="x-goog-api-key",  # in the address it would end up in logs
    rules=(
        Rule(
            re.compile(r"^[^:]*API_KEY_INVALID"),
            ErrorKind.BAD_KEY,
            "{name} refused the key ({status}): set {key_setting} to a valid key, then retry.",
        ),
        Rule(
            re.compile(
                r"^429 [^:]*: Your (project has exceeded its monthly spending cap"
                r"|prepayment credits are depleted)"
            ),
            ErrorKind.NO_MONEY,
            "{name} lets this key spend no more ({status}): add credit or raise its cap there, "
            "then retry.",
        ),
        Rule(
            re.compile(r"^429 [^:]*PerDay|^429 .*\blimit: 0\b(?!\.\d)", re.DOTALL),
            ErrorKind.NO_MONEY,
            "{name} has no quota left for {model} today ({status}): wait for the next day, raise "
            "the daily quota there, or choose another model.",
        ),
        Rule(
            re.compile(r"^400 [^:]*: The input token count"),
            ErrorKind.REJECTED,
            PROMPT_TOO_LONG,
        ),
        Rule(
            re.compile(r"^400 [^:]*FAILED_PRECONDITION"),
            ErrorKind.REJECTED,
            "{name} does not serve this key from here ({status}): see its message, then set up "
            "billing there.",
        ),
        Rule(
            re.compile(r"^404 "),
            ErrorKind.REJECTED,
            "{name} does not have {model} in this API version ({status}): choose another model, "
            "or change the version between v1 and v1beta.",
        ),
    ),
)
_LOSSES = {"temperature": NO_TEMPERATURE, "seed": NO_SEED, "responseJsonSchema": NO_SCHEMA}
_SCHEMA_WORDS = (
    "responseJsonSchema", "response_json_schema", "responseMimeType", "response_mime_type"
)  # fmt: skip
_FILTERED = (
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "MODEL_ARMOR",
    "ESCALATION",
)  # fmt: skip
_FAILED = (
    "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
    "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE", "OTHER", "FINISH_REASON_UNSPECIFIED",
)  # fmt: skip
_FINISH_REASONS = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    **dict.fromkeys(_FILTERED, FinishReason.FILTERED),
    **dict.fromkeys(_FAILED, FinishReason.ERROR),
}
_OUTPUT_COUNTS = ("candidatesTokenCount", "thoughtsTokenCount")  # the one is without the other


class Gemini:
    """The Developer API."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        self._client = Client(endpoint, DIALECT, transport)
        self._models = f"/{endpoint.wire.api_version or API_VERSIONS[EndpointType.GEMINI]}/models"
        self._parameters = Parameters(
            _LOSSES,
            schema="responseJsonSchema",
            aliases=dict.fromkeys(_SCHEMA_WORDS, "responseJsonSchema"),
        )

    def stream(self, request: GenerationRequest) -> AsyncIterator[Event]:
        call = self._client.call(request)
        model = quote(request.model.removeprefix("models/"), safe="")
        path = f"{self._models}/{model}:streamGenerateContent?alt=sse"

        def build(refused: Collection[str]) -> Message:
            return _payload(request, refused)

        def send(payload: Message, warnings: Sequence[str]) -> AsyncIterator[Event]:
            return ask(self._client, call, path, payload, _Content(), warnings)

        return self._parameters.stream(request, build, send)

    async def health(self) -> Health:
        return await self._client.probe(self._ask)

    async def _ask(self, call: Call) -> tuple[str, tuple[str, ...]]:
        path = f"{self._models}?pageSize=1000"
        listed = map(as_object, await self._client.get_all(call, path, "models", _next_page))
        models = tuple(
            as_text(model.get("name")).removeprefix("models/")
            for model in listed
            if "generateContent" in as_list(model.get("supportedGenerationMethods"))
        )
        return f"It answers. Models: {len(models)}.", models


def _next_page(page: Message) -> str:
    token = as_text(page.get("nextPageToken"))
    return f"&pageToken={quote(token, safe='')}" if token else ""


def _payload(request: GenerationRequest, refused: Collection[str]) -> Message:
    config: Message = {
        "maxOutputTokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    if request.schema is not None and "responseJsonSchema" not in refused:
        config["responseMimeType"] = "application/json"
        config["responseJsonSchema"] = request.schema
    return {
        "systemInstruction": {"parts": [{"text": request.system}]},
        "contents": [{"role": "user", "parts": [{"text": request.user}]}],
        "generationConfig": given(config, refused),
    }


class _Content:
    """Puts one answer together from its pieces, each of which looks like a whole one."""

    def __init__(self) -> None:
        self.refusal = ""
        self._raw_reason = ""
        self._usage: Message = {}

    @property
    def is_whole(self) -> bool:
        return bool(self._raw_reason)

    def read(self, message: Message) -> str:
        self._usage = as_object(message.get("usageMetadata")) or self._usage  # it is cumulative
        feedback = as_object(message.get("promptFeedback"))
        if reason := as_text(feedback.get("blockReason")):
            self.refusal = as_text(feedback.get("blockReasonMessage")) or reason
        candidates = as_list(message.get("candidates"))
        candidate = as_object(candidates[0]) if candidates else {}
        self._raw_reason = as_text(candidate.get("finishReason")) or self._raw_reason
        parts = map(as_object, as_list(as_object(candidate.get("content")).get("parts")))
        return "".join(as_text(part.get("text")) for part in parts if not part.get("thought"))

    def done(self) -> Done:
        counts = [as_count(self._usage.get(name)) for name in _OUTPUT_COUNTS]
        known = [count for count in counts if count is not None]
        input_tokens = as_count(self._usage.get("promptTokenCount"))
        return Done(
            _FINISH_REASONS.get(self._raw_reason, FinishReason.OTHER),
            input_tokens=input_tokens,
            output_tokens=as_count(sum(known)) if known else None,
            cached_tokens=as_part(self._usage.get("cachedContentTokenCount"), input_tokens),
            raw_finish_reason=self._raw_reason or None,
        )
