"""Source files without their comment lines, and where in them a pattern is found."""

import re
from collections.abc import Iterator, Sequence

from webapp.context.tree import HEALTH, METRICS, SERVICE_PORTS, VARIABLE, Tree, port_fact
from webapp.domain.project import Fact, FactName

Sources = Sequence[tuple[str, str]]  # path, text
SLASHES = re.compile(r"^[ \t]*(?://|\*|/\*)[^\n]*", re.MULTILINE)
HASHES = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
# A variable that gives the port of the application itself, not that of what it talks to.
PORT_NAME = (
    r"(?!(?:DB|DATABASE|SQL|PG|POSTGRES|POSTGRESQL|MYSQL|MARIADB|MONGO|MONGODB|REDIS|CACHE|SMTP"
    r"|MAIL|AMQP|RABBIT|RABBITMQ|KAFKA|ELASTIC|ELASTICSEARCH|MEMCACHED|METRICS|DEBUG|ADMIN"
    r"|MANAGEMENT|GRPC|PROXY)_)(?:[A-Z][A-Z0-9]{0,30}_){0,3}PORT"
)
MAX_BLOCKS = 10  # within each other


def sources(
    tree: Tree, endings: tuple[str, ...], comments: re.Pattern[str] = SLASHES
) -> list[tuple[str, str]]:
    """The source files with these endings; lines that are only a comment are empty."""
    return [(path, comments.sub("", text)) for path, text in tree.code(endings)]


def places(pattern: re.Pattern[str], files: Sources) -> Iterator[tuple[str, int, re.Match[str]]]:
    """Where a pattern is found: the file and the number of the line in which it begins."""
    for path, text in files:
        line, position = 1, 0
        for found in pattern.finditer(text):
            line += text.count("\n", position, found.start())
            position = found.start()
            yield path, line, found


def variables(pattern: re.Pattern[str], files: Sources) -> Iterator[Fact]:
    """The variables that are read, by the last group of a pattern that took part."""
    for path, line, found in places(pattern, files):
        name = found[found.lastindex or 0]
        if VARIABLE.fullmatch(name):
            yield Fact(FactName.ENV, name, path, line)


def ports(patterns: Sequence[re.Pattern[str]], files: Sources) -> Iterator[Fact]:
    """The ports that patterns find, those of the first pattern first; none of a database."""
    for pattern in patterns:
        for path, line, found in places(pattern, files):
            port = found[found.lastindex or 0]
            if port not in SERVICE_PORTS:
                yield from port_fact(port, path, line)


def watched(prefix: str, route: str, path: str, line: int) -> Iterator[Fact]:
    """The route with what stands before it, where by its name it tells health or metrics."""
    if HEALTH.fullmatch(route):
        yield Fact(FactName.HEALTH, prefix + route, path, line)
    elif METRICS.fullmatch(route):
        yield Fact(FactName.METRICS_ROUTE, prefix + route, path, line)


def rooted(route: str) -> str:
    """A route or a prefix as it is put behind another: with one slash before, none behind."""
    bare = route.strip("/")
    return f"/{bare}" if bare else ""


def prefixes(text: str, opener: re.Pattern[str]) -> list[str]:
    """For each line, what the blocks around it put before a route, told by indentation.

    An opener is a line that begins such a block; its first group is the prefix.
    """
    found: list[str] = []
    blocks: list[tuple[int, str]] = []
    for line in text.split("\n"):
        indentation = len(line) - len(line.lstrip())
        while blocks and line.strip() and indentation <= blocks[-1][0]:
            blocks.pop()
        found.append("".join(prefix for _, prefix in blocks))
        if len(blocks) < MAX_BLOCKS and (opened := opener.search(line)):
            blocks.append((indentation, rooted(opened[1])))
    return found
