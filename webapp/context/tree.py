"""The files of a project as facts are looked for in them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from webapp.domain.project import Fact, FactName

MAX_CODE_CHARS = 4_000_000  # of one language; past that nothing is read
MAX_FILE_CHARS = 256_000  # what is longer was not written by hand
MAX_LINES = 10_000  # of what is read line by line
MAX_ABOVE = 4
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
HEALTH = re.compile(
    r"/(?:[\w.~-]{1,50}/){0,6}"
    r"(?:_?healthz?|health[_-]?check|livez|liveness|readyz|readiness|heartbeat|ping)"
    r"(?:/(?:live|ready))?/?"
)
METRICS = re.compile(r"/(?:[\w.~-]{1,50}/){0,6}(?:metrics|prometheus)/?")
SERVICE_PORTS = frozenset({"5432", "3306", "27017", "6379", "5672", "15672", "11211", "9200"})
_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|__mocks__|specs?|e2e|fixtures|cypress|testing|testdata)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$"
    r"|_test\.go$|(?:^|[./])(?:\w{1,20}Tests?|Tests)/|Tests?\.(?:java|kt|cs|php)$|_(?:spec|test)\.rb$"
)


@dataclass(frozen=True, slots=True)
class Tree:
    """The files below one folder, by path from the top of the project; `folder` has no slash.

    `project` has all files: what lies above the folder may hold for it, too.
    """

    folder: str
    files: Mapping[str, str]
    project: Mapping[str, str]

    def path(self, name: str) -> str:
        """Where a file of this folder lies in the project."""
        return f"{self.folder}/{name}" if self.folder else name

    def within(self, path: str) -> str:
        """The path of a file as it is written in this folder."""
        return path.removeprefix(f"{self.folder}/") if self.folder else path

    def lines(self, name: str) -> Sequence[str]:
        """The lines of a file of this folder; none where it is missing or too long."""
        text = self.files.get(self.path(name), "")
        is_long = len(text) > MAX_FILE_CHARS or text.count("\n") > MAX_LINES
        return () if is_long else text.split("\n")

    def has(self, name: str) -> bool:
        """Whether the folder has a file of this name."""
        return self.path(name) in self.files

    def above(self, name: str) -> Iterator["Tree"]:
        """The folders with a file of this name, from this one up: at most the 4 nearest."""
        parts = self.folder.split("/") if self.folder else []
        folders = ("/".join(parts[:end]) for end in range(len(parts), -1, -1))
        found = (one for one in folders if (f"{one}/{name}" if one else name) in self.project)
        for folder in islice(found, MAX_ABOVE):
            yield Tree(folder, self.project, self.project)

    def code(self, endings: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Source files, those nearest to the top first, until 4 million characters are read."""
        left = MAX_CODE_CHARS
        for path in sorted(self.files, key=lambda path: (path.count("/"), path)):
            text = self.files[path]
            if path.endswith(endings) and len(text) <= min(left, MAX_FILE_CHARS):
                left -= len(text)
                yield path, text


def tree(project: Mapping[str, str], folder: str, without: Sequence[str] = ()) -> Tree:
    """The files below a folder, but for those below some folders in it; "" is the top."""
    prefix = f"{folder}/" if folder else ""
    left_out = tuple(
        f"{other}/" for other in without if other != folder and other.startswith(prefix)
    )
    files = {
        path: text
        for path, text in project.items()
        if path.startswith(prefix) and not path.startswith(left_out)
    }
    return Tree(folder, files, project)


def is_test(path: str) -> bool:
    """Whether a file is a test, or only there for tests: it tells of another program."""
    return _TEST.search(path) is not None


def line_with(lines: Sequence[str], pattern: str, start: int = 1) -> int | None:
    """The number of the first line, from `start` on, in which a pattern is found."""
    regex = re.compile(pattern)
    numbered = enumerate(lines[start - 1 :], start)
    return next((number for number, line in numbered if regex.search(line)), None)


def port_fact(port: str | int, path: str, line: int) -> list[Fact]:
    """A port where it is one, else nothing."""
    text = str(port)
    is_port = text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536
    return [Fact(FactName.PORT, str(int(text)), path, line)] if is_port else []
