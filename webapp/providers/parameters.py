"""Parameters that some models do not take: learned from a 400 that names one, then left out."""

import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence

from webapp.providers.base import Event, GenerationRequest
from webapp.providers.transport import AnsweredError, Message

NO_TEMPERATURE = "{model} takes no temperature: it was left out."
NO_SEED = "{model} takes no seed: it was left out."
NO_SCHEMA = "{model} takes no JSON schema: only the prompt asked for the form."

_UNSUPPORTED = re.compile(
    r"unsupported|not support|unrecognized|unknown|unexpected|deprecated"
    r"|not permitted|not allowed|cannot find",
    re.I,
)

Build = Callable[[Collection[str]], Message]
Send = Callable[[Message, Sequence[str]], AsyncIterator[Event]]


class Parameters:
    """What each model of an endpoint was found not to take."""

    def __init__(
        self,
        losses: Mapping[str, str],
        *,
        schema: str,
        never: Collection[str] = (),
        aliases: Mapping[str, str] | None = None,
    ) -> None:
        """`losses` tells what the user loses without a parameter, "" if nothing.

        `schema` is the parameter with the JSON schema, of which any complaint counts. What is
        `never` taken is left out from the start. A parameter is found in a complaint by its name,
        or by its `aliases` where it has some.
        """
        self._losses = losses
        self._schema = schema
        self._never = frozenset(never)
        aliases = aliases or {}
        own = {name: name for name in losses if name not in aliases.values()}
        self._words = own | dict(aliases)
        words = "|".join(map(re.escape, self._words))
        self._named = re.compile(rf"(?<![a-zA-Z_])({words})(?![a-zA-Z_])")
        self._refused: dict[str, frozenset[str]] = {}

    async def stream(
        self, request: GenerationRequest, build: Build, send: Send
    ) -> AsyncIterator[Event]:
        """Yield what `send` does of the payload, without what a model has refused.

        `build` makes the payload without some parameters; `send` takes it and the warnings.
        """
        while True:
            refused = self._of(request.model)
            payload = build(refused)
            try:
                async for event in send(payload, self._warnings(request.model, refused, build)):
                    yield event
                return
            except AnsweredError as error:
                name = self._refused_in(error, payload)
                if name is None:
                    raise
                # A 400 charged nothing, so sending again counts as the same call. Others may have
                # learned something in the meantime.
                self._refused[request.model] = self._of(request.model) | {name}

    def _of(self, model: str) -> frozenset[str]:
        return self._refused.get(model, self._never)

    def _warnings(self, model: str, refused: Collection[str], build: Build) -> list[str]:
        if not refused:
            return []
        asked = _names_in(build(()))
        return [
            sentence.format(model=model)
            for name, sentence in self._losses.items()
            if sentence and name in refused and name in asked
        ]

    def _refused_in(self, error: AnsweredError, payload: Message) -> str | None:
        """The parameter sent that a 400 names as one it does not take; None if of others."""
        if error.http_status != 400:
            return None
        said = error.complaint
        found = self._named.search(said.message)
        name = said.param.partition(".")[0] or (self._words[found[1]] if found else "")
        if name not in self._losses or name not in _names_in(payload):
            return None
        return name if name == self._schema or _UNSUPPORTED.search(said.summary) else None


def _names_in(payload: Message) -> set[str]:
    """The names of the parameters, at the top and one step below."""
    below = (value for value in payload.values() if isinstance(value, dict))
    return {*payload, *(name for inner in below for name in inner)}


def given(parameters: Message, refused: Collection[str]) -> Message:
    """Those that have a value and are not refused."""
    return {
        name: value
        for name, value in parameters.items()
        if value is not None and name not in refused
    }
