"""Which files of a repository are checked together."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from webapp.artifacts.checking import Unit
from webapp.artifacts.kind_rows import BY_KIND, Row
from webapp.domain.artifact import ArtifactFile

MAX_CALLED = 100  # folders that one folder leads to

_Group = tuple[str, str]  # a kind, and the folder its files lie in


def units(
    files: Mapping[str, ArtifactFile], kinds: Mapping[str, str], asked: Collection[str]
) -> list[Unit]:
    """The units that hold a file that was asked for, in the order of their first files.

    `files` and `kinds` are by path; a file without a kind is left out unless it is a companion of
    one that has. What was not asked for is only company.
    """
    folders = _folders(kinds)
    owners = {path: owner for path in files if (owner := _owner(path, folders))}
    groups: defaultdict[_Group, list[str]] = defaultdict(list)
    for path, kind in kinds.items():
        if path not in owners:
            groups[kind, _home(BY_KIND[kind], path, folders)].append(path)
    found = []
    for group, mains in groups.items():
        companions = [path for path, owner in owners.items() if owner == group]
        for paths in _portions(BY_KIND[group[0]], mains, companions):
            own = sorted(path for path in paths if path in asked)
            others = {*paths, *_company(group, files, kinds)} - set(own)
            if own:
                together = (tuple(files[path] for path in some) for some in (own, sorted(others)))
                found.append(Unit(group[0], *together))
    return sorted(found, key=lambda unit: unit.files[0].path)


def home_of(kind: str, path: str) -> str:
    """The folder that holds a main file with all that belongs to it."""
    folder, inner = posixpath.dirname(path), BY_KIND[kind].inner
    ends = re.search(rf"(?:^|/)(?:{inner})$", folder) if inner else None
    return folder[: ends.start()] if ends else folder


def called_folders(kind: str, folder: str, texts: Sequence[str]) -> set[str]:
    """The folders that the files of a folder ask for, such as those of Terraform modules."""
    calls = BY_KIND[kind].calls
    found = (match[1] for text in texts for match in (calls.finditer(text) if calls else ()))
    paths = (posixpath.normpath(posixpath.join(folder, name)) for name in found)
    return {"" if path == "." else path for path in paths}


def _folders(kinds: Mapping[str, str]) -> dict[str, set[str]]:
    """By kind, the folders in which a main file has companions."""
    found: dict[str, set[str]] = {}
    for path, kind in kinds.items():
        if BY_KIND[kind].companions:
            found.setdefault(kind, set()).add(home_of(kind, path))
    for kind, folders in found.items():
        if BY_KIND[kind].is_tree:
            found[kind] = {each for each in folders if not folders & set(above(each))}
    return found


def above(path: str) -> Iterator[str]:
    """The folders above a path, the nearest first; "" is the last of a relative one."""
    while path not in ("", "/"):
        path = posixpath.dirname(path)
        yield path


def _owner(path: str, folders: Mapping[str, set[str]]) -> _Group | None:
    """Beside what a path is a companion, if it is one."""
    for kind, known in folders.items():
        companions = BY_KIND[kind].companions
        for folder in (each for each in above(path) if each in known):
            if companions and companions.fullmatch(path[len(folder) :].lstrip("/")):
                return kind, folder
    return None


def _home(row: Row, path: str, folders: Mapping[str, set[str]]) -> str:
    """The folder that a main file is checked with."""
    known = folders.get(row.kind, set())
    if row.is_tree:
        return next((each for each in above(path) if each in known), posixpath.dirname(path))
    return posixpath.dirname(path)


def _portions(row: Row, mains: Sequence[str], companions: Sequence[str]) -> Iterator[list[str]]:
    """The main files in portions as large as the kind wants; companions go with the first."""
    size = row.at_once or len(mains)
    for start in range(0, len(mains), size):
        yield [*sorted(mains)[start : start + size], *(() if start else companions)]


def _company(
    group: _Group,
    files: Mapping[str, ArtifactFile],
    kinds: Mapping[str, str],
) -> Iterator[str]:
    """What is read along with files: what their kind always wants to see, and what they call."""
    kind, folder = group
    for path, other in kinds.items():
        if other in BY_KIND[kind].beside and posixpath.dirname(path) == folder:
            yield path
    if company := BY_KIND[kind].company:
        below = f"{folder}/" if folder else ""
        inside = (path for path in files if path.startswith(below))
        yield from (path for path in inside if company.fullmatch(path.removeprefix(below)))
    if BY_KIND[kind].calls:
        yield from _called(group, files, [path for path in kinds if kinds[path] == kind])


def _called(
    group: _Group, files: Mapping[str, ArtifactFile], paths: Sequence[str]
) -> Iterator[str]:
    """The files of all folders that a folder leads to."""
    kind, folder = group
    by_folder: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        by_folder[posixpath.dirname(path)].append(path)
    reached, waiting = {folder}, [folder]
    while waiting and len(reached) <= MAX_CALLED:
        caller = waiting.pop()
        called = called_folders(kind, caller, [files[path].content for path in by_folder[caller]])
        waiting += called - reached
        reached |= called
    yield from (path for each in reached - {folder} for path in by_folder[each])
