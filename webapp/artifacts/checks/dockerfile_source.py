"""Dockerfiles as the instructions and build stages they describe."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_ESCAPE = re.compile(r"(?:#[^\n]*=[^\n]*\n)*?#[ \t]*escape[ \t]*=[ \t]*([\\`])", re.IGNORECASE)
_HEREDOC = re.compile(r"(?<!\S)[0-9]*<<(-?)([\"']?)([A-Za-z_][A-Za-z0-9_]*)\2(?!\S)")
_WITH_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_PAIR = re.compile(r"(?<!\S)([^\s=]++)=(\"(?:[^\"\\]|\\.)*+\"|'[^']*+'|\S*+)")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name in capitals, the rest in one line, and the line it starts in.

    `heredoc` are the lines after it that hold its here-documents, with their ends.
    """

    line: int
    name: str
    value: str
    heredoc: range

    def flag(self, name: str) -> str | None:
        """The value of `--name=value` in front of the arguments."""
        for word in self.value.split():
            if not word.startswith("--"):
                break
            if word.startswith(f"--{name}="):
                return word.partition("=")[2].strip("\"'")
        return None

    def variables(self) -> Iterator[tuple[str, str | None]]:
        """What ENV or ARG sets, name and value; the value is None where ARG gives none."""
        first, _, rest = self.value.partition(" ")
        if self.name == "ENV" and "=" not in first:
            yield first, rest.strip().strip("\"'")
            return
        for name, value in _PAIR.findall(self.value):
            yield name, value.strip("\"'")
        if self.name == "ARG":
            yield from ((word, None) for word in self.value.split() if "=" not in word)


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage: what it starts from, its name in lower case, or "", and its content."""

    line: int
    base: str
    name: str
    instructions: tuple[Instruction, ...]


def instructions(content: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile; one whose here-document never ends is the last."""
    directive = _ESCAPE.match(content)
    escape = directive[1] if directive else "\\"
    lines = iter(enumerate(content.split("\n"), 1))
    for number, line in lines:
        if _is_empty(line):
            continue
        last, text = _joined(number, line, lines, escape)
        name, _, value = text.strip().replace("\t", " ").partition(" ")
        marks = _HEREDOC.findall(value) if name.upper() in _WITH_HEREDOC else []
        ends = [_end(lines, mark, "\t" if dash else "") for dash, _, mark in marks]
        heredoc = range(last + 1, (ends[-1] or last) + 1) if ends else range(0)
        yield Instruction(number, name.upper(), value.strip(), heredoc)


def _is_empty(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _joined(
    number: int, line: str, lines: Iterator[tuple[int, str]], escape: str
) -> tuple[int, str]:
    """The number of the last line of an instruction, and all of it in one line."""
    parts = []
    while line.rstrip().endswith(escape):
        parts.append(line.rstrip()[:-1])
        number, line = next((one for one in lines if not _is_empty(one[1])), (number, ""))
    return number, "".join([*parts, line])


def _end(lines: Iterator[tuple[int, str]], mark: str, indent: str) -> int | None:
    return next((number for number, line in lines if line.lstrip(indent) == mark), None)


def without_heredocs(content: str) -> str:
    """The same lines without what here-documents hold.

    hadolint knows no `<<-` and wants an empty line after each. One that never ends is left in, so
    that it is found.
    """
    lines = content.split("\n")
    for one in instructions(content):
        if one.heredoc:
            for number in range(one.line, one.heredoc.start):
                lines[number - 1] = _HEREDOC.sub(r"\3", lines[number - 1])
            for number in one.heredoc:
                lines[number - 1] = ""
    return "\n".join(lines)


def stages(listed: Sequence[Instruction]) -> list[Stage]:
    """The build stages; what stands before the first FROM belongs to none."""
    starts = [number for number, one in enumerate(listed) if one.name == "FROM"]
    return [_stage(listed[start:end]) for start, end in pairwise([*starts, len(listed)])]


def _stage(listed: Sequence[Instruction]) -> Stage:
    words = [word for word in listed[0].value.split() if not word.startswith("--")]
    base = words[0] if words else ""
    name = words[2].lower() if len(words) > 2 and words[1].lower() == "as" else ""
    return Stage(listed[0].line, base, name, tuple(listed[1:]))
