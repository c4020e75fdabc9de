"""What compose files, pipelines and documents say of how an application runs.

Weaker than its code: it counts only where that does not tell. What documents say in several ways
is not taken at all.
"""

import re
from collections.abc import Iterator, Sequence

from webapp.context.ci import pipeline_variables
from webapp.context.commands import COMPOSE, Command, documents
from webapp.context.deploy_facts import started
from webapp.context.tree import HEALTH, SERVICE_PORTS, VARIABLE, Tree, port_fact
from webapp.domain.project import Fact, FactName

MAX_DEPTH = 9  # of the name of a service, in spaces
_SERVER = re.compile(
    r"(?:(?:poetry|uv|pipenv)\srun\s)?(?:gunicorn|uvicorn|hypercorn|daphne|granian|waitress-serve|puma|rackup|unicorn)\s"
    r"|(?:bundle\sexec\s)(?:puma|rackup|unicorn|rails\sserver)\b|node\s(?:-\S{1,60}\s)*[\w./-]{1,200}\.[cm]?js\b"
    r"|java\s(?:-\S{1,200}\s)*-jar\s\S|dotnet\s[\w./-]{1,200}\.dll\b"
)
_FOR_DEVELOPERS = re.compile(
    r"--(?:reload|debug|watch|help|version|check)\b|\s-h\b|<[a-z]|\bnodemon\b"
)
_LISTENS = re.compile(
    r"\b(?:listen(?:s|ing)?|serv(?:es|ed|ing)|runs?|available|reachable|started)\s(?:\w{1,20}\s){0,3}"
    r"(?:on|at)\s(?:the\s)?port:?\s`?([0-9]{2,5})\b",
    re.I,
)
_ADDRESS = re.compile(r"\b(?:localhost|127\.0\.0\.1|0\.0\.0\.0):([0-9]{2,5})(/[\w./~-]{0,200})?")
_PUBLISHED = re.compile(
    r"\bdocker\srun\b[^\n]{0,200}?(?:-p|--publish)[ =](?:[\d.]{1,15}:)?[0-9]{2,5}:([0-9]{2,5})\b"
)
_ROUTE = re.compile(r"`(?:GET\s)?(/[\w./~-]{1,200})`|\bGET\s(/[\w./~-]{1,200})")
_ROW = re.compile(r"\s{0,9}(?:\|\s{0,9}|[-*]\s{1,9})`{1,2}([A-Z][A-Z0-9_]{1,99})`{1,2}")
_HEADING = re.compile(r"#{1,6}\s(.{1,200})|(.{1,200})\s{0,3}$")
_OF_VARIABLES = re.compile(r"\b(?:environment|variables?|config(?:uration)?|settings|env)\b", re.I)
# Other documents also tell of variables that are those of something else.
_OF_RUNNING = re.compile(r"readme|install|deploy|config|environ|settings|operat|run", re.I)
_SERVICE = re.compile(r"\s{1,9}[\w.-]{1,60}:\s*$")
_KEY = re.compile(r"\s{1,20}(?:-\s{1,9})?([\w.-]{1,100})\s{0,9}(?::|=)\s{0,9}(.{0,500})$")
_MAPPED = re.compile(
    r"[\"'\s-](?:[\d.]{7,15}:)?(?:\$\{\w{1,99}(?::-\d{1,5})?\}|[0-9]{2,5}):([0-9]{2,5})[\"'\s\],/]"
)


def said_beside(
    tree: Tree, deploying: Sequence[Command], written: Sequence[Command]
) -> Iterator[Fact]:
    """Facts of what deploys it, then of compose files, pipelines, documents and their words."""
    yield from _served(deploying)
    for name in COMPOSE:
        yield from _composed(tree, name)
    yield from pipeline_variables(tree)
    yield from _served(written)
    for command in written:
        yield from _asked(command)
    for path, lines in documents(tree):
        if _OF_RUNNING.search(path.rpartition("/")[2]):
            yield from _variables(path, lines)
        yield from _routes(path, lines)
    yield from _ports(tree, written)


def _served(commands: Sequence[Command]) -> Iterator[Fact]:
    """The commands that start a server, but for those that are made for developers."""
    for command in commands:
        if _SERVER.match(command.text) and not _FOR_DEVELOPERS.search(command.text):
            yield from started(command.text, command.path, command.line)


