"""One call: its deadlines, and the one way its steps fail."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from webapp.domain.endpoint import Deadlines, Endpoint
from webapp.providers.base import ErrorKind, ProviderError
from webapp.providers.transport.complaint import quote
from webapp.providers.transport.failure import Dialect
from webapp.providers.transport.troubles import EXCEPTIONS, TOO_LONG, Trouble

T = TypeVar("T")
Meaning = Callable[[Exception], Trouble]

SHORTEST_SECRET = 4

_GPT = re.compile(r"gpt-(\d{1,3})")
_THINKER = re.compile(
    r"o\d+(?![a-z0-9])|gemini-(?:2\.5|[3-9]|\d\d)|deepseek-r1|qwq|.*(?:reasoning|thinking)"
)


def is_reasoning(model: str) -> bool:
    """Whether a model thinks before it answers, told by its name.

    Knows o1 and its successors, gpt-5 and later, gemini-2.5 and later, deepseek-r1, qwq, and
    names with "reasoning" or "thinking"; a vendor before a slash does not matter.
    """
    name = model.lower().rpartition("/")[2]
    gpt = _GPT.match(name)
    return int(gpt[1]) >= 5 if gpt else _THINKER.match(name) is not None


def _secrets(endpoint: Endpoint) -> set[str]:
    """The key, and what extra headers hold: all of it, and what comes after `Bearer`."""
    values = endpoint.wire.headers.values()
    found = {*values, *(value.rpartition(" ")[2] for value in values)}
    # What is shorter is no secret, and would be found in every message.
    secrets = {value for value in found if len(value) >= SHORTEST_SECRET}
    return secrets | {endpoint.key} if endpoint.key else secrets


class Call:
    """The deadlines of one call, which run from its making, and its errors. Needs a running loop.

    A model that thinks does so in silence: for it only the connection and the whole are bounded.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        dialect: Dialect,
        model: str,
        deadlines: Deadlines,
        *,
        never_twice: bool = False,
    ) -> None:
        self.endpoint = endpoint
        self.deadlines = deadlines
        self.dialect = dialect
        self.model = model
        self.never_twice = never_twice
        thinks = is_reasoning(model)
        self.total_s = deadlines.reasoning_total_s if thinks else deadlines.total_s
        self.first_byte_s = self.total_s if thinks else deadlines.first_byte_s
        self.idle_s = self.total_s if thinks else deadlines.idle_s
        self.request_id: str | None = None  # the endpoint's name for the call, once it has begun
        self.token: str | None = None  # to be sent where the key only buys tokens
        self.secrets = _secrets(endpoint)  # what no error of it may show
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + self.total_s

    def check_time(self) -> None:
        """Raise ProviderError once the whole call has taken too long.

        A step that never has to wait, since its data has come already, never times out by itself.
        """
        if self._now() >= self._end:
            raise self.error(ErrorKind.TIMEOUT, TOO_LONG)

    async def step(
        self, doing: Awaitable[T], silence_s: float, silence: str, meaning: Meaning
    ) -> T:
        """Await one step for at most `silence_s`; whatever goes wrong becomes a ProviderError.

        `silence` is the sentence when that time passes, `meaning` reads any other exception.
        """
        until = min(self._now() + silence_s, self._end)
        try:
            async with asyncio.timeout_at(until):
                return await doing
        except TimeoutError:
            sentence = TOO_LONG if until == self._end else silence
            trouble = Trouble(ErrorKind.TIMEOUT, sentence)
        except EXCEPTIONS as error:
            trouble = meaning(error)
        # Not raised in a handler: what aiohttp raises holds the headers, and so the key.
        failed = self.error(trouble.kind, trouble.sentence, silence_s=silence_s)
        failed.is_unsent = trouble.is_unsent
        raise failed

    def error(
        self, kind: ErrorKind, sentence: str, *, silence_s: float = 0, said: str = ""
    ) -> ProviderError:
        """A ProviderError with the provider's words; see `Dialect` for what a sentence may use."""
        return ProviderError(
            kind,
            sentence.format(
                name=self.endpoint.name,
                model=self.model,
                key_setting=self.endpoint.key_setting,
                url_setting=self.endpoint.url_setting,
                connect_s=self.endpoint.deadlines.connect_s,
                total_s=self.total_s,
                silence_s=silence_s,
            ),
            provider_message=quote(said, self.secrets),
            request_id=self.request_id,
        )
