"""What the templates take from facts: each value in a known form, or not at all.

A fact is text out of somebody's project. Only what passed here stands in a template's file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from webapp.artifacts.checks.text import leftovers
from webapp.domain.artifact import ArtifactFile
from webapp.domain.project import FactName, Facts

COMMENT = "# Template by the blueprint, filled with facts of the project. No model wrote it."
USER_ID = 10001  # the same in image and cluster, and no user of the host
UNNAMED = "app"
FIRST_TAG = "0.1.0"
MAX_NAME_CHARS = 40
MAX_NAMED = 12

_WORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_FORMS = {
    FactName.LANGUAGE: _WORD,
    FactName.FRAMEWORK: _WORD,
    FactName.INSTALLER: _WORD,
    FactName.SERVICE: _WORD,
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
_USUAL_PORTS = {
    **dict.fromkeys(("django", "fastapi", "flask", "litestar", "quart"), 8000),
    **dict.fromkeys(("sanic", "starlette"), 8000),
    "streamlit": 8501,
    **dict.fromkeys(("express", "fastify", "hapi", "hono", "koa", "nest", "next"), 3000),
    **dict.fromkeys(("nuxt", "remix", "restify"), 3000),
    "adonis": 3333,
}
_PORT_IN_COMMAND = re.compile(r"\$(?:PORT\b|\{PORT\b)")
# Set by the system or by the image: nobody has to give them a value.
_GIVEN_ENV = frozenset(
    {"CI", "HOME", "HOSTNAME", "LANG", "NODE_ENV", "PATH", "PORT", "PWD", "SHELL", "TMPDIR", "USER"}
)
_LOCKS = frozenset(
    {"npm-shrinkwrap.json", "package-lock.json", "Pipfile.lock", "pnpm-lock.yaml", "poetry.lock"}
    | {"uv.lock", "yarn.lock"}
)


class Language(StrEnum):
    """The languages that templates know."""

    PYTHON = "python"
    NODE = "node"

    @property
    def label(self) -> str:
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
    is_named: bool
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
        folder = folder.parent if folder.name == "requirements" else folder
        return str(folder) if folder.name else ""

    @property
    def listens(self) -> int | None:
        """Its port: as the project says, else the usual of its framework; None if it serves none.

        An application of which nothing is known is taken for one that serves on port 8000.
        """
        usual = _USUAL_PORTS.get(self.framework or "")
        return self.port or usual or (8000 if self.language is None else None)

    @property
    def given_port(self) -> dict[str, str]:
        """What has to be in its environment for it to listen there; empty where it does not ask."""
        return {"PORT": str(self.listens)} if self.reads_port and self.listens else {}

    @property
    def runtime(self) -> Language:
        """Its language, Python where nobody says."""
        return self.language or Language.PYTHON

    @property
    def runtime_version(self) -> str:
        """The version of its language as images are tagged: `3.13`, or `24` of Node.js."""
        parts = (self.version or self.runtime.usual_version).split(".")
        if self.runtime is Language.NODE:
            return parts[0]
        return ".".join(parts[:2]) if len(parts) > 1 else self.runtime.usual_version

    @property
    def image(self) -> str:
        """The image that is built of it, wherever it is named."""
        return f"{self.name}:{FIRST_TAG}"

    @property
    def healthcheck(self) -> tuple[str, ...]:
        """What asks it inside its container whether it is well, in its own language; or nothing."""
        if self.health is None or self.listens is None:
            return ()
        # By name: many applications refuse requests to an address they were not told.
        url = f"http://localhost:{self.listens}{self.health}"
        if self.runtime is Language.NODE:
            ask = f"fetch('{url}').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
            return ("node", "-e", ask)
        return ("python", "-c", f"from urllib.request import urlopen; urlopen('{url}', timeout=3)")


def read_app(facts: Facts) -> App:
    """The application that facts describe. A value in a form that no template takes is left out."""
    language = _first(facts, FactName.LANGUAGE)
    installer = _first(facts, FactName.INSTALLER)
    port = int(_first(facts, FactName.PORT) or 0)
    env = _all(facts, FactName.ENV)
    start = _first(facts, FactName.START)
    name = _label(facts.value(FactName.NAME) or "")
    return App(
        name=name or UNNAMED,
        is_named=bool(name),
        language=Language(language) if language in set(Language) else None,
        version=_first(facts, FactName.VERSION),
        framework=_first(facts, FactName.FRAMEWORK),
        installer=installer,
        manifest=_first(facts, FactName.MANIFEST),
        lock=_lock(facts, installer),
        entry=_first(facts, FactName.ENTRY),
        start=start,
        port=port if 0 < port <= 65535 else None,
        health=_first(facts, FactName.HEALTH),
        env=tuple(name for name in env if name not in _GIVEN_ENV),
        services=_all(facts, FactName.SERVICE),
        reads_port="PORT" in env or _PORT_IN_COMMAND.search(start or "") is not None,
    )


def unknown_name(app: App) -> str | None:
    """What to say where the project has no name."""
    return None if app.is_named else f"The project has no name: it is called {app.name} here."


def unknown_port(app: App) -> str | None:
    """What to say where the port was assumed."""
    if app.port or app.listens is None:
        return None
    return f"The port is not known: {app.listens} is assumed."


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
    fitting = (value for value in facts.values(name) if _FORMS[name].fullmatch(value))
    return tuple(value for value in fitting if not _holds_what_no_file_should(value))


def _holds_what_no_file_should(value: str) -> bool:
    return bool(leftovers((ArtifactFile("", value),)))


def _lock(facts: Facts, installer: str | None) -> str | None:
    named = (fact for fact in facts.found if fact.name == FactName.INSTALLER)
    names = (fact.path.rpartition("/")[2] for fact in named if fact.value == installer)
    return next((name for name in names if name in _LOCKS), None)


def _label(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name[:200].lower())
    return words.lstrip("-0123456789")[:MAX_NAME_CHARS].strip("-")
