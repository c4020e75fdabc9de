"""What can be ordered: by a directive in a prompt, by `--fault`, or by a test.

A directive stands anywhere in a prompt, and there may be several:

    [[fake: WORDS]]             whenever this request comes
    [[fake: first N: WORDS]]    only the first N times this very request comes

WORDS are at most one fault, and options, in any order:

    503, or any status 400-599  answers with this error
    one of FAULTS               spoils the answer
    retry-after=7               with a status: the header, as it is
    code=insufficient_quota     with a status, or error-mid: the code in the error
    interval=0.1                with drip: seconds between two bytes
    mb=200                      with huge: how much text, in MB
    rounds=2                    with faulty: so many answers, repairs among them
    latency=2                   seconds to the first byte
    pace=50                     tokens a second

Of several directives that apply, the first that names a fault counts, and the first that sets a
latency or a pace. `--fault` takes the same words, and behind a last `=` how often: `503=0.05`.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

FAULTS = {
    "reset": "the connection is reset before any byte",
    "error-mid": "an error in the middle of the answer",
    "reset-mid": "the connection is reset in the middle of the answer",
    "stall": "silence after half of the answer",
    "truncated": "the answer ends without its end mark",
    "length": "half of the text, and the finish reason “length”",
    "filtered": "half of the text, and the finish reason of a filter, if there is one",
    "refusal": "no text, but the provider's way to decline",
    "no-usage": "an answer without counts of tokens",
    "malformed": "broken JSON in the middle of the answer",
    "empty": "an answer without text",
    "huge": "over 16 MB of text",
    "endless": "text without end, where it streams",
    "bomb": "256 MB of text, packed into a thousandth of that",
    "silent": "not a byte",
    "comments": "signs of life without end, and no text",
    "prose": "text in which there is no file",
    "faulty": "files with an error in each; a repair of them is good",
    "half-json": "the first half of the text, as if that were all",
    "drip": "one byte a second",
}
DRIP_S = 1.0
HUGE_MB = 17
MOST_MB = 1000

_DIRECTIVE = re.compile(r"\[\[fake:([^\[\]]{0,500})\]\]")
_FIRST = re.compile(r"\s*first\s+(\d{1,6})\s*:(.*)", re.DOTALL)
_STATUS = re.compile(r"[45]\d\d")


class BadDirective(ValueError):
    """Words that mean nothing here; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Directive:
    """What is to happen to a call; `first` bounds to how many of its repetitions."""

    fault: str = ""
    options: dict[str, str] = field(default_factory=dict)
    latency_s: float | None = None
    pace: float | None = None
    first: int | None = None

    @property
    def status(self) -> int | None:
        """The error status, where the fault is one."""
        return int(self.fault) if self.fault.isdigit() else None

    @property
    def code(self) -> str | None:
        """The code in the error."""
        return self.options.get("code")

    @property
    def interval_s(self) -> float:
        """Seconds between two bytes of a drip."""
        return float(self.options.get("interval", DRIP_S))

    @property
    def rounds(self) -> int:
        """How many answers to one task are faulty."""
        return int(float(self.options.get("rounds", 1)))

    @property
    def huge_mb(self) -> int:
        """MB of text, where there is too much."""
        return int(float(self.options.get("mb", HUGE_MB)))


NOTHING = Directive()


def parse_directive(words: str) -> Directive:
    """What the words of one directive say. Raises BadDirective."""
    bounded = _FIRST.fullmatch(words)
    first = int(bounded[1]) if bounded else None
    fault, options = "", {}
    for word in (bounded[2] if bounded else words).split():
        name, is_option, value = word.partition("=")
        if is_option:
            options[_known_option(name)] = _checked(name, value)
        elif fault or not (name in FAULTS or _STATUS.fullmatch(name)):
            raise BadDirective(_unknown(word))
        else:
            fault = name
    latency_s, pace = (options.pop(name, None) for name in ("latency", "pace"))
    return Directive(
        fault,
        options,
        None if latency_s is None else float(latency_s),
        None if pace is None else float(pace),
        first,
    )


def parse_fault_rates(rates: Sequence[str]) -> dict[str, float]:
    """The share of calls that gets each fault, from `503=0.05` and the like.

    Raises BadDirective.
    """
    parsed = {}
    for text in rates:
        words, _, share = text.rpartition("=")
        parsed[words] = _number(share)
        if not words or not 0 <= parsed[words] <= 1:
            raise BadDirective(f"“{text}” is not a fault and its share, such as 503=0.05.")
    return parsed


def read_directives(text: str) -> list[Directive]:
    """All directives in a prompt, in their order. Raises BadDirective."""
    return [parse_directive(words) for words in _DIRECTIVE.findall(text)]


def settle(directives: Sequence[Directive], times: int) -> Directive:
    """What applies when the same request comes for the `times`-th time, counted from 1."""
    active = [d for d in directives if d.first is None or times <= d.first]
    spoiler = next((d for d in active if d.fault), NOTHING)
    return Directive(
        spoiler.fault,
        spoiler.options,
        next((d.latency_s for d in active if d.latency_s is not None), None),
        next((d.pace for d in active if d.pace is not None), None),
    )


_NUMBERS = frozenset({"interval", "latency", "mb", "pace", "rounds"})
_OPTIONS = _NUMBERS | {"retry-after", "code"}


def _known_option(name: str) -> str:
    if name not in _OPTIONS:
        raise BadDirective(f"“{name}” is no option: there are {', '.join(sorted(_OPTIONS))}.")
    return name


def _checked(name: str, value: str) -> str:
    if name in _NUMBERS and not (0 <= _number(value) < math.inf):
        raise BadDirective(f"{name} takes a number, not “{value}”.")
    if name == "pace" and not float(value):
        raise BadDirective("pace must be more than 0.")
    if name == "mb" and not 1 <= float(value) <= MOST_MB:
        raise BadDirective(f"mb must be from 1 to {MOST_MB}.")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _unknown(word: str) -> str:
    return f"“{word}” is not a fault, or not the only one here: see `omni fake-provider --help`."
