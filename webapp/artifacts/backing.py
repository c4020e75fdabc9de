"""Which variables an application asks the services beside it by, and what they must hold."""

import re
from collections.abc import Iterator, Sequence

from webapp.artifacts.backing_services import BACKING as BACKING
from webapp.artifacts.backing_services import Backing as Backing
from webapp.artifacts.backing_services import required as required
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.artifacts.language import Language

MAX_WORDS_BEFORE = 2
# Words that say which other service is meant: neither the one that a template runs, nor its own.
_OTHERS = frozenset({"LEGACY", "OLD", "SHADOW", "TEST"})
_SERVICE = re.compile("|".join(f"(?:{backing.prefix})" for backing in BACKING.values()))
_KEYS = frozenset({"APP_KEY", "RAILS_MASTER_KEY", "SECRET_KEY_BASE"})  # of Laravel and Rails


def is_secret(variable: str) -> bool:
    """Whether a variable is named like a password, a token or a key."""
    return variable in _KEYS or is_literal_secret(variable, "text")


def known(services: Sequence[str], language: Language | None = None) -> tuple[Backing, ...]:
    """The services that templates know, in the order in which variables are offered to them.

    Their addresses are as the drivers of the language want them.
    """
    found = (backing for name, backing in BACKING.items() if name in services)
    return tuple(backing.spoken(language) for backing in found)


def value_of(variable: str, services: Sequence[Backing]) -> str | None:
    """What a variable must hold to find the first service it can belong to; None if to none."""
    for name in _readings(variable):
        for service in services:
            if (value := service.value(name)) is not None:
                return value
    return None


def assumed(variables: Sequence[str], services: Sequence[Backing]) -> dict[str, Backing]:
    """A variable for each service to which none of an application's variables leads."""
    wired = [_owner(variable, services) for variable in variables]
    found = {}
    for service in services:
        if service not in wired:
            names = (service.usual or "", f"{service.name.upper()}_URL")
            found[next(name for name in names if _owner(name, services) is service)] = service
    return found


def unknown_variables(variables: Sequence[str], services: Sequence[Backing]) -> str | None:
    """What to say where variables were assumed."""
    found = assumed(variables, services)
    if not found:
        return None
    titles = " and ".join(service.title for service in found.values())
    return f"Which variables lead to {titles} is not known; assumed: {', '.join(found)}."


def _owner(variable: str, services: Sequence[Backing]) -> Backing | None:
    readings = ((name, one) for name in _readings(variable) for one in services)
    return next((one for name, one in readings if one.value(name) is not None), None)


def _readings(variable: str) -> Iterator[str]:
    """What a variable may be called without the words that an application puts before it."""
    if "__" in variable:  # a setting of .NET: Redis__Host, ConnectionStrings__Orders
        section, _, rest = variable.upper().replace("__", "_").partition("_")
        if section == "CONNECTIONSTRINGS":
            yield from (f"{rest}_CONNECTION", "DATABASE_CONNECTION")
            return
        variable = f"{section}_{rest}"
    yield variable
    for _ in range(MAX_WORDS_BEFORE):
        word, _, variable = variable.partition("_")
        if not variable or word in _OTHERS or _SERVICE.fullmatch(word):
            return
        yield variable
