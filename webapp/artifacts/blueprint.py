"""What the templates take from facts: each value in a known form, or not at all.

A fact is text out of somebody's project. Only what passed here stands in a template's file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from webapp.artifacts.checks.text import leftovers
from webapp.artifacts.health import ask
from webapp.artifacts.language import Language as Language
from webapp.artifacts.language import build_image, builder_of
from webapp.artifacts.usual_ports import USUAL_PORTS
from webapp.domain.artifact import ArtifactFile
from webapp.domain.project import AT_START, FactName, Facts

COMMENT = "# Template by the blueprint, filled with facts of the project. No model wrote it."
USER_ID = 10001  # the same in image and cluster, and no user of the host
UNNAMED = "app"
FIRST_TAG = "0.1.0"
MAX_NAME_CHARS = 40
MAX_NAMED = 12

_COMMAND = re.compile(r"[!-~](?:[ -~]{0,500}[!-~])?")
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
    FactName.START: _COMMAND,
    FactName.MIGRATIONS: _COMMAND,
    FactName.STATIC: _COMMAND,
    FactName.PORT: re.compile(r"[1-9][0-9]{0,4}"),
    FactName.HEALTH: re.compile(r"/[\w./~-]{0,200}", re.ASCII),
    FactName.METRICS_ROUTE: re.compile(r"(?::[1-9][0-9]{1,4})?/[\w./~-]{0,200}", re.ASCII),
    FactName.METRIC: re.compile(r"[A-Za-z_:][A-Za-z0-9_:]{0,199}"),
    FactName.SYSTEM_PACKAGE: re.compile(r"[a-z0-9][a-z0-9_.+-]{1,60}"),
    FactName.ENV: re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}"),
}
_PORT_IN_COMMAND = re.compile(r"\$(?:PORT\b|\{PORT\b)")
# Set by the system or by the image: nobody has to give them a value.
_GIVEN_ENV = frozenset(
    {"CI", "HOME", "HOSTNAME", "LANG", "NODE_ENV", "PATH", "PORT", "PWD", "SHELL", "TMPDIR", "USER"}
    | {"ASPNETCORE_HTTP_PORTS", "ASPNETCORE_URLS", "JAVA_HOME", "JAVA_TOOL_OPTIONS", "RACK_ENV"}
    | {"RAILS_ENV", "RAILS_LOG_TO_STDOUT", "RAILS_SERVE_STATIC_FILES"}
)
_LOCKS = {
    "npm-shrinkwrap.json": "npm",
    "package-lock.json": "npm",
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "Pipfile.lock": "pipenv",
    "poetry.lock": "poetry",
    "uv.lock": "uv",
    "Gemfile.lock": "bundler",
    "composer.lock": "composer",
    "Cargo.lock": "cargo",
}
_PROGRAM = re.compile(r"[A-Za-z0-9_][\w.-]{0,63}", re.ASCII)
# Puma, which Rails comes with, is told by its own file to ask for it.
_READ_PORT = frozenset({"rails"})
# Their projects are parts of larger ones, which are described above them.
_REFER_UPWARDS = frozenset({Language.DOTNET, Language.JAVA, Language.RUST})
_STATIC_PORT = 8080  # that of the image, whatever a project says of its preview
_ASPNET_PORT = 8080


@dataclass(frozen=True, slots=True)
class App:
    """A project as the templates see it; what is None or empty is not known.

    `name` is a DNS label of at most 40 characters, `app` where the project has none; `program` is
    the name as the project writes it, where a file can be called so.
    """

    name: str
    program: str | None
    is_named: bool
    language: Language | None
    version: str | None
    framework: str | None
    installer: str | None
    manifest: str | None  # of a site without one, another file that lies beside it
    lock: str | None  # its file name, beside the manifest or above
    is_part: bool  # whether its lock file lies above, and is that of several applications
    entry: str | None
    start: str | None
    port: int | None
    health: str | None
    migrations: str | None  # the command; None, too, where it migrates when it starts
    static: str | None  # the command that makes static files
    static_folders: tuple[str, ...]  # from the top of the project, with a slash behind
    metrics: tuple[str, ...]  # the time series that it exposes
    metrics_route: str | None
    packages: tuple[str, ...]  # of Debian; of PHP its extensions, as ext-gd
    env: tuple[str, ...]
    services: tuple[str, ...]
    reads_port: bool  # whether it takes the port from the variable PORT

    @property
    def folder(self) -> str:
        """Where its manifest lies, empty at the top of the project; commands run there."""
        folder = PurePosixPath(self.manifest or "").parent
        # `requirements/prod.txt` lies in a folder of lists, not in that of the application.
        folder = folder.parent if folder.name == "requirements" else folder
        return str(folder) if folder.name else ""

    @property
    def context(self) -> str:
        """The folder its image is built from, empty at the top: what it refers to has to be there.

        The Dockerfile lies in its own folder.
        """
        return "" if self.is_part or self.language in _REFER_UPWARDS else self.folder

    @property
    def built_from(self) -> str:
        """What `docker build` is told: where its Dockerfile lies, and what that may copy."""
        aside = self.folder != self.context
        return f"--file {self.folder}/Dockerfile ." if aside else self.context or "."

    def in_folder(self, path: str) -> str:
        """A path of the project as it is from the folder of the application."""
        if not self.folder:
            return path
        return "." if path == self.folder else path.removeprefix(f"{self.folder}/")

    @property
    def listens(self) -> int | None:
        """Its port: as the project says, else the usual of its framework; None if it serves none.

        An application of which nothing is known is taken for one that serves on port 8000.
        """
        if self.language is Language.STATIC:
            return _STATIC_PORT
        usual = USUAL_PORTS.get(self.framework or "")
        return self.port or usual or (8000 if self.language is None else None)

    @property
    def given_port(self) -> dict[str, str]:
        """What has to be in its environment for it to listen there; empty where it does not ask."""
        if self.language is Language.DOTNET and self.listens not in (None, _ASPNET_PORT):
            return {"ASPNETCORE_HTTP_PORTS": str(self.listens)}
        return {"PORT": str(self.listens)} if self.reads_port and self.listens else {}

    @property
    def runtime(self) -> Language:
        """Its language, Python where nobody says."""
        return self.language or Language.PYTHON

    @property
    def runtime_version(self) -> str:
        """The version of its language as images are tagged: `3.13`, or `24` of Node.js."""
        return self.runtime.tagged(self.version)

    @property
    def builder(self) -> Language:
        """The language whose tools build it, which of a site is that of its generator."""
        return builder_of(self.runtime, self.framework)

    @property
    def build_image(self) -> str:
        """The image in which it is built and tested: it has the compilers and the installer."""
        return build_image(self.builder, self.builder.tagged(self.version), self.installer)

    @property
    def image(self) -> str:
        """The image that is built of it, wherever it is named."""
        return f"{self.name}:{FIRST_TAG}"

    @property
    def healthcheck(self) -> tuple[str, ...]:
        """What asks it inside its container whether it is well, in its own language; or nothing."""
        if self.health is None or self.listens is None:
            return ()
        return ask(self.runtime, self.listens, self.health)


def read_app(facts: Facts) -> App:
    """The application that facts describe. A value in a form that no template takes is left out."""
    language = _first(facts, FactName.LANGUAGE)
    port = int(_first(facts, FactName.PORT) or 0)
    env = _all(facts, FactName.ENV)
    start = _first(facts, FactName.START)
    framework = _first(facts, FactName.FRAMEWORK)
    named = facts.value(FactName.NAME) or ""
    migrations = _first(facts, FactName.MIGRATIONS) or ""
    static = _all(facts, FactName.STATIC)
    app = App(
        name=label(named) or UNNAMED,
        program=_program(named),
        is_named=bool(label(named)),
        language=Language(language) if language in set(Language) else None,
        version=_first(facts, FactName.VERSION),
        framework=framework,
        installer=_first(facts, FactName.INSTALLER),
        manifest=_first(facts, FactName.MANIFEST) or _site_file(facts),
        lock=None,
        is_part=False,
        entry=_first(facts, FactName.ENTRY),
        start=start,
        port=port if 0 < port <= 65535 else None,
        health="/" if language == Language.STATIC else _first(facts, FactName.HEALTH),
        migrations=None if migrations.startswith(AT_START) else migrations or None,
        static=next((value for value in static if not value.endswith("/")), None),
        static_folders=tuple(value for value in static if value.endswith("/")),
        metrics=_all(facts, FactName.METRIC),
        metrics_route=_first(facts, FactName.METRICS_ROUTE),
        packages=_all(facts, FactName.SYSTEM_PACKAGE),
        env=tuple(name for name in env if name not in _GIVEN_ENV),
        services=_all(facts, FactName.SERVICE),
        reads_port="PORT" in env
        or framework in _READ_PORT
        or _PORT_IN_COMMAND.search(start or "") is not None,
    )
    return _placed(app, facts)


def _site_file(facts: Facts) -> str | None:
    """What lies where a site without a manifest does: its first page, or what tells its generator.

    None where the facts are not those of a site.
    """
    first = next((fact for fact in facts.found if fact.name == FactName.LANGUAGE), None)
    if first is None or first.value != Language.STATIC:
        return None
    is_file = PurePosixPath(first.path).suffix and _FORMS[FactName.MANIFEST].fullmatch(first.path)
    return _first(facts, FactName.ENTRY) or (first.path if is_file else None)


def _placed(app: App, facts: Facts) -> App:
    """The application with what its folder tells: its lock file, and a name if it has no other."""
    name = app.name if app.is_named else label(app.folder.rpartition("/")[2]) or UNNAMED
    named = (fact for fact in facts.found if fact.name == FactName.INSTALLER)
    paths = (PurePosixPath(fact.path) for fact in named if fact.value == app.installer)
    lock = next((path for path in paths if _LOCKS.get(path.name) == app.installer), None)
    if lock is None:
        return replace(app, name=name)
    is_part = lock.parent in PurePosixPath(app.folder).parents
    return replace(app, name=name, lock=lock.name, is_part=is_part)


def unknown_name(app: App) -> str | None:
    """What to say where the project has no name."""
    return None if app.is_named else f"The project has no name: it is called {app.name} here."


def unknown_port(app: App) -> str | None:
    """What to say where the port was assumed."""
    if app.port or app.listens is None or app.language is Language.STATIC:
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


def _program(name: str) -> str | None:
    is_file_name = _PROGRAM.fullmatch(name) and not _holds_what_no_file_should(name)
    return name if is_file_name else None


def _holds_what_no_file_should(value: str) -> bool:
    return bool(leftovers((ArtifactFile("", value),)))


def label(name: str) -> str:
    """A name as a DNS label of at most 40 characters; empty where nothing is left of it."""
    words = re.sub(r"[^a-z0-9]+", "-", name[:200].lower())
    return words.lstrip("-0123456789")[:MAX_NAME_CHARS].strip("-")
