"""What commands say: health checks, scripts that build images, and what they ask."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from webapp.artifacts.checks.yaml_source import YamlList
from webapp.artifacts.statements.runtimes import of_tool
from webapp.artifacts.statements.statement import Place, Statement, Topic, literal

_HERE = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])"
_URL = re.compile(rf"https?://{_HERE}(?::([0-9]{{1,5}}))?(/[\w./~%-]{{0,200}})?", re.ASCII)
_DEVICE = re.compile(r"/dev/tcp/(?:localhost|127\.0\.0\.1)/([0-9]{1,5})")
_REQUEST = re.compile(r"\bGET (/[\w./~%-]{0,200}) HTTP", re.ASCII)
# A route that a program in another language than that of the shell asks; no path of the system.
_QUOTED = re.compile(
    r"""(?<=['"])(?!/(?:app|bin|dev|etc|opt|proc|run|srv|tmp|usr|var)\b)(/[\w./~%-]{1,200})(?=['"])""",
    re.ASCII,
)
_OPEN_PORT = re.compile(rf"\bnc\b[^|;&]{{0,80}}\s{_HERE} ([0-9]{{1,5}})\b")
_PUBLISHED = re.compile(r"(?:[0-9.]{1,20}:)?[0-9]{0,5}:([0-9]{1,5})(?:/tcp)?")
_VARIABLE = re.compile(r"\$\{\{ ?env\.(\w{1,80}) ?\}\}|\$\{(\w{1,80})\}|\$(\w{1,80})", re.ASCII)
_MAX_COMMAND = 4_000


def text_of(value: Any) -> str:
    """A command, given as one text or as a list of words, as one text."""
    if isinstance(value, YamlList):
        return " ".join(str(word) for word in value if isinstance(word, str | int))
    return value if isinstance(value, str) else ""


def health(place: Place, command: str, line: int) -> Iterator[Statement]:
    """The port and the route that a health check asks."""
    command = command[:_MAX_COMMAND]
    urls = list(_URL.finditer(command))
    for url in urls:
        if url[1]:
            yield from place.port(Topic.REACHES, url[1], line, "asks port")
        yield place.say(Topic.HEALTH, url[2] or "/", line, "asks")
    for match in (*_DEVICE.finditer(command), *_OPEN_PORT.finditer(command)):
        yield from place.port(Topic.REACHES, match[1], line, "asks port")
    requests = list(_REQUEST.finditer(command))
    for match in requests or ([] if urls else _QUOTED.finditer(command)):
        yield place.say(Topic.HEALTH, match[1], line, "asks")


def script(place: Place, text: str, line: int, variables: Mapping[str, str]) -> Iterator[Statement]:
    """What a shell script builds, pushes and runs by `docker`, `podman` or `buildah`.

    `variables` are those with a known value. `line` is that of the first line of the text.
    """
    for offset, command in _lines(text):
        words = filled(command, variables).split()
        if words:
            yield place.say(Topic.BUILD_STEP, " ".join(words)[:500], line + offset, "runs")
        if "rustup" in words:
            versions = (word for word in words if word[0].isdecimal())
            yield from of_tool(place, "rust", next(versions, ""), line + offset, "sets up")
        for number, word in enumerate(words):
            if word.rpartition("/")[2] in ("docker", "podman", "buildah", "nerdctl"):
                yield from _container(place, words[number + 1 :], line + offset)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The commands of a script, each with how many lines stand before it."""
    begun, first = "", 0
    for number, line in enumerate(text.split("\n")):
        first = first if begun else number
        begun += line.strip().removesuffix("\\") + " "
        if not line.rstrip().endswith("\\"):
            if not begun.lstrip().startswith("#"):
                yield first, begun.strip()[:_MAX_COMMAND]
            begun = ""


def filled(text: str, variables: Mapping[str, str]) -> str:
    """A text with the variables filled in that are known."""

    def value(match: re.Match[str]) -> str:
        return variables.get(match[1] or match[2] or match[3], match[0])

    return _VARIABLE.sub(value, text)


def _container(place: Place, words: Sequence[str], line: int) -> Iterator[Statement]:
    words = [word.strip("\"'") for word in words]
    action = next((word for word in words[:3] if word not in ("buildx", "image", "compose")), "")
    if action in ("build", "bud"):
        yield from (place.say(Topic.BUILDS, one, line, "builds") for one in _tags(words))
        yield from _folder(place, words, line)
    elif action == "push" and len(words) > 1:
        yield place.say(Topic.BUILDS, words[-1], line, "pushes")
    elif action == "run":
        for one in _after(words, ("-p", "--publish")):
            if published := _PUBLISHED.fullmatch(one):
                yield from place.port(Topic.REACHES, published[1], line, "publishes")


def _folder(place: Place, words: Sequence[str], line: int) -> Iterator[Statement]:
    file = next(_after(words, ("-f", "--file")), None)
    folder = file.rpartition("/")[0] if file else words[-1].removeprefix("./").rstrip("/")
    if folder and not set(folder) & set("$-<>|;&"):
        yield place.say(Topic.SOURCE, "" if folder == "." else folder, line, "builds from")


def _tags(words: Sequence[str]) -> Iterator[str]:
    return _after(words, ("-t", "--tag"))


def _after(words: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """The values of an option, after it or after its equals sign."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name in options and (value if equals else following):
            yield value if equals else following


def known_values(sources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The variables that some mappings give a literal value."""
    return {
        str(name): text
        for source in sources
        for name, value in source.items()
        if (text := literal(value))
    }
