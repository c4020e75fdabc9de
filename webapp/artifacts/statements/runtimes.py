"""Which language an image or a set-up tool brings, and in which version."""

import re
from collections.abc import Iterator

from webapp.artifacts.statements.images import repository
from webapp.artifacts.statements.statement import Place, Statement, Topic

_VERSION = r"([0-9]{1,3}(?:\.[0-9]{1,4}){0,3})"
_LEADING = re.compile(rf"[v^~>=]{{0,2}} ?{_VERSION}")
_BY_TAG = re.compile(
    r"(?:^|-)(?:(?P<java>jdk|jre|(?:eclipse-)?temurin|openjdk|corretto|liberica)-?|(?P<php>php)"
    r"|(?P<python>python))(?P<version>[0-9]{1,3}(?:\.[0-9]{1,4}){0,3})"
)
_BY_NAME = re.compile(r"(python|nodejs|java)([0-9]{1,2})-debian[0-9]{1,2}")
_IMAGES = {
    **{name: name for name in ("python", "node", "ruby", "php", "rust")},
    "golang": "go",
    **dict.fromkeys(("eclipse-temurin", "openjdk", "amazoncorretto", "sapmachine"), "java"),
    **dict.fromkeys(("zulu-openjdk", "zulu-openjdk-alpine", "liberica-openjdk-alpine"), "java"),
    **dict.fromkeys(("sdk", "aspnet", "runtime", "runtime-deps"), "dotnet"),
}
_TOOLS = {
    **{name: name for name in ("python", "node", "ruby", "php", "java", "go", "dotnet", "rust")},
    "toolchain": "rust",
}


def of_image(place: Place, image: str, line: int, verb: str) -> Iterator[Statement]:
    """The language that an image brings, if it is known for one."""
    name = repository(image)
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    if name is None or "$" in tag:
        return
    if by_name := _BY_NAME.fullmatch(name):
        yield _said(place, by_name[1].removesuffix("js"), by_name[2], line, verb)
    elif by_tag := _BY_TAG.search(tag):
        language = next(key for key in ("java", "php", "python") if by_tag[key])
        yield _said(place, language, by_tag["version"], line, verb)
    # The names of .NET's images are also those of others.
    elif name in _IMAGES and (_IMAGES[name] != "dotnet" or "/dotnet/" in image):
        yield from of_tool(place, _IMAGES[name], tag, line, verb)


def of_tool(place: Place, tool: str, version: str, line: int, verb: str) -> Iterator[Statement]:
    """The language that a tool sets up, such as `actions/setup-go`."""
    if language := _TOOLS.get(tool):
        found = _LEADING.match(version)
        yield _said(place, language, found[1] if found else "", line, verb)


def _said(place: Place, language: str, version: str, line: int, verb: str) -> Statement:
    value = f"{language} {version}".rstrip()
    return place.say(Topic.RUNTIME, value, line, verb, name=language)


def version_of(statement: Statement) -> str:
    """The version that a statement on a language tells; empty where it tells none."""
    return statement.value.partition(" ")[2]


def fits(one: str, other: str) -> bool:
    """Whether two versions may be the same: one may be told in more detail."""
    parts, others = _parts(one), _parts(other)
    return all(own == theirs for own, theirs in zip(parts, others, strict=False))


def _parts(version: str) -> list[str]:
    # Java 8 was also called 1.8.
    return version.removeprefix("1.").split(".") if version == "1.8" else version.split(".")
