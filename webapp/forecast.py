"""What calls will probably take, before they are made: tokens and cost."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webapp.domain.artifact import Result
from webapp.domain.batch import ModelChoice
from webapp.domain.views import CostRange
from webapp.prices import Prices
from webapp.store.stats import ModelStat

BYTES_A_TOKEN = 3.6  # until answers of a model have shown better
RESERVE = 1.15  # so much more is held of a budget, since the count of tokens is a guess


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: whom, for what kind, and how much may go in and come out."""

    model: ModelChoice
    kind: str
    prompt_bytes: int
    max_tokens: int


class Forecast:
    """Foretells from what is known of models: their prices, and what they have answered so far."""

    def __init__(self, prices: Prices, stats: Mapping[tuple[ModelChoice, str], ModelStat]) -> None:
        self._prices = prices
        self._stats = stats
        self._ratios: dict[ModelChoice, float] = {}

    def input_tokens(self, model: ModelChoice, prompt_bytes: int) -> int:
        """About how many tokens a prompt has."""
        if model not in self._ratios:
            self._ratios[model] = self._ratio(model)
        return math.ceil(prompt_bytes * self._ratios[model])

    def _ratio(self, model: ModelChoice) -> float:
        known = [stat for (seen, _), stat in self._stats.items() if seen == model]
        prompt_bytes = sum(stat.prompt_bytes for stat in known)
        tokens = sum(stat.input_tokens for stat in known)
        return tokens / prompt_bytes if prompt_bytes and tokens else 1 / BYTES_A_TOKEN

    def reserve(self, asked: Asked) -> tuple[int, int | None]:
        """The tokens and the micro-dollars that a call may take at most; None: nobody knows."""
        given = math.ceil(RESERVE * self.input_tokens(asked.model, asked.prompt_bytes))
        return given + asked.max_tokens, self._prices.cost(asked.model, given, asked.max_tokens)

    def spared(self, model: ModelChoice, result: Result) -> int:
        """The micro-dollars that a result out of the cache would have cost, as far as is known."""
        given, answered = result.input_tokens or 0, result.output_tokens or 0
        return self._prices.cost(model, given, answered) or 0

    def cost(self, calls: Iterable[Asked], repair_rounds: int) -> CostRange:
        """What jobs will cost.

        From the shortest answer of the model for that kind to the longest, in each round of repair
        again and with the answer before it sent along; before there was any answer, from none to
        the output limit.
        """
        least = most = 0
        unknown: set[str] = set()
        for asked in calls:
            given = self.input_tokens(asked.model, asked.prompt_bytes)
            shortest, longest = self._output(asked)
            cheap = self._prices.cost(asked.model, given, shortest)
            dear = self._dear(asked, given, longest, repair_rounds)
            if cheap is None or dear is None:
                unknown.add(str(asked.model))
            else:
                least, most = least + cheap, most + dear
        return CostRange(least, most, tuple(sorted(unknown)))

    def _dear(self, asked: Asked, given: int, longest: int, repair_rounds: int) -> int | None:
        first = self._prices.cost(asked.model, given, longest)
        repair = self._prices.cost(asked.model, given + longest, longest)
        return None if first is None or repair is None else first + repair_rounds * repair

    def _output(self, asked: Asked) -> tuple[int, int]:
        stat = self._stats.get((asked.model, asked.kind))
        if stat is None:
            return 0, asked.max_tokens
        return min(stat.least_output, asked.max_tokens), min(stat.most_output, asked.max_tokens)
