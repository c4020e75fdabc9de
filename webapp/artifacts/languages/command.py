"""Start commands as projects write them: a command line becomes words, without a shell if possible.

A process that a shell starts does not get the signal to stop; one that listens on 127.0.0.1 is
reached by nobody outside its container.
"""

import re
import shlex

_OPERATOR = re.compile(r"[();<>|&]+")
_EXPANDED = re.compile(r"[$`*?~#\[]")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_PROGRAM = re.compile(r"(?:exec +)?(?:\.{0,2}/)?(?:[\w.-]+/)*([\w.-]+)(?= |$)", re.ASCII)


def words_of(start: str | None) -> tuple[str, ...] | None:
    """The words of a command line, or a shell where only that understands it."""
    if not start or (words := _split(start)) is None:
        return None
    if is_script(words):
        return ("/bin/sh", "-c", start)
    if not words or not words[0]:
        return None
    if _ASSIGNMENT.match(words[0]):
        return ("/bin/sh", "-c", f"exec env {start}")
    # `exec` puts the application in the place of the shell, where it gets the signals.
    replaced = start if words[0] == "exec" else f"exec {start}"
    return ("/bin/sh", "-c", replaced) if _EXPANDED.search(start) else words


def is_script(words: tuple[str, ...]) -> bool:
    """Whether words are more than one command."""
    return any(_OPERATOR.fullmatch(word) for word in words)


def without_runner(words: tuple[str, ...], *runners: tuple[str, ...]) -> tuple[str, ...]:
    """The words without a program that only finds the next: the last stage has no such program."""
    for runner in runners:
        if words[: len(runner)] == runner and len(words) > len(runner):
            return words[len(runner) :]
    return words


def has(words: tuple[str, ...], *options: str) -> bool:
    """Whether one of the words starts with one of the options."""
    return any(word.startswith(options) for word in words)


def of_program(start: str | None, path: str, tools: frozenset[str]) -> tuple[str, ...]:
    """The words that start a program that was built to `path`, with the arguments of `start`.

    What the tools of the build would start, or several commands would, is started without any.
    """
    match = _PROGRAM.match(start or "")
    if start is None or match is None or match[1] in tools or is_script(_split(start) or ()):
        return (path,)
    return words_of(path + start[match.end() :]) or (path,)


def _split(start: str) -> tuple[str, ...] | None:
    lexer = shlex.shlex(start, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return tuple(lexer)
    except ValueError:  # a quote that never ends
        return None
