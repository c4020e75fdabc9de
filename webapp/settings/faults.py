"""What is wrong with settings, in sentences."""

import difflib
from collections.abc import Callable, Iterator, Mapping

from pydantic import ValidationError


class BadSettings(Exception):
    """A setting is wrong; the message is one sentence a line, naming the variable or the field."""


_MESSAGES = {
    "missing": "is missing",
    "extra_forbidden": "is not a field",
    "dict_type": "must be a table",
    "model_type": "must be a table",
}


def sentences(error: ValidationError, place_of: Callable[[str], str]) -> Iterator[str]:
    """A sentence for each fault, without the value; `place_of` says what sets a field."""
    for fault in error.errors(include_url=False, include_input=False):
        said = fault["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        place = ".".join(str(step) for step in fault["loc"] if step != "[key]")
        message = _MESSAGES.get(fault["type"], said)
        yield f"{place_of(place)} {message}." if place else message


def did_you_mean(name: str, known: Mapping[str, str], otherwise: str) -> str:
    """Advice for a name nobody knows: what the one like it stands for, else what is otherwise."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {known[close[0]]}?" if close else otherwise
