"""A project: the user's files and the facts found in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FactName(StrEnum):
    """What can be known of a project; the values are shown to the user and to the model."""

    NAME = "name"  # of the application, as its manifest says
    LANGUAGE = "language"  # one of LANGUAGES
    VERSION = "version"  # of the language, such as "3.12", "22", "1.24", "21", "8.4"
    FRAMEWORK = "framework"  # "flask", "express", "spring-boot", "rails", …
    INSTALLER = "installer"  # one of INSTALLERS
    MANIFEST = "manifest"  # the file that lists the dependencies
    ENTRY = "entry"  # "app:app" (WSGI/ASGI), "server.js", a folder "cmd/server" of Go, …
    START = "start"  # the start command as a shell would take it
    PORT = "port"
    HEALTH = "health"  # a route that answers without side effects
    MIGRATIONS = "migrations"  # the command that migrates its database, or "at start: " and by what
    STATIC = "static"  # the command that makes its static files, and the folder they are in, with /
    METRICS_ROUTE = "metrics_route"  # "/metrics"; with a port before it where it has one of its own
    METRIC = "metric"  # a time series that it exposes; of a histogram "…_bucket"; many
    ENV = "env"  # the name of an environment variable; many
    SERVICE = "service"  # "postgresql", "redis", …; many
    SYSTEM_PACKAGE = "system_package"  # of Debian; what ends in -dev only builds it; many


# Of these a project may have several; of all others it has one.
MANY = frozenset(
    {FactName.STATIC, FactName.METRIC, FactName.ENV, FactName.SERVICE, FactName.SYSTEM_PACKAGE}
)
AT_START = "at start: "  # before what migrates the database when the application starts


LANGUAGES = ("python", "node", "go", "java", "ruby", "php", "dotnet", "rust", "static")
INSTALLERS = (
    "pip", "poetry", "uv", "pipenv", "npm", "yarn", "pnpm", "bun", "go", "maven", "gradle",
    "bundler", "composer", "nuget", "cargo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of a project, and where it stands (`line` counts from 1).

    A fact without a path is a correction: the user says so, and knows best.
    """

    name: FactName
    value: str
    path: str
    line: int

    @property
    def is_correction(self) -> bool:
        """Whether the user said it."""
        return not self.path

    @property
    def place(self) -> str:
        """Where it stands, as people read it."""
        return "said by the user" if self.is_correction else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a project, the surest first within each name."""

    found: tuple[Fact, ...] = ()

    def value(self, name: FactName) -> str | None:
        """The surest value of a fact, or None where the project does not say."""
        return next((fact.value for fact in self.found if fact.name == name), None)

    def values(self, name: FactName) -> tuple[str, ...]:
        """All values of a fact in the order found, each once."""
        return tuple(dict.fromkeys(fact.value for fact in self.found if fact.name == name))

    def corrected(self, corrections: "Corrections") -> "Facts":
        """These facts, where each that is corrected has the values that the user gave it, or none.

        A name is known to be corrected to nothing by an empty value.
        """
        kept = [fact for fact in self.found if fact.name not in corrections]
        said = [
            Fact(name, value, "", 0)
            for name, values in corrections.items()
            for value in values or ("",)
        ]
        order = list(FactName)
        return Facts(tuple(sorted([*kept, *said], key=lambda fact: order.index(fact.name))))


Corrections = Mapping[FactName, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Application:
    """One application of a project; `folder` is where it lies, "" at the top."""

    folder: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """One text file of a project; `tokens` is its `estimate_tokens`.

    An excerpt says which bytes of the file it holds, and how many that one has: `whole_bytes` is
    None for a file that is whole.
    """

    path: str
    content: str
    tokens: int
    ranges: tuple[tuple[int, int], ...] = ()
    whole_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry of an upload that was not taken, and why, in a few words."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Mask:
    """A secret in a file: where it stood, what it is, and what stands there instead.

    `name` is None where it was left as it was, because the user asked for that.
    """

    path: str
    line: int
    what: str
    name: str | None


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it stands in a prompt: the SHA-256 of these bytes, how many, and about how many
    tokens; None where an older version did not keep them. An excerpt says of which bytes it is,
    and how many the file has."""

    path: str
    digest: str | None
    size_bytes: int | None
    tokens: int | None
    ranges: tuple[tuple[int, int], ...] = ()
    whole_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """What an uploaded project came to."""

    name: str
    files: tuple[ProjectFile, ...]
    left_out: tuple[LeftOut, ...]
    applications: tuple[Application, ...]
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A stored project as the pages show it; its facts are those found, with all corrections."""

    id: str
    name: str
    files: tuple[tuple[str, int], ...]  # path, tokens
    left_out: tuple[LeftOut, ...]
    applications: tuple[Application, ...]
    masks: tuple[Mask, ...] = ()


def estimate_tokens(text: str) -> int:
    """Tokens of a text before any model has counted them: bytes / 3.6, at least 1 if not empty."""
    return -(-len(text.encode()) * 10 // 36)
