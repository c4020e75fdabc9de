"""What of a lock file is worth sending: the versions of what the project itself asks for."""

import re
from collections.abc import Sequence

from webapp.domain.project import ProjectFile, estimate_tokens

MOST_BYTES = 8_000
FIRST_BYTES = 2_000
MOST_LINES = 100_000
MOST_LINE_CHARS = 500
_MANIFESTS = frozenset(
    (
        "package.json",
        "pyproject.toml",
        "Pipfile",
        "go.mod",
        "Cargo.toml",
        "Gemfile",
        "composer.json",
    )
)
_OUR_WORDS = frozenset(("dependencies", "gem", "name", "specs", "version"))
_WORD = re.compile(r"[@A-Za-z0-9][\w./@-]{1,100}")
# The name that a line of a lock file is about: "node_modules/flask": {, name = "flask", flask (3.0)
_NAME = re.compile(
    r"\s{0,12}(?:name = |\"name\": |- )?[\"']?(?:node_modules/|/)?(?P<name>@?[\w./-]{2,100})"
)
_VERSION = re.compile(r"\s{0,12}\"?version\"?[ :=]")


def excerpt(lock: ProjectFile, files: Sequence[ProjectFile]) -> ProjectFile:
    """The lines of a lock file that tell the versions of direct dependencies, at most 8 KB.

    `ranges` of it say which bytes of the file those are. Never the whole file.
    """
    wanted = _direct(lock.path.rpartition("/")[0], files)
    lines = lock.content.splitlines(keepends=True)[:MOST_LINES]
    kept: list[tuple[int, int]] = []
    at = size = 0
    follows = False  # the line before names a dependency, and this one may say its version
    for line in lines:
        end = at + len(line.encode())
        named = _is_named(line, wanted)
        if named or (follows and _VERSION.match(line)):
            if size + end - at > MOST_BYTES:
                break
            size += end - at
            joined = bool(kept) and kept[-1][1] == at
            kept = [*kept[:-1], (kept[-1][0], end)] if joined else [*kept, (at, end)]
        follows, at = named, end
    return _cut(lock, kept or _beginning(lines, len(lock.content.encode())))


def _beginning(lines: Sequence[str], size: int) -> list[tuple[int, int]]:
    """The first lines, where none is known to be of a direct dependency: at most half of all."""
    end = 0
    for line in lines:
        if end + len(line.encode()) > min(FIRST_BYTES, size // 2):
            break
        end += len(line.encode())
    return [(0, end)]


def _is_named(line: str, wanted: frozenset[str]) -> bool:
    found = _NAME.match(line[:MOST_LINE_CHARS])
    name = found["name"].lower() if found else ""
    # yarn and pnpm write the version behind the name, with an @.
    return name in wanted or name.rstrip(":") in wanted


def _direct(folder: str, files: Sequence[ProjectFile]) -> frozenset[str]:
    """Every word in the manifests beside a lock file: the dependencies are among them."""
    beside = (
        file.content
        for file in files
        if file.path.rpartition("/")[0] == folder and _is_manifest(file.path.rpartition("/")[2])
    )
    words = (word for text in beside for word in _WORD.findall(text))
    return frozenset(word.lower() for word in words) - _OUR_WORDS


def _is_manifest(name: str) -> bool:
    return name in _MANIFESTS or name.startswith("requirements")


def _cut(lock: ProjectFile, ranges: Sequence[tuple[int, int]]) -> ProjectFile:
    content = lock.content.encode()
    text = b"".join(content[start:end] for start, end in ranges).decode()
    return ProjectFile(lock.path, text, estimate_tokens(text), tuple(ranges), len(content))
