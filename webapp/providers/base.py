"""The contract of a provider: one request in, text and one `Done` out, or a `ProviderError`."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from webapp.domain.endpoint import Health


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One prompt for one model; None leaves a parameter to the provider.

    `schema` is a JSON schema the answer should follow where the endpoint can enforce one.
    `never_twice` says that a request which may have arrived must not be sent again.
    """

    model: str
    system: str
    user: str
    max_tokens: int
    temperature: float | None = None
    seed: int | None = None
    schema: Mapping[str, object] | None = None
    never_twice: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of an answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """`remaining` of `limit` may still be used now; all of it is back in `reset_s` seconds.

    Some endpoints tell whole seconds: `error_s` is how far off that may be.
    """

    limit: int
    remaining: int
    reset_s: float
    error_s: float = 0.0


@dataclass(frozen=True, slots=True)
class RateLimits:
    """What an endpoint says of its limits with an answer; None where it says nothing."""

    requests: Allowance | None = None
    tokens: Allowance | None = None


class FinishReason(StrEnum):
    """Why a model stopped; what OTHER means, only `raw_finish_reason` tells."""

    STOP = "stop"
    LENGTH = "length"
    FILTERED = "filtered"
    ERROR = "error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer. Token counts are None where the provider gave none, never 0.

    `cached_tokens` are the part of `input_tokens` that the provider had in its prompt cache.
    `warnings` are sentences for the user: a parameter that was dropped, a prompt that may be cut.
    """

    finish_reason: FinishReason
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    request_id: str | None = None
    raw_finish_reason: str | None = None
    warnings: tuple[str, ...] = ()


Event = Text | RateLimits | Done  # what an answer consists of


class ErrorKind(StrEnum):
    """Why a call failed; `is_retryable` says whether the same call may succeed later."""

    UNAVAILABLE = "unavailable"  # refused, reset before an answer, 5xx, overloaded
    RATE_LIMITED = "rate_limited"  # a 429 that means "later"
    TIMEOUT = "timeout"  # connect, first byte, idle or total deadline
    BROKEN_REPLY = "broken_reply"  # malformed, empty, or a stream without its end mark
    TOO_LARGE = "too_large"  # over 16 MB decoded
    NO_MONEY = "no_money"  # quota, spend limit, credits
    BAD_KEY = "bad_key"
    REJECTED = "rejected"  # unknown model, bad parameter, context too long
    REFUSED = "refused"  # content filter, safety

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self in _RETRYABLE


_RETRYABLE = frozenset(
    {
        ErrorKind.UNAVAILABLE,
        ErrorKind.RATE_LIMITED,
        ErrorKind.TIMEOUT,
        ErrorKind.BROKEN_REPLY,
    }
)


class ProviderError(Exception):
    """A call that gave no answer.

    `sentence` is ours and plain; `provider_message` is the provider's own text, shown verbatim and
    never trusted. Neither holds a key. `is_unsent` says that nothing of the request has left,
    `is_overloaded` that the endpoint needs more than a moment. `limits` came with a bad status.
    """

    def __init__(
        self,
        kind: ErrorKind,
        sentence: str,
        *,
        provider_message: str | None = None,
        retry_after_s: float | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        is_unsent: bool = False,
        is_overloaded: bool = False,
        limits: RateLimits | None = None,
    ) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.provider_message = provider_message
        self.retry_after_s = retry_after_s
        self.http_status = http_status
        self.request_id = request_id
        self.is_unsent = is_unsent
        self.is_overloaded = is_overloaded
        self.limits = limits

    @property
    def may_be_charged(self) -> bool:
        """Whether the provider may have done the work: it had the request and did not refuse it."""
        is_refused = self.http_status is not None and self.http_status >= 400
        return not (self.is_unsent or is_refused)


class Provider(Protocol):
    """What the engine and the health checks ask of an endpoint."""

    def stream(self, request: GenerationRequest) -> AsyncIterator[Event]:
        """Yield text as it comes and, last, one `Done`.

        Where the headers of a good answer tell of limits, one `RateLimits` comes first, before
        there is any text.

        Raises `ProviderError`. An iterator that ends without `Done` never happens: that is
        `BROKEN_REPLY`.
        """
        ...

    async def health(self) -> Health:
        """Ask whether endpoint and key work, and which models there are. Never raises."""
        ...
