"""Chat completions, as OpenAI and many others have them: the prompt, and the answer in chunks."""

from webapp.providers.base import Done, FinishReason, GenerationRequest
from webapp.providers.parameters import NO_SCHEMA, NO_SEED, NO_TEMPERATURE
from webapp.providers.transport import Message
from webapp.providers.transport.tolerant import as_count, as_list, as_object, as_part, as_text

_FINISH_REASONS = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
    "error": FinishReason.ERROR,
    "abort": FinishReason.ERROR,
    "cancelled": FinishReason.ERROR,
    "time_limit": FinishReason.ERROR,
}

LOSSES = {"temperature": NO_TEMPERATURE, "seed": NO_SEED, "response_format": NO_SCHEMA}
ALIASES = dict.fromkeys(("response_format", "json_schema"), "response_format")


def prompt(request: GenerationRequest, limit: str) -> Message:
    """What all of them take; `limit` is the parameter that bounds the answer."""
    payload: Message = {
        "messages": [
            {"role": "system", "content": request.system},
            {"role": "user", "content": request.user},
        ],
        limit: request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    if request.schema is not None:
        schema = {"name": "answer", "strict": True, "schema": request.schema}
        payload["response_format"] = {"type": "json_schema", "json_schema": schema}
    return payload


class Completion:
    """Puts one answer together from its chunks; what a chunk lacks or garbles counts as absent."""

    def __init__(self) -> None:
        self._refusal: list[str] = []
        self._has_text = False
        self._is_over = False
        self._finish_reason: str | None = None
        self._usage: Message = {}

    @property
    def refusal(self) -> str:
        """What the model says when it will not answer."""
        return "".join(self._refusal)

    @property
    def is_whole(self) -> bool:
        """Whether the model came to its end, or the server says that this was all."""
        return bool(self._finish_reason) or (self._is_over and self._has_text)

    def read(self, chunk: Message) -> str:
        """Take a chunk in and give its text, without reasoning."""
        if "usage" in chunk or "x_groq" in chunk:
            groq = as_object(chunk.get("x_groq"))
            self._usage = as_object(chunk.get("usage") or groq.get("usage")) or self._usage
        choices = as_list(chunk.get("choices"))
        if not choices:
            self._is_over = self._is_over or chunk.get("done") is True
            return ""
        choice = as_object(choices[0])
        if reason := choice.get("finish_reason"):
            self._finish_reason = as_text(reason)
        # A server that cannot stream sends a whole message.
        delta = as_object(choice.get("delta") or choice.get("message"))
        if refusal := delta.get("refusal"):
            self._refusal.append(as_text(refusal))
        text = as_text(delta.get("content"))
        self._has_text = self._has_text or bool(text)
        return text

    def done(self) -> Done:
        """The end of the answer, with what it cost."""
        input_tokens = as_count(self._usage.get("prompt_tokens"))
        details = as_object(self._usage.get("prompt_tokens_details"))
        return Done(
            _FINISH_REASONS.get(self._finish_reason or "", FinishReason.OTHER),
            input_tokens=input_tokens,
            output_tokens=as_count(self._usage.get("completion_tokens")),
            cached_tokens=as_part(details.get("cached_tokens"), input_tokens),
            raw_finish_reason=self._finish_reason,
        )
