"""An answer as it comes in: whole, or an error."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from webapp.engine.outcome import Answer
from webapp.providers.base import (
    Done,
    ErrorKind,
    Event,
    FinishReason,
    ProviderError,
    RateLimits,
    Text,
)

# No model writes that much in so few tokens: a server that does has no end.
CHARS_A_TOKEN = 64
SPARE_CHARS = 65_536
TOO_LONG = (
    "The answer went on far beyond the output limit of {:,} tokens, and was stopped: choose "
    "another model."
)


@dataclass(slots=True)
class Heard:
    """Tells once that an answer has begun."""

    tell: Callable[[RateLimits | None], None]
    anything: bool = False

    def note(self, event: Event) -> None:
        """Take in what came."""
        if not self.anything:
            self.anything = True
            self.tell(event if isinstance(event, RateLimits) else None)


async def receive(
    events: AsyncIterator[Event],
    answer: Answer,
    heard: Heard,
    on_text: Callable[[], None],
    max_tokens: int,
) -> Done:
    """Read a whole answer; ProviderError if it does not come, is empty, or does not end."""
    done = None
    room = SPARE_CHARS + CHARS_A_TOKEN * max_tokens
    async for event in events:
        heard.note(event)
        if isinstance(event, Text):
            answer.add(event.text)
            on_text()
            room -= len(event.text)
            if room < 0:
                raise ProviderError(ErrorKind.TOO_LARGE, TOO_LONG.format(max_tokens))
        elif isinstance(event, Done):
            done = event
    if done is None or done.finish_reason is FinishReason.ERROR:
        raise ProviderError(ErrorKind.BROKEN_REPLY, "The provider ended the answer with an error.")
    if done.finish_reason is FinishReason.STOP and not answer.text.strip():
        raise ProviderError(ErrorKind.BROKEN_REPLY, "The answer was empty.")
    return done
