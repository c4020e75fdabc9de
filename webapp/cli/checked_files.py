"""The files that `omni check` was given, and those it needs to judge them."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from webapp.artifacts.checks.findings import make
from webapp.artifacts.kind_rows import BY_KIND, Around
from webapp.artifacts.recognise import (
    STANDARD_INPUT,
    is_candidate,
    may_be_companion,
    recognise,
)
from webapp.artifacts.units import MAX_CALLED, above, called_folders, home_of
from webapp.cli.source_tree import MAX_FILE_BYTES, Unreadable, as_text, read_text, walk
from webapp.domain.artifact import ArtifactFile, Finding, Severity
from webapp.domain.errors import BadUpload, OmniError

SEVERITY = {"file/not-checked": Severity.ERROR}
MAX_TEXT_CHARS = 200_000_000  # of all files together
CHART = "Chart.yaml"


class CannotTake(OmniError):
    """A path that cannot be checked; nothing was."""


@dataclass(slots=True)
class CheckedFiles:
    """What was read: files and their kinds by path, and the paths that were asked for.

    `kind` is that of every file given alone.
    """

    kind: str | None
    files: dict[str, ArtifactFile] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    _chars: int = 0

    def take(self, given: str) -> None:
        """Read what a user named: a file, a folder, or “-” for standard input.

        Raises CannotTake.
        """
        path = os.path.normpath(given)
        if given == STANDARD_INPUT:
            self._take_named(given, lambda: as_text(sys.stdin.buffer.read(MAX_FILE_BYTES + 1)))
        elif os.path.islink(path):
            raise CannotTake(f"{given} is a symbolic link: give what it leads to.")
        elif os.path.isdir(path):
            self.asked.update(self._walk(path))
        elif not os.path.lexists(path):
            raise CannotTake(f"There is no {given}.")
        elif (chart := self._chart_of(path)) is not None:
            self._add(path, _read(path, lambda: read_text(path)), None)
            self.asked.add(path)
            self._walk(chart or ".")
        else:
            self._around(self._take_named(path, lambda: read_text(path)), path)

    def complete(self) -> None:
        """Read the folders of modules that were not given, for what they declare."""
        known: set[tuple[str, str]] = set()
        for _ in range(MAX_CALLED):
            places = {(kind, os.path.dirname(path)) for path, kind in self.kinds.items()} - known
            known |= places
            called = {folder for place in places for folder in self._called(*place)}
            if not called:
                return
            for folder in called:
                self._look_beside(folder)

    def _called(self, kind: str, folder: str) -> set[str]:
        if not BY_KIND[kind].calls:
            return set()
        own = [path for path in self.kinds if os.path.dirname(path) == folder]
        found = called_folders(kind, folder, [self.files[path].content for path in own])
        return {each for each in found if not _leads_elsewhere(each, folder)}

    def _take_named(self, path: str, read: Callable[[], str]) -> str:
        """Take a single file; the kind it is checked as."""
        text = _read(path, read)
        kind = self.kind or recognise(path, text)
        if kind is None:
            raise CannotTake(f"No kind fits {_spoken(path)}: say by --kind what it is.")
        self._add(path, text, kind)
        self.asked.add(path)
        return kind

    def _around(self, kind: str, path: str) -> None:
        """Read as company what a file cannot be judged without."""
        folder, around = home_of(kind, path), BY_KIND[kind].around
        if around is Around.TREE:
            self._walk(folder or ".")
        elif around is Around.FOLDER:
            self._look_beside(folder)

    def _chart_of(self, path: str) -> str | None:
        """The Helm chart that a file is a part of but not the main file."""
        companions = BY_KIND["helm"].companions if self.kind in (None, "helm") else None
        for folder in above(path):
            is_part = companions and companions.fullmatch(path[len(folder) :].lstrip("/"))
            if is_part and os.path.isfile(os.path.join(folder, CHART)):
                return folder
        return None

    def _walk(self, folder: str) -> list[str]:
        """Read what may be of a kind below a folder; the paths of it."""
        try:
            return [path for path in walk(folder, _may_matter, self._report) if self._look(path)]
        except BadUpload:
            message = f"The .gitignore files of {folder} hold too many patterns: give its folders."
            raise CannotTake(message) from None

    def _look_beside(self, folder: str) -> None:
        """Read the files of one folder as company."""
        try:
            with os.scandir(folder or ".") as scan:
                names = sorted(each.name for each in scan if each.is_file(follow_symlinks=False))
        except OSError:
            return
        for path in (os.path.join(folder, name) for name in names):
            if _may_matter(path):
                self._look(path)

    def _look(self, path: str) -> bool:
        """Read a file that was not named itself; whether it could be."""
        if path in self.files:
            return True
        try:
            text = read_text(path)
        except Unreadable as why:
            self._report(path, why)
            return False
        self._add(path, text, recognise(path, text))
        return True

    def _add(self, path: str, text: str, kind: str | None) -> None:
        if kind is None and not may_be_companion(path):
            return
        self._chars += len(text)
        if self._chars > MAX_TEXT_CHARS:
            raise CannotTake(f"More than {MAX_TEXT_CHARS // 1_000_000} MB are not checked at once.")
        self.files[path] = ArtifactFile(path, text)
        if kind is not None:
            self.kinds[path] = kind

    def _report(self, path: str, why: Unreadable) -> None:
        """What could not be read is no pass, where it is surely something to check."""
        if not why.is_sure and recognise(path, "") is None:
            return
        message = f"This was not checked: it {why}."
        self.findings.append(make(SEVERITY, "file/not-checked", path, None, message))


def _spoken(path: str) -> str:
    return "standard input" if path == STANDARD_INPUT else path


def _read(path: str, read: Callable[[], str]) -> str:
    try:
        return read()
    except Unreadable as why:
        raise CannotTake(f"{_spoken(path)} {why}.") from None


def _leads_elsewhere(called: str, caller: str) -> bool:
    """Whether a folder is reached from another one over a link, which is not followed."""
    common = os.path.commonpath([called or ".", caller or "."])
    while called not in ("", "/", common):
        if os.path.islink(called):
            return True
        called = os.path.dirname(called)
    return False


def _may_matter(path: str) -> bool:
    return is_candidate(path) or may_be_companion(path)
