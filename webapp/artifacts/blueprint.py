"""What the templates take from facts: each value in a known form, or not at all.

A fact is text out of somebody's project. Only what passed here stands in a template's file.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from webapp.domain.project import FactName, Facts

COMMENT = "# Template by the blueprint, filled with facts of the project. No model wrote it."
USER_ID = 10001  # the same in image and cluster, and no user of the host
UNNAMED = "app"
MAX_NAME_CHARS = 40
MAX_NAMED = 12

_FORMS = {
    FactName.VERSION: re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}"),
    FactName.MANIFEST: re.compile(r"(?:[\w@][\w@.+-]*/){0,9}[\w@][\w@.+-]{0,99}", re.ASCII),
    FactName.ENTRY: re.compile(
        r"(?:[\w@][\w@.+-]*/){0,9}[\w@][\w@.+-]{0,99}|[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(?:\(\))?",
        re.ASCII,
    ),
    FactName.START: re.compile(r"[!-~](?:[ -~]{0,500}[!-~])?"),
    FactName.PORT: re.compile(r"[1-9][0-9]{0,4}"),
    FactName.HEALTH: re.compile(r"/[\w./~-]{0,200}", re.ASCII),
    FactName.ENV: re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}"),
}
# Set by the system or by the image: nobody has to give them a value.
_GIVEN_ENV = frozenset(
    {"CI", "HOME", "HOSTNAME", "LANG", "NODE_ENV", "PATH", "PORT", "PWD", "SHELL", "TMPDIR", "USER"}
)
_LOCKS = frozenset(
    {"npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "poetry.lock", "uv.lock"}
    | {"yarn.lock"}
)


class Language(StrEnum):
    """The languages that templates know."""

    PYTHON = "python"
    NODE = "node"

    @property
    def title(self) -> str:
        """Its name in a sentence."""
        return {Language.PYTHON: "Python", Language.NODE: "Node.js"}[self]

    @property
    def usual_version(self) -> str:
        """What is taken where a project does not say: supported, and no longer new."""
        return {Language.PYTHON: "3.13", Language.NODE: "24"}[self]


@dataclass(frozen=True, slots=True)
class App:
    """A project as the templates see it; what is None or empty is not known.

    `name` is a DNS label of at most 40 characters, `app` where the project has none.
    """

    name: str
    language: Language | None
    version: str | None
    framework: str | None
    installer: str | None
    manifest: str | None
    lock: str | None  # its file name, beside the manifest
    entry: str | None
    start: str | None
    port: int | None
    health: str | None
    env: tuple[str, ...]
    services: tuple[str, ...]
    reads_port: bool  # whether it takes the port from the variable PORT

    @property
    def folder(self) -> str:
        """Where its manifest lies, empty at the top of the project."""
        folder = PurePosixPath(self.manifest or "").parent
        # `requirements/prod.txt` lies in a folder of lists, not in that of the application.
        return "" if folder.name in ("", "requirements") else str(folder)


def read_app(facts: Facts) -> App:
    """The application that facts describe. A value in a form that no template takes is left out."""
    language = facts.value(FactName.LANGUAGE)
    port = int(_first(facts, FactName.PORT) or 0)
    env = _all(facts, FactName.ENV)
    return App(
        name=_label(facts.value(FactName.NAME) or "") or UNNAMED,
        language=Language(language) if language in set(Language) else None,
        version=_first(facts, FactName.VERSION),
        framework=facts.value(FactName.FRAMEWORK),
        installer=facts.value(FactName.INSTALLER),
        manifest=_first(facts, FactName.MANIFEST),
        lock=_lock(facts),
        entry=_first(facts, FactName.ENTRY),
        start=_first(facts, FactName.START),
        port=port if 0 < port <= 65535 else None,
        health=_first(facts, FactName.HEALTH),
        env=tuple(name for name in env if name not in _GIVEN_ENV),
        services=facts.values(FactName.SERVICE),
        reads_port="PORT" in env,
    )


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them, the first twelve: `A, B and 3 more`."""
    shown = ", ".join(names[:MAX_NAMED])
    return f"{shown} and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else shown


def present(*sentences: str | None) -> tuple[str, ...]:
    """The sentences that apply."""
    return tuple(sentence for sentence in sentences if sentence)


def _first(facts: Facts, name: FactName) -> str | None:
    return next(iter(_all(facts, name)), None)


def _all(facts: Facts, name: FactName) -> tuple[str, ...]:
    return tuple(value for value in facts.values(name) if _FORMS[name].fullmatch(value))


def _lock(facts: Facts) -> str | None:
    paths: Iterable[str] = (fact.path for fact in facts.found if fact.name == FactName.INSTALLER)
    return next((name for path in paths if (name := path.rpartition("/")[2]) in _LOCKS), None)


def _label(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name[:200].lower())
    return words.lstrip("-0123456789")[:MAX_NAME_CHARS].strip("-")
