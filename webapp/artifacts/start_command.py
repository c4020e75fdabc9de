"""How a container starts an application: the command as a list of words, and no shell if possible.

A process that a shell starts does not get the signal to stop; one that listens on 127.0.0.1 is
reached by nobody outside its container.
"""

import re
import shlex
from dataclasses import dataclass

from webapp.artifacts.blueprint import App, Language

_OPERATOR = re.compile(r"[();<>|&]+")
_EXPANDED = re.compile(r"[$`*?~#\[]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_ASGI = frozenset({"fastapi", "litestar", "quart", "sanic", "starlette"})
_USUAL_WSGI = {"django": "config.wsgi:application"}
# They are not in the last stage of an image, and not needed there: PATH leads to what they run.
_RUNNERS = (("poetry", "run"), ("uv", "run"), ("pipenv", "run"), ("npx",))
_BIND = frozenset({"gunicorn", "hypercorn"})
_HOST_AND_PORT = frozenset({"uvicorn", "flask", "fastapi"})


@dataclass(frozen=True, slots=True)
class StartCommand:
    """The words to run. `assumed` is a program that has to be among the dependencies."""

    words: tuple[str, ...]
    assumed: str | None = None


def start_command(app: App) -> StartCommand | None:
    """What starts an application, as the project says or as its entry asks for; None if unknown."""
    if app.start and (words := _words(app.start)):
        return StartCommand(_listening(_without_runner(words), app.listens))
    if app.entry is None or app.language is None:
        return None
    entry = app.entry.removeprefix(f"{app.folder}/") if app.folder else app.entry
    if app.language is Language.NODE:
        return None if ":" in entry else StartCommand(("node", entry))
    if ":" not in entry:
        return StartCommand(("python", entry)) if entry.endswith(".py") else None
    return _server(entry, app)


def usual_command(app: App) -> StartCommand:
    """What most applications of this kind start with: a guess, and to be called one."""
    if app.runtime is Language.NODE:
        return StartCommand(("npm", "start"))
    if app.framework is None:
        return StartCommand(("python", "main.py"))
    usual = "main:app" if app.framework in _ASGI else _USUAL_WSGI.get(app.framework, "app:app")
    return _server(usual, app)


def _server(entry: str, app: App) -> StartCommand:
    if app.framework not in _ASGI:
        return StartCommand(_listening(("gunicorn", entry), app.listens), "gunicorn")
    factory = ("--factory",) if entry.endswith("()") else ()
    words = ("uvicorn", *factory, entry.removesuffix("()"))
    return StartCommand(_listening(words, app.listens), "uvicorn")


def _words(start: str) -> tuple[str, ...] | None:
    """The words of a command line, or a shell where only that understands it."""
    lexer = shlex.shlex(start, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = tuple(lexer)
    except ValueError:  # a quote that never ends
        return None
    if any(_OPERATOR.fullmatch(word) for word in words):
        return ("/bin/sh", "-c", start)
    if not words or not words[0]:
        return None
    if _ASSIGNMENT.match(words[0]):
        return ("/bin/sh", "-c", f"exec env {start}")
    # `exec` puts the application in the place of the shell, where it gets the signals.
    return ("/bin/sh", "-c", f"exec {start}") if _EXPANDED.search(start) else words


def _without_runner(words: tuple[str, ...]) -> tuple[str, ...]:
    for runner in _RUNNERS:
        if words[: len(runner)] == runner and len(words) > len(runner):
            return words[len(runner) :]
    if words[0] in ("pnpm", "yarn") and len(words) > 1:
        return ("npm", "run", *words[2 if words[1] == "run" else 1 :])
    return words


def _listening(words: tuple[str, ...], port: int | None) -> tuple[str, ...]:
    """The command, told to listen on all addresses where it can be told and was not yet."""
    if port is None:
        return words
    if words[0] in _BIND and not _has(words, "-b", "--bind"):
        return (*words, f"--bind=0.0.0.0:{port}")
    if words[0] in _HOST_AND_PORT:
        host = () if _has(words, "-h", "--host") else ("--host=0.0.0.0",)
        return (*words, *host, *(() if _has(words, "-p", "--port") else (f"--port={port}",)))
    return words


def _has(words: tuple[str, ...], *options: str) -> bool:
    return any(word.startswith(options) for word in words)
