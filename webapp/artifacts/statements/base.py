"""What an artifact says of the application it is for."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.artifacts.backing_services import BACKING
from webapp.domain.artifact import ArtifactFile


class Topic(StrEnum):
    """What a statement is about."""

    PORT = "port"  # a number the application listens on
    IMAGE = "image"  # the name of its image, without registry and tag
    USER = "user"  # the number it runs as
    ENV = "env"  # a variable it is given
    SECRET = "secret"  # noqa: S105 where its secret variables come from
    PROBE = "probe"  # a route that is asked whether it is well
    LABEL = "label"  # what it is called by its labels
    SCRAPE = "scrape"  # HOST:PORT where its metrics are fetched
    SERVICE = "service"  # a name under which others reach it
    START = "start"  # the command that starts it
    RUNTIME = "runtime"  # LANGUAGE VERSION of the image that it runs in, such as `python 3.12`
    COPY = "copy"  # a file of the project that goes into its image
    BACKING = "backing"  # a service it needs, such as postgresql


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is said, and where; `line` counts from 1."""

    topic: Topic
    value: str
    path: str
    line: int

    @property
    def place(self) -> str:
        """Where it stands, as people read it."""
        return f"{self.path}:{self.line}"


Reader = Callable[[Sequence[ArtifactFile]], Iterator[Statement]]
Statements = Mapping[Topic, tuple[Statement, ...]]

MOST_EACH = 200  # statements on one topic
_REPOSITORY = re.compile(
    r"(?:[^\s/]{1,255}/)*([A-Za-z0-9._-]{1,128})(?::[\w.$(){}-]{1,128})?(?:@\S+)?"
)
_BACKING_IMAGES = {
    **{one.image.partition(":")[0].rpartition("/")[2]: name for name, one in BACKING.items()},
    "bitnami/postgresql": "postgresql",
    "postgresql": "postgresql",
    "valkey": "redis",
    "opentelemetry-collector": "",
    "opentelemetry-collector-contrib": "",
    "prometheus": "",
    "grafana": "",
    "nginx": "",
    "traefik": "",
    "busybox": "",
}


def image_name(image: str) -> str | None:
    """The name of an image without registry and tag; None for what is no image."""
    found = _REPOSITORY.fullmatch(image.strip())
    return found[1] if found else None


def backing_of(image: str) -> str | None:
    """Which service an image is, empty for one of the platform; None for the application's."""
    return _BACKING_IMAGES.get(image_name(image) or "")


# Images are called by their language, or by what runs it.
_RUNTIMES = {
    **{name: name for name in ("python", "node", "ruby", "php", "rust")},
    "golang": "go",
    **dict.fromkeys(("eclipse-temurin", "openjdk", "amazoncorretto"), "java"),
    **dict.fromkeys(("aspnet", "runtime", "sdk"), "dotnet"),
}
_RUNTIME = re.compile(r"([a-z][a-z0-9._-]{0,60}):v?(\d{1,4}(?:\.\d{1,4}){0,2})\b")
# The language and its version stand behind those of what is installed beside.
_INNER = re.compile(r"[:-](php|(?:eclipse-)?temurin|openjdk|jdk)-?(\d{1,3}(?:\.\d{1,3})?)\b")
_ASKED = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?::\d{1,5})?(/[\w./~-]{0,200})?"
    r"|\bGET (/[\w./~-]{0,200})"
)


def runtime_of(image: str) -> str | None:
    """The language and version of an image, such as `python 3.12`; None where it tells none."""
    name = image.rpartition("/")[2]
    if inner := _INNER.search(name):
        return f"{'php' if inner[1] == 'php' else 'java'} {inner[2]}"
    found = _RUNTIME.match(name)
    return f"{_RUNTIMES[found[1]]} {found[2]}" if found and found[1] in _RUNTIMES else None


def route_of(text: str) -> str | None:
    """The route that a command such as a health check asks this machine for."""
    found = _ASKED.search(text)
    return (found[1] or found[2] or "/") if found else None
