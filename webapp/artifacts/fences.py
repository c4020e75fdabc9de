"""Code blocks of an answer, and the file name each is given near it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from webapp.artifacts.names import is_expected

MAX_MARKS = 2000  # fence lines looked at: an answer of 16 MB may hold millions
_MARK = re.compile(r"^([ \t]*)(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_SHELLS = frozenset({"bash", "sh", "shell", "zsh", "console", "powershell", "text", "output"})
_WRAPPED = re.compile(r"`([^`\n]{1,250})`|\*\*([^*\n]{1,250})\*\*")
_ATTRIBUTE = re.compile(r"""\b(?:title|file|filename|path|name)=(?:["']([^"']+)|([^\s"'},]+))""")
_LABEL = re.compile(r"(?i)(?:file ?name|file|path)\s*:\s*")
_LIST_MARK = re.compile(r"^(?:[#>*\-\s]|\d{1,3}[.)]\s)+")
_EXTENSION = re.compile(r"[^\s/]*[^\s/.]\.[A-Za-z][A-Za-z0-9]{0,9}")
_WITHOUT_EXTENSION = frozenset({"Dockerfile", "Containerfile", "Makefile", "Procfile", "Caddyfile"})


@dataclass(frozen=True, slots=True)
class Fence:
    """One code block: its info string, the line above, the text inside, and where it lies.

    `start` and `end` are offsets of the whole block in the answer; `is_closed` is False where the
    answer ended first.
    """

    info: str
    above: str
    content: str
    start: int
    end: int
    is_closed: bool

    @property
    def is_shell(self) -> bool:
        """Whether this shows commands to type, as answers do after the files."""
        return self.info.partition(" ")[0].lower() in _SHELLS


def fences(text: str) -> Iterator[Fence]:
    """The code blocks of an answer as CommonMark 0.31 closes them, however far indented."""
    opening: re.Match[str] | None = None
    for mark in islice(_MARK.finditer(text), MAX_MARKS):
        if opening is None:
            if mark[2][0] == "~" or "`" not in mark[3]:
                opening = mark
        elif mark[2].startswith(opening[2]) and not mark[3].strip():
            yield _fence(text, opening, mark.start(), mark.end(), is_closed=True)
            opening = None
    if opening is not None:
        yield _fence(text, opening, len(text), len(text), is_closed=False)


def _fence(
    text: str, opening: re.Match[str], content_end: int, end: int, *, is_closed: bool
) -> Fence:
    content = text[opening.end() + 1 : content_end]
    if indent := opening[1]:
        content = "\n".join(line.removeprefix(indent) for line in content.split("\n"))
    before = text[max(0, opening.start() - 1000) : opening.start()].rstrip()
    above = before.rpartition("\n")[2].strip()
    return Fence(opening[3].strip()[:1000], above, content, opening.start(), end, is_closed)


def given_name(fence: Fence, expected: Sequence[str]) -> str | None:
    """The path a block is given: in its info string, the line above, or its first line."""
    attributes = [quoted or bare for quoted, bare in _ATTRIBUTE.findall(fence.info)]
    above = _above_words(fence.above)
    if fence.is_shell:
        # "Then validate `compose.yaml`:" above commands does not name a file that holds them.
        above = [word for word in above if word.endswith(".sh")]
    words = [*attributes, *_info_words(fence.info), *above, *_first_line_words(fence.content)]
    return next((word for word in words if _looks_like_path(word, expected)), None)


def _info_words(info: str) -> list[str]:
    words = []
    for word in info.split():
        language, colon, path = word.partition(":")
        words.append(path if colon and language.isalnum() else word)
    return words


def _above_words(line: str) -> list[str]:
    wrapped = [code or bold for code, bold in _WRAPPED.findall(line)]
    return [_bare(word) for word in (*wrapped, _LIST_MARK.sub("", line))]


def _first_line_words(content: str) -> list[str]:
    line = content.lstrip()[:300].partition("\n")[0].strip()
    for start, end in (("#", ""), ("//", ""), ("<!--", "-->"), (";", "")):
        if line.startswith(start) and line.endswith(end):
            return [_bare(line[len(start) : len(line) - len(end)])]
    return []


def _bare(word: str) -> str:
    word = word.strip(" \t`*:")
    label = _LABEL.match(word)
    return word[label.end() :].strip(" `*") if label else word


def _looks_like_path(word: str, expected: Sequence[str]) -> bool:
    if not word or any(char.isspace() for char in word) or "://" in word:
        return False
    name = word.rpartition("/")[2]
    return (
        name in _WITHOUT_EXTENSION
        or _EXTENSION.fullmatch(name) is not None
        or is_expected(word, expected)
    )
