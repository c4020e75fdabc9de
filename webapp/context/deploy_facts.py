"""What the files say that start a project: Procfile, Dockerfile, `.env.example`."""

import json
import re
import shlex
from collections.abc import Iterator

from webapp.context.tree import Tree, port_fact
from webapp.domain.project import Fact, FactName

_PROCESS = re.compile(r"([A-Za-z][\w-]{0,50})[ \t]*:[ \t]*(\S.*)")
_SHELL_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w{0,99})|([A-Za-z_]\w{0,99}))")
_ENTRY = re.compile(r"[A-Za-z_][\w.]{0,200}:[A-Za-z_][\w.]{0,100}(?:\(\))?")
_PORT_OPTION = re.compile(
    r"(?<![\w-])(?:--(?:server\.)?port|-p|--bind|-b|--listen|-S)[ =]?"
    r"(?:[\w.\[\]*]{0,100}:)?(?:\$\{\w{1,99}:-)?([0-9]{2,5})\b"
)
_SERVERS = ("gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve", "flask")
_FROM = re.compile(
    r"FROM\s+(?:--\S+\s+)?(?:\S{1,200}/)?([a-z][\w-]{0,50}):([0-9]+(?:\.[0-9]+){0,2})\b", re.I
)
_TOOL = re.compile(r"\s*([a-z][\w-]{0,50})\s+(?:[a-z-]{1,30}-)?([0-9]+(?:\.[0-9]+){0,2})\b")
_EXPOSE = re.compile(r"EXPOSE\s+([0-9]{1,5})\b", re.I)
_COMMAND = re.compile(r"CMD\s+(.+)", re.I)
ENV_FILES = tuple(f".env.{ending}" for ending in ("example", "sample", "template", "dist"))
_ENV_LINE = re.compile(
    r"(?:#\s{0,20})?(?:export\s{1,20})?([A-Z_][A-Z0-9_]{1,99})\s{0,20}=(.{0,1000})"
)


def procfile(tree: Tree) -> Iterator[Fact]:
    """The process `web` of a Procfile, or else its only one."""
    processes = {
        found[1]: (found[2].strip(), number)
        for number, line in enumerate(tree.lines("Procfile"), 1)
        if (found := _PROCESS.match(line))
    }
    lasting = {name: process for name, process in processes.items() if name != "release"}
    chosen = lasting.get("web") or (next(iter(lasting.values())) if len(lasting) == 1 else None)
    if chosen:
        yield from started(chosen[0], tree.path("Procfile"), chosen[1])


def started(command: str, path: str, line: int) -> Iterator[Fact]:
    """A start command and all that it says: the entry, the port, the variables it needs."""
    yield Fact(FactName.START, command, path, line)
    words = command.split()
    is_server = any(word.rpartition("/")[2] in _SERVERS for word in words)
    entries = [word.strip("'\"") for word in words if _ENTRY.fullmatch(word.strip("'\""))]
    if is_server and entries:
        yield Fact(FactName.ENTRY, entries[-1], path, line)
    if found := _PORT_OPTION.search(command):
        yield from port_fact(found[1], path, line)
    for found in _SHELL_VARIABLE.finditer(command):
        yield Fact(FactName.ENV, found[1] or found[2], path, line)


def pinned(tree: Tree, names: tuple[str, ...], pattern: re.Pattern[str]) -> Iterator[Fact]:
    """The version in a file that holds nothing else, here or in a folder above."""
    for name in names:
        for above in tree.above(name):
            for number, line in enumerate(above.lines(name), 1):
                if found := pattern.fullmatch(line.strip()):
                    yield Fact(FactName.VERSION, found[1], above.path(name), number)


def tool_version(tree: Tree, *tools: str) -> Iterator[Fact]:
    """The version of a tool in a .tool-versions, here or in a folder above."""
    for above in tree.above(".tool-versions"):
        for number, line in enumerate(above.lines(".tool-versions"), 1):
            if (found := _TOOL.match(line)) and found[1] in tools:
                yield Fact(FactName.VERSION, found[2], above.path(".tool-versions"), number)


def image_version(tree: Tree, *images: str) -> Iterator[Fact]:
    """The version of the language on which the last stage of a Dockerfile stands."""
    found = [
        Fact(FactName.VERSION, match[2], tree.path("Dockerfile"), number)
        for number, line in enumerate(tree.lines("Dockerfile"), 1)
        if (match := _FROM.match(line.strip())) and match[1].lower() in images
    ]
    yield from found[-1:]


def dockerfile(tree: Tree) -> Iterator[Fact]:
    """What a Dockerfile that is there already says of the command and the port."""
    path = tree.path("Dockerfile")
    commands: list[tuple[str, int]] = []
    for number, line in enumerate(map(str.strip, tree.lines("Dockerfile")), 1):
        if found := _EXPOSE.match(line):
            yield from port_fact(found[1], path, number)
        # Arguments of an ENTRYPOINT are no command, and one over many lines is seldom plain.
        if line.upper().startswith("ENTRYPOINT"):
            return
        if (found := _COMMAND.match(line)) and not line.endswith("\\"):
            commands.append((found[1], number))
    for command, number in commands[-1:]:
        yield from started(_shell_form(command), path, number)


def _shell_form(command: str) -> str:
    try:
        words = json.loads(command)
    except (ValueError, RecursionError):
        return command
    is_list = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return shlex.join(words) if is_list else command


def env_example(tree: Tree) -> Iterator[Fact]:
    """The variables that an `.env.example` lists, and the port if it gives one."""
    for name in ENV_FILES:
        for number, line in enumerate(tree.lines(name), 1):
            if found := _ENV_LINE.match(line.strip()):
                yield Fact(FactName.ENV, found[1], tree.path(name), number)
                if found[1] == "PORT":
                    yield from port_fact(found[2].strip().strip("'\""), tree.path(name), number)
