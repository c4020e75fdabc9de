"""The built-in provider: answers from templates, without a model, a key or a network."""

from collections.abc import AsyncIterator, Callable

from webapp.domain.batch import BLUEPRINT
from webapp.domain.endpoint import Health
from webapp.providers.base import Done, FinishReason, GenerationRequest, Text


class Blueprint:
    """Answers at once with what `render` makes of the user prompt."""

    def __init__(self, render: Callable[[str], str]) -> None:
        self._render = render

    async def stream(self, request: GenerationRequest) -> AsyncIterator[Text | Done]:
        yield Text(self._render(request.user))
        yield Done(FinishReason.STOP)

    async def health(self) -> Health:
        sentence = "Built in: needs no key and no network."
        return Health(BLUEPRINT, True, sentence, (BLUEPRINT,), 0.0)
