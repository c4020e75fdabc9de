"""What a Python project asks to be installed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.domain.project import Fact, FactName

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[\w.-]{0,98}[A-Za-z0-9])?)\s*(?:\[([^\]]{0,200})\])?")
_LOWEST = re.compile(r"(?:^|>=|==|~=|\^|~|,|\s)\s*(3(?:\.[0-9]{1,2}){0,2})\b")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One library that a project asks for, by its normal name, and where it stands."""

    name: str
    path: str
    line: int
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is installed for a project: the file that says it, and what else it says."""

    path: str
    dependencies: Sequence[Dependency]
    facts: Sequence[Fact]


def normal(name: str) -> str:
    """The one spelling of a library's name: small letters, with dashes."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def dependency(requirement: str, path: str, line: int) -> Iterator[Dependency]:
    """The library that a requirement such as `celery[redis]>=5` names, if it names one."""
    if found := _REQUIREMENT.match(requirement):
        extras = tuple(normal(extra) for extra in (found[2] or "").split(","))
        yield Dependency(normal(found[1]), path, line, extras)


def lowest_version(spec: object, path: str, line: int) -> Iterator[Fact]:
    """The lowest version of Python that a range takes, if it has an end there."""
    if isinstance(spec, str) and (found := _LOWEST.search(spec)):
        yield Fact(FactName.VERSION, found[1], path, line)
