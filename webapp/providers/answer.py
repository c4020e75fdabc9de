"""From the messages of a stream to text and one `Done`, the same for most providers."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Protocol

from webapp.providers.base import Done, ErrorKind, Event, FinishReason, ProviderError, Text
from webapp.providers.transport import BROKE_OFF, Call, Client, Message

DECLINED = "{model} declined to answer: change the brief, or choose another model."
_ONLY_THOUGHT = "Reasoning used up the whole output limit: raise it."


class Answer(Protocol):
    """Puts one answer together; what a message lacks or garbles counts as absent."""

    @property
    def refusal(self) -> str:
        """What the provider says when it will not answer."""
        ...

    @property
    def is_whole(self) -> bool:
        """Whether its end has come."""
        ...

    def read(self, message: Message) -> str:
        """Take a message in and give its text, without reasoning."""
        ...

    def done(self) -> Done:
        """The end of the answer, with what it cost."""
        ...


async def ask(
    client: Client,
    call: Call,
    path: str,
    payload: Message,
    answer: Answer,
    warnings: Sequence[str] = (),
) -> AsyncIterator[Event]:
    """Send a payload and yield what comes back, as `Provider.stream` does.

    Raises ProviderError; AnsweredError, before anything, where the endpoint refuses.
    """
    has_text = False
    async with client.post(call, path, payload) as reply:
        if reply.limits is not None:
            yield reply.limits
        try:
            async for message in reply.messages():
                if text := answer.read(message):
                    has_text = True
                    yield Text(text)
        except ProviderError:
            if not answer.is_whole:
                raise
    if answer.refusal:
        raise call.error(ErrorKind.REFUSED, DECLINED, said=answer.refusal)
    if not answer.is_whole:
        raise call.error(ErrorKind.BROKEN_REPLY, BROKE_OFF)
    done = answer.done()
    if done.finish_reason is FinishReason.LENGTH and not has_text:
        warnings = [*warnings, _ONLY_THOUGHT]
    yield replace(done, request_id=call.request_id, warnings=tuple(warnings))
