"""What a user states in plain words, taken only where it can hardly be meant otherwise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.context.brief_words import FRAMEWORKS, LANGUAGES, SERVICES, VERSIONS, WORDS
from webapp.context.tree import HEALTH, SERVICE_PORTS, port_fact
from webapp.domain.project import Fact, FactName, Facts

PATH = "brief"
_PORT = re.compile(
    r"\bport\s{0,3}(?:number\s)?[:=]?\s{0,3}([0-9]{2,5})\b"
    r"|\blisten(?:s|ing)?\s(?:on|at)\s(?:[\w.]{0,50}:)?([0-9]{2,5})\b(?!\.[0-9])",
    re.I,
)
_HEALTH = re.compile(r"\bGET\s{1,3}(/[\w./~-]{1,100})")
# Words that turn around what follows them, with up to three more of a list between.
_TURNED = re.compile(
    r"\b(?:no|not|never|without|instead\sof|rather\sthan|unlike|avoid\w{0,4}|drop\w{0,4}"
    r"|replac\w{0,4}|remov\w{0,4}|migrat\w{0,5}\s(?:away\s)?from|mov\w{0,4}\s(?:away\s)?from"
    r"|\w{1,8}n[’']t)\s+(?:[\w+-]{1,30},?\s+){0,3}$",
    re.I,
)
_BEFORE_CHARS = 120


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the brief."""

    number: int
    text: str

    def all(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Where a pattern is found and not turned around, as in “without Redis”."""
        for found in pattern.finditer(self.text):
            before = self.text[max(0, found.start() - _BEFORE_CHARS) : found.start()]
            if not _TURNED.search(re.split(r"[.;:!?]\s", before)[-1]):
                yield found


def find_brief_facts(brief: str) -> Facts:
    """Language, version, framework, port, health route and services as a brief states them.

    Of each, but for services, there is one or none: a brief that names two languages or two ports
    says it of two things. The path of these facts is `brief`.
    """
    lines = [_Line(number, text) for number, text in enumerate(brief.split("\n"), 1)]
    languages = [
        Fact(FactName.LANGUAGE, language, PATH, line.number)
        for language, pattern in LANGUAGES.items()
        for line in lines
        for _ in line.all(pattern)
    ]
    stated = {fact.value for fact in languages}
    frameworks = [
        (language, Fact(FactName.FRAMEWORK, name, PATH, line.number))
        for name, (language, pattern) in FRAMEWORKS.items()
        if name not in WORDS or language in stated
        for line in lines
        for _ in line.all(pattern)
    ]
    languages += [
        Fact(FactName.LANGUAGE, language, PATH, fact.line) for language, fact in frameworks
    ]
    language = _only(languages)
    found: list[Fact] = []
    if language:
        found += [language, *_version(lines, language.value)]
        found += filter(None, [_only([fact for _, fact in frameworks])])
    return Facts((*found, *_port(lines), *_health(lines), *_services(lines)))


def _only(facts: list[Fact]) -> Fact | None:
    """The first place of what is stated, if it is one thing."""
    if len({fact.value for fact in facts}) != 1:
        return None
    return min(facts, key=lambda fact: fact.line)


def _version(lines: list[_Line], language: str) -> Iterator[Fact]:
    pattern = VERSIONS.get(language)
    end = ".0" if language == "dotnet" else ""  # as its images and projects name it
    stated = [
        Fact(FactName.VERSION, found[1] + end, PATH, line.number)
        for line in lines
        for found in (line.all(pattern) if pattern else ())
    ]
    yield from filter(None, [_only(stated)])


def _port(lines: list[_Line]) -> Iterator[Fact]:
    stated = [
        fact
        for line in lines
        for found in line.all(_PORT)
        for fact in port_fact(found[1] or found[2], PATH, line.number)
        if fact.value not in SERVICE_PORTS
    ]
    yield from filter(None, [_only(stated)])


def _health(lines: list[_Line]) -> Iterator[Fact]:
    stated = [
        Fact(FactName.HEALTH, route, PATH, line.number)
        for line in lines
        for found in line.all(_HEALTH)
        if HEALTH.fullmatch(route := found[1].rstrip("."))
    ]
    yield from filter(None, [_only(stated)])


def _services(lines: list[_Line]) -> Iterator[Fact]:
    for name, pattern in SERVICES.items():
        places = (line.number for line in lines for _ in line.all(pattern))
        if (number := next(places, None)) is not None:
            yield Fact(FactName.SERVICE, name, PATH, number)
