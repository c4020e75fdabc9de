"""The sections and directives of unit files: which there are, and what each may hold."""

import difflib
import re
from collections.abc import Iterator, Mapping

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.systemd_directives import (
    DURATIONS,
    REPLACED,
    SECTIONS,
    SIZES,
    UNITS,
    WORDS,
)
from webapp.artifacts.checks.systemd_unit import ENDINGS, Setting, Unit, words
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "systemd/syntax": Severity.ERROR,
    "systemd/unknown-section": Severity.ERROR,
    "systemd/missing-section": Severity.ERROR,
    "systemd/unknown-directive": Severity.ERROR,
    "systemd/wrong-section": Severity.ERROR,
    "systemd/wrong-value": Severity.ERROR,
    "systemd/duration": Severity.ERROR,
    "systemd/size": Severity.ERROR,
    "systemd/calendar": Severity.ERROR,
    "systemd/unit-name": Severity.ERROR,
    "systemd/environment": Severity.ERROR,
    "systemd/replaced-directive": Severity.WARNING,
}
MAX_NAME_CHARS = 60
_DURATION = re.compile(r"(?=\d)(?:\d+(?:\.\d+)?\s*[a-zA-Zµ]+\s*)*(?:\d+(?:\.\d+)?)?", re.ASCII)
_UNIT_OF_TIME = re.compile(r"[a-zA-Zµ]+")
_TIMES = frozenset(
    (
        *("nsec", "ns", "usec", "us", "µs", "msec", "ms", "seconds", "second", "sec", "s"),
        *("minutes", "minute", "min", "m", "hours", "hour", "hr", "h", "days", "day", "d"),
        *("weeks", "week", "w", "months", "month", "M", "years", "year", "y"),
    )
)
_SIZE = re.compile(r"infinity|\d{1,18}(?:\.\d{1,9})?[KMGTPE]?|\d{1,3}(?:\.\d{1,2})?%", re.ASCII)
# Fewer words than a line of cron has, and none of its slashes in front.
_CALENDAR = re.compile(r"[A-Za-z0-9*,./:~_+-]+(?: [A-Za-z0-9*,./:~_+-]+){0,3}", re.ASCII)
_UNIT_NAME = re.compile(rf"[\w:.\\@%-]{{1,250}}\.(?:{'|'.join((*ENDINGS, 'device'))})", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_]\w{0,250}=", re.ASCII)

_Found = Iterator[Finding]


def faults(one: Unit) -> _Found:
    """Lines, sections, names and values that systemd would not take, or would leave out."""
    for line in one.broken:
        message = "This line is neither a [Section] nor Name=value below one."
        yield _finding("syntax", one, line, message)
    yield from _sections(one)
    known = SECTIONS[one.ending]
    for setting in one.settings:
        if setting.section in known and not setting.name.startswith("X-"):
            yield from _setting(one, setting, known)


def _finding(rule: str, one: Unit, line: int | None, message: str) -> Finding:
    return findings.make(SEVERITY, f"systemd/{rule}", one.path, line, message)


def _sections(one: Unit) -> _Found:
    known = SECTIONS[one.ending]
    for section, line in one.sections.items():
        if section not in known and not section.startswith("X-"):
            hint = _hint(section, known)
            message = f"A .{one.ending} has no section [{shortened(section)}]{hint}."
            yield _finding("unknown-section", one, line, message)
    if one.own_section and one.own_section not in one.sections:
        message = f"A .{one.ending} needs a section [{one.own_section}]."
        yield _finding("missing-section", one, None, message)


def _hint(name: str, known: Mapping[str, object] | frozenset[str]) -> str:
    near = difflib.get_close_matches(name[:MAX_NAME_CHARS], sorted(known), 1, 0.75)
    return f" (did you mean “{near[0]}”?)" if near else ""


def _setting(one: Unit, setting: Setting, known: Mapping[str, frozenset[str]]) -> _Found:
    name, shown = setting.name, shortened(setting.name, MAX_NAME_CHARS)
    if name in REPLACED:
        message = f"{name}= is only kept for old units: use {REPLACED[name]}."
        yield _finding("replaced-directive", one, setting.line, message)
    elif name in known[setting.section]:
        if setting.value:
            yield from _value(one, setting)
    elif others := [section for section, names in known.items() if name in names]:
        message = f"{shown}= belongs under [{others[0]}], not under [{setting.section}]."
        yield _finding("wrong-section", one, setting.line, message)
    else:
        hint = _hint(name, frozenset().union(*known.values()))
        message = f"systemd knows no {shown}= and leaves it out{hint}."
        yield _finding("unknown-directive", one, setting.line, message)


def _value(one: Unit, setting: Setting) -> _Found:
    name, value, line = setting.name, setting.value, setting.line
    shown = shortened(value)
    if name in WORDS and value not in WORDS[name]:
        message = f"{name}= is “{shown}”; allowed is only {', '.join(WORDS[name])}."
        yield _finding("wrong-value", one, line, message)
    elif name in DURATIONS and not _is_duration(value):
        message = f"“{shown}” is no duration: write it like 500ms, 30s, 5min or 1h 30min."
        yield _finding("duration", one, line, message)
    elif name in SIZES and not _SIZE.fullmatch(value):
        message = f"“{shown}” is no size: write it like 256M, 2G or 50%."
        yield _finding("size", one, line, message)
    elif name == "OnCalendar" and not _CALENDAR.fullmatch(value):
        message = f"“{shown}” is no calendar: write it like daily or Mon *-*-* 03:00:00."
        yield _finding("calendar", one, line, message)
    elif name in UNITS:
        yield from _units(one, setting)
    elif name == "Environment":
        yield from _environment(one, setting)


def _is_duration(value: str) -> bool:
    units = _UNIT_OF_TIME.findall(value)
    return value == "infinity" or (
        _DURATION.fullmatch(value) is not None and _TIMES.issuperset(units)
    )


def _units(one: Unit, setting: Setting) -> _Found:
    for name in setting.value.split():
        if not _UNIT_NAME.fullmatch(name):
            message = (
                f"“{shortened(name)}” is no name of a unit: it needs an ending, as in "
                "network.target."
            )
            yield _finding("unit-name", one, setting.line, message)


def _environment(one: Unit, setting: Setting) -> _Found:
    assigned = words(setting.value)
    if assigned is None:
        yield _finding("environment", one, setting.line, "A quote of this line never ends.")
    for word in assigned or ():
        if not _VARIABLE.match(word):
            message = (
                f"“{shortened(word)}” is no variable with its value: quote a value with blanks "
                'as a whole, as in "NAME=two words".'
            )
            yield _finding("environment", one, setting.line, message)