def _asked(command: Command) -> Iterator[Fact]:
    """A health route that a command asks for."""
    if command.text.startswith(("curl", "wget", "http ")):
        for found in _ADDRESS.finditer(command.text):
            if found[2] and HEALTH.fullmatch(found[2]) and found[1] not in SERVICE_PORTS:
                yield Fact(FactName.HEALTH, found[2], command.path, command.line)


def _ports(tree: Tree, written: Sequence[Command]) -> Iterator[Fact]:
    """The port of the sentences of documents, else of the addresses in them, if it is one."""
    lines = [
        (path, number, line)
        for path, text in documents(tree)
        for number, line in enumerate(text, 1)
        if len(line) < 1_000
    ]
    lines += [(command.path, command.line, command.text) for command in written]
    for pattern in (_LISTENS, _PUBLISHED, _ADDRESS):
        told = [
            (found[1], path, number)
            for path, number, line in lines
            for found in pattern.finditer(line)
            if found[1] not in SERVICE_PORTS
        ]
        if len({port for port, _, _ in told}) == 1:
            yield from port_fact(*told[0])


def _routes(path: str, lines: Sequence[str]) -> Iterator[Fact]:
    """Health routes that a document names in full."""
    for number, line in enumerate(lines, 1):
        if len(line) < 1_000:
            for found in _ROUTE.finditer(line):
                if HEALTH.fullmatch(route := found[1] or found[2]):
                    yield Fact(FactName.HEALTH, route, path, number)
            for found in _ADDRESS.finditer(line):
                if found[2] and HEALTH.fullmatch(found[2]) and found[1] not in SERVICE_PORTS:
                    yield Fact(FactName.HEALTH, found[2], path, number)


def _variables(path: str, lines: Sequence[str]) -> Iterator[Fact]:
    """The variables of a table or list under a heading about them, or with such a first row."""
    is_about, previous = False, ""
    for number, line in enumerate(lines, 1):
        is_first_row = line.startswith("|") and not previous.startswith("|")
        if line.startswith("#") or is_first_row:
            is_told = _OF_VARIABLES.search(line[:200]) is not None
            is_about = is_told or (is_about and is_first_row)
        if is_about and (found := _ROW.match(line)):
            yield Fact(FactName.ENV, found[1], path, number)
        previous = line


def _composed(tree: Tree, name: str) -> Iterator[Fact]:
    """What the one service says that is built from this folder."""
    services = [block for block in _services(tree.lines(name)) if _is_built(block)]
    if len(services) == 1:
        yield from _service(services[0], tree.path(name))


_Lines = list[tuple[int, str]]


def _services(lines: Sequence[str]) -> Iterator[_Lines]:
    """The lines of each service, with their numbers."""
    block: _Lines = []
    is_inside, depth = False, 0
    for number, line in enumerate(lines, 1):
        if line[:1].strip() and not line.startswith("#"):
            is_inside, depth = line.startswith("services:"), 0
        if is_inside and _SERVICE.match(line) and _indentation(line) <= (depth or MAX_DEPTH):
            depth = _indentation(line)
            yield block
            block = []
        if is_inside:
            block.append((number, line))
    yield block


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_built(block: _Lines) -> bool:
    return any(re.match(r"\s+build:", line) for _, line in block)


def _service(block: _Lines, path: str) -> Iterator[Fact]:
    section, depth = "", 0
    for number, line in block[1:]:
        found = _KEY.match(line[:700])
        depth = depth or _indentation(line)
        is_key = found is not None and _indentation(line) == depth
        section = found[1] if found and is_key else section
        if section == "environment" and found and not is_key and VARIABLE.fullmatch(found[1]):
            yield Fact(FactName.ENV, found[1], path, number)
        elif section == "command" and found and found[2].strip() and found[2][0] not in "[|>&":
            yield from started(found[2].strip(), path, number)
        elif section == "ports":
            for mapped in _MAPPED.finditer(f"{line} "[:700]):
                yield from port_fact(mapped[1], path, number)
        elif section == "healthcheck":
            for asked in _ADDRESS.finditer(line[:700]):
                if asked[2]:
                    yield Fact(FactName.HEALTH, asked[2].rstrip("'\""), path, number)
