"""The shell commands that stand in a project: what deploys it, what its pipelines and docs run.

They are found line by line and never parsed as YAML or Markdown: a line that is no command is
looked at in vain, and does no harm.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.context.ci import pipelines
from webapp.context.tree import Tree

MAX_COMMANDS = 5_000
MAX_COMMAND_CHARS = 1_000
MAX_DOCUMENTS = 20
_DEPLOYS = (
    *("Procfile", "fly.toml", "render.yaml", "railway.json", "railway.toml", "heroku.yml"),
    *("bin/docker-entrypoint", "docker-entrypoint.sh", "entrypoint.sh", "docker/entrypoint.sh"),
    *("docker/docker-entrypoint.sh", "bin/docker-entrypoint.sh", "docker/start.sh", "boot.sh"),
    *(
        "prestart.sh",
        "scripts/prestart.sh",
        "start.sh",
        "bin/start",
        "run.sh",
        "scripts/start.sh",
        "scripts/entrypoint.sh",
        "deploy.sh",
    ),
    *("scripts/deploy.sh", "Dockerfile"),
)
COMPOSE = tuple(
    f"{name}.{ending}" for name in ("compose", "docker-compose") for ending in ("yaml", "yml")
)
_TASKS = (
    *("package.json", "composer.json", "Makefile", "makefile", "justfile", "Taskfile.yml"),
    *("tox.ini", "noxfile.py", "pyproject.toml"),
)
_DOCUMENT = re.compile(
    r"(?:README|INSTALL|DEPLOY(?:MENT)?|RUNNING|docs?/[\w/-]{1,80})\.(?:md|rst|txt)", re.I
)
# What stands before a command: a list, a key, a prompt, Jenkins' step, Docker's instruction.
_BEFORE = re.compile(
    r"\s*(?:[-@$>]\s{0,9}|[A-Z]{3,10}\s(?=\s*[\w.\[/]))?\s{0,9}"
    r"(?:\"?[\w.:-]{1,60}\"?(?:\s{0,9}:(?=[\s\"'])|\s{1,9}=\s)|sh\s{0,9}(?=['\"]))?\s{0,9}[\"']{0,3}\$?\s{0,9}"
)
_COMMENT = re.compile(r"\s*(?:#|//|(?:-\s{1,9})?(?:name|description):)")
_ASSIGNED = re.compile(r"(?:[A-Za-z_]\w{0,99}=[^\s\"']{0,300}\s{1,9}){1,20}")
_QUOTES = ("'", '"')
_SPLIT = re.compile(r"&&|\|\||;|\|")
_MAKE_VARIABLE = re.compile(r"\$\((\w{1,99})\)")
_FENCE = re.compile(r"\s{0,3}(```|~~~)\s{0,9}([\w-]{0,30})")
_SHELLS = frozenset({"", "bash", "console", "sh", "shell", "shell-session", "terminal", "zsh"})


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command, as a shell takes it, and where it stands."""

    text: str
    path: str
    line: int


def deploying(tree: Tree) -> list[Command]:
    """The commands that run where the application is deployed, the surest first."""
    found = (command for name in (*_DEPLOYS, *COMPOSE) for command in _of_file(tree, name))
    return _capped(found)


def written(tree: Tree) -> list[Command]:
    """The commands of tasks, of pipelines and of documents, the surest first."""
    return _capped(_written(tree))


def documents(tree: Tree) -> Iterator[tuple[str, Sequence[str]]]:
    """The documents of the folder that tell how to run what is in it: path and lines."""
    names = sorted(
        (name for path in tree.files if _DOCUMENT.fullmatch(name := tree.within(path))),
        key=lambda name: (name.count("/"), name),
    )
    for name in names[:MAX_DOCUMENTS]:
        yield tree.path(name), tree.lines(name)


def commands_in(text: str, path: str, line: int) -> Iterator[Command]:
    """The simple commands of a line, without what stands before and after."""
    if len(text) > MAX_COMMAND_CHARS or _COMMENT.match(text):
        return
    begin = _BEFORE.match(text)
    bare = text[begin.end() :] if begin else text
    quote = begin[0].rstrip()[-1:] if begin else ""
    if quote in _QUOTES and quote in bare:  # what follows the end of a quoted command is no part
        bare = bare[: bare.rfind(quote)]
    for part in _SPLIT.split(bare):
        command = _closed(part.rstrip(", ")).rstrip("&\\").strip()
        if assigned := _ASSIGNED.match(command):
            command = command[assigned.end() :]
        command = command.removeprefix("sudo ").removeprefix("exec ").strip()
        if command:
            yield Command(_closed(command), path, line)


def _capped(found: Iterator[Command]) -> list[Command]:
    return [command for command, _ in zip(found, range(MAX_COMMANDS), strict=False)]


def _of_file(tree: Tree, name: str) -> Iterator[Command]:
    for number, line in enumerate(tree.lines(name), 1):
        yield from commands_in(line, tree.path(name), number)


def _written(tree: Tree) -> Iterator[Command]:
    for name in _TASKS:
        for command in _of_file(tree, name):
            is_make = name.lower() == "makefile"
            text = _MAKE_VARIABLE.sub(r"${\1}", command.text) if is_make else command.text
            yield Command(text, command.path, command.line)
    for path, lines in pipelines(tree):
        for number, line in enumerate(lines, 1):
            yield from commands_in(line, path, number)
    for path, lines in documents(tree):
        yield from _documented(path, lines)


def _documented(path: str, lines: Sequence[str]) -> Iterator[Command]:
    """The commands in blocks of a document: between fences for a shell, or indented."""
    is_open, is_shell = False, False
    for number, line in enumerate(lines, 1):
        if fence := _FENCE.match(line):
            is_open = not is_open
            is_shell = is_open and fence[2].lower() in _SHELLS
        elif is_shell or (not is_open and line.startswith(("    ", "\t"))):
            yield from commands_in(line, path, number)


def _closed(command: str) -> str:
    """The command without a quote at its end that was opened before its beginning."""
    command = command.strip()
    for quote in "\"'":
        if command.count(quote) % 2 and command.endswith(quote):
            command = command[:-1]
    return command.strip()
