"""Ollama: models that run at home. `POST /api/chat`, JSON lines."""

import re
from collections.abc import AsyncIterator, Iterator

import httpx

from webapp.domain.endpoint import Endpoint, Health
from webapp.domain.project import estimate_tokens
from webapp.providers.base import Done, ErrorKind, FinishReason, GenerationRequest, Text
from webapp.providers.transport import (
    BROKE_OFF,
    PROMPT_TOO_LONG,
    AnsweredError,
    Call,
    Client,
    Dialect,
    Lines,
    Message,
    Rule,
)
from webapp.providers.transport.tolerant import as_count, as_object, as_text

DIALECT = Dialect(
    frames=Lines,
    rules=(
        Rule(
            re.compile(r"^40[13] "),
            ErrorKind.BAD_KEY,
            "{name} asks for a sign-in ({status}): set {key_setting} to a valid key, or "
            "{url_setting} to a server that needs none.",
        ),
        Rule(
            re.compile(r"^404 .*\bmodel\b.*not found"),
            ErrorKind.REJECTED,
            "{name} does not have {model} ({status}): run `ollama pull {model}`, then retry.",
        ),
        Rule(
            re.compile(r"requires more system memory"),
            ErrorKind.REJECTED,
            "{name} has too little memory for {model} with a prompt of this size: choose a smaller "
            "model, or send fewer files.",
        ),
        Rule(
            re.compile(r"exceed_context_size|longer than the context|exceeds the context length"),
            ErrorKind.REJECTED,
            PROMPT_TOO_LONG,
        ),
    ),
)
_MAYBE_CUT = "The context of {model} was full: the beginning of the prompt may have been cut off."

_NEEDED_TOKENS = re.compile(r"n_prompt_tokens\W+(\d{1,9})\b")
_SMALLEST_CONTEXT = 4096
_FINISH_REASONS = {
    "": FinishReason.STOP,  # older versions do not say
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "load": FinishReason.ERROR,  # it only loaded the model
    "unload": FinishReason.ERROR,
}


def full_name(model: str) -> str:
    """The name with its tag: `llama3.2` means `llama3.2:latest`."""
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


class Ollama:
    """The native API, which alone lets the context be sized to the prompt."""

    def __init__(self, endpoint: Endpoint, transport: httpx.AsyncBaseTransport) -> None:
        self._client = Client(endpoint, DIALECT, transport)
        self._contexts: dict[str, int] = {}
        self._cannot_think: set[str] = set()

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Text | Done]:
        call = self._client.call(request)
        self._grow(request, estimate_tokens(request.system + request.user) * 115 // 100)
        while True:
            try:
                async for event in self._answer(call, request):
                    yield event
                return
            except AnsweredError as error:
                if not self._learn(request, error):
                    raise

    async def _answer(self, call: Call, request: GenerationRequest) -> AsyncIterator[Text | Done]:
        model = full_name(request.model)
        context = self._contexts[model]
        payload = _payload(request, context, can_think=model not in self._cannot_think)
        is_done = False
        async with self._client.post(call, "/api/chat", payload) as reply:
            async for message in reply.messages():
                for event in _events(message, request.model, context):
                    is_done = is_done or isinstance(event, Done)
                    yield event
        if not is_done:
            raise call.error(ErrorKind.BROKEN_REPLY, BROKE_OFF)

    def _learn(self, request: GenerationRequest, error: AnsweredError) -> bool:
        """Whether a 400 taught something that makes the same request worth sending again."""
        model, message = full_name(request.model), error.complaint.message
        if error.http_status != 400:
            return False
        if "does not support thinking" in message and model not in self._cannot_think:
            self._cannot_think.add(model)
            return True
        needed = _NEEDED_TOKENS.search(message)
        return needed is not None and self._grow(request, int(needed[1]))

    def _grow(self, request: GenerationRequest, prompt_tokens: int) -> bool:
        """Have room for prompt and answer; whether that takes more than before.

        Every other context size makes Ollama load the model anew. So it is a power of two and
        never shrinks.
        """
        model, tokens = full_name(request.model), prompt_tokens + request.max_tokens
        known = self._contexts.get(model, 0)
        self._contexts[model] = max(known, _SMALLEST_CONTEXT, 1 << (tokens - 1).bit_length())
        return self._contexts[model] > known

    async def health(self) -> Health:
        return await self._client.probe(self._ask)

    async def _ask(self, call: Call) -> tuple[str, tuple[str, ...]]:
        version = await self._client.get(call, "/api/version", "version", str)
        listed = await self._client.get(call, "/api/tags", "models", list)
        models = tuple(as_text(as_object(model).get("name")) for model in listed)
        return f"Ollama {version} answers. Models: {len(models)}.", models


def _payload(request: GenerationRequest, context: int, *, can_think: bool) -> Message:
    """`truncate` makes Ollama 0.12.6 and later refuse a prompt it would cut (api/types.go)."""
    options = {
        "num_ctx": context,
        "num_predict": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    payload: Message = {
        "model": request.model,
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.user},
        ],
        "stream": True,
        "truncate": False,
        "options": {name: value for name, value in options.items() if value is not None},
    }
    if can_think:
        payload["think"] = False  # left out, a model that can think does, and uses up num_predict
    if request.schema is not None:
        payload["format"] = request.schema
    return payload


def _events(message: Message, model: str, context: int) -> Iterator[Text | Done]:
    if text := as_text(as_object(message.get("message")).get("content")):
        yield Text(text)
    if message.get("done") is not True:
        return
    prompt, answer = as_count(message.get("prompt_eval_count")), as_count(message.get("eval_count"))
    raw_reason = as_text(message.get("done_reason"))
    is_full = (prompt or 0) + (answer or 0) >= context * 95 // 100
    yield Done(
        _FINISH_REASONS.get(raw_reason, FinishReason.OTHER),
        input_tokens=prompt,
        output_tokens=answer,
        raw_finish_reason=raw_reason or None,
        warnings=(_MAYBE_CUT.format(model=model),) if is_full else (),
    )
