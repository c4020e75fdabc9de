"""What a statement is: one thing that an artifact says of the application, and where."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from webapp.artifacts.checks.findings import shortened

LAST_PORT = 65535
# Capitals, or words of any letters with underscores between them, as .NET has them.
_VARIABLE = re.compile(
    r"[A-Z][A-Z0-9]{2,60}|[A-Za-z][A-Za-z0-9]{0,60}(?:_{1,2}[A-Za-z0-9]{1,60}){1,12}"
)
_OTHER_WORDS = frozenset({"ALL", "TCP", "UDP", "HTTP", "HTTPS", "GET"})
MAX_STATEMENTS = 2_000  # of one artifact


class Topic(StrEnum):
    """What a statement is about; `name` is that of a `Statement`."""

    WORKLOAD = "workload"  # something that runs the application: its name
    SOURCE = "source"  # the folder it is built from, "" at the top
    LISTENS = "listens"  # a port that its container opens
    REACHES = "reaches"  # a port at which something expects it
    BUILDS = "builds"  # an image that is made
    RUNS = "runs"  # an image that is started
    RUNTIME = "runtime"  # its language and, where it is told, the version; the name is the language
    USER = "user"  # the number of the user it runs as
    ENV = "env"  # a variable it is given
    OPEN_ENV = "open-env"  # a source of variables that are not told here
    KEY = "key"  # what fills a variable, "Secret/key"; the name is the variable
    KEPT = "kept"  # a key that a Secret holds; the name is that of the Secret
    HEALTH = "health"  # a route by which it is asked whether it is well
    LABEL = "label"  # a label of its pods; the name is the key
    SELECTOR = "selector"  # a label by which pods are looked for; the name is the key
    JOB = "job"  # what Prometheus or OpenTelemetry calls it
    QUERY = "query"  # such a name that a rule asks for
    DEPLOYMENT_QUERY = "deployment-query"  # a name of a Deployment that a rule asks for
    METRIC = "metric"  # a time series that a rule asks for
    METRICS_ROUTE = "metrics-route"  # the route at which metrics are scraped
    TARGET = "target"  # host and port that are scraped
    SERVICE = "service"  # a name under which something is reached
    SERVED = "served"  # a port at which it is reached under that name
    BACKING = "backing"  # an image of something that it needs beside it
    START = "start"  # a command that starts it
    BUILD_STEP = "build-step"  # a command that builds or tests it


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said. `verb` makes a sentence of it: Dockerfile:12 `exposes` 8000.

    `about` is the service or workload it is said of, empty where there is but one. `is_needed` is
    said of a variable that has no value of its own here, so that nobody can do without it.
    """

    topic: Topic
    value: str
    path: str
    line: int
    verb: str
    about: str = ""
    name: str = ""
    is_needed: bool = False

    @property
    def place(self) -> str:
        """Where it stands, as people read it."""
        return f"{self.path}:{self.line}"

    @property
    def sentence(self) -> str:
        """The statement as a part of a sentence."""
        return f"{self.place} {self.verb} {shortened(self.value, 100)}"


@dataclass(frozen=True, slots=True)
class Statements:
    """All that an artifact says, in the order of its files."""

    made: tuple[Statement, ...] = ()

    def of(self, *topics: Topic) -> list[Statement]:
        """The statements about some topics."""
        return [one for one in self.made if one.topic in topics]

    def values(self, *topics: Topic) -> set[str]:
        """What is said about some topics."""
        return {one.value for one in self.made if one.topic in topics}

    def first(self, *topics: Topic) -> Statement | None:
        """The first statement about some topics."""
        return next((one for one in self.made if one.topic in topics), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is in a file, and of what it reads there."""

    path: str
    about: str = ""

    def say(
        self,
        topic: Topic,
        value: object,
        line: int,
        verb: str,
        *,
        name: str = "",
        is_needed: bool = False,
    ) -> Statement:
        """A statement made here."""
        return Statement(topic, str(value), self.path, line, verb, self.about, name, is_needed)

    def port(self, topic: Topic, value: Any, line: int, verb: str) -> Iterator[Statement]:
        """A statement on a port, if the value is one."""
        if number := port_number(value):
            yield self.say(topic, number, line, verb)


def port_number(value: Any) -> str | None:
    """A value as the number of a port, in digits; None for all that is none."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_PORT))):
        return None
    return str(int(text)) if 0 < int(text) <= LAST_PORT else None


def user_number(value: Any) -> str | None:
    """A value as the number of a user, of `10001:10001` the first; None for a name."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    user = text.partition(":")[0].strip()
    if user == "root":
        return "0"
    is_number = user.isascii() and user.isdecimal() and len(user) <= 10
    return str(int(user)) if is_number else None


def literal(value: Any) -> str | None:
    """A text without anything that is filled in later; None for all else."""
    is_literal = isinstance(value, str) and value and "$" not in value and "{{" not in value
    return value if is_literal else None


def is_variable(text: str) -> bool:
    """Whether a text is written as the names of variables usually are."""
    return text not in _OTHER_WORDS and _VARIABLE.fullmatch(text) is not None


def limited(made: Iterator[Statement]) -> Statements:
    """The statements, each once, up to a limit."""
    kept: dict[Statement, None] = {}
    for statement in made:
        kept[statement] = None
        if len(kept) == MAX_STATEMENTS:
            break
    return Statements(tuple(kept))
