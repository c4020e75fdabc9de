"""The check of a kind over files of any names.

A check takes the files of an answer, which were asked for by name. Those of a repository have
other names, so each is handed over under one that the check takes, and findings are mapped back.
"""

import importlib
import posixpath
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from itertools import chain, count

from webapp.artifacts.base import Check
from webapp.artifacts.kind_rows import BY_KIND, Row
from webapp.domain.artifact import ArtifactFile, Finding, Severity


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that are checked together, by paths with “/” between their parts.

    Of `company`, which is read for what it declares, only errors are reported: they hide others.
    """

    kind: str
    files: tuple[ArtifactFile, ...]
    company: tuple[ArtifactFile, ...] = ()


def check_of(kind: str) -> Check:
    """The check of a kind. Only its own modules are imported: all kinds together take 0.2 s."""
    name = f"webapp.artifacts.checks.{kind.replace('-', '_')}"
    if find_spec(name) is not None:
        check: Check = importlib.import_module(name).check
        return check
    from webapp.artifacts.catalogue import KINDS

    found = KINDS[kind].check
    if found is None:
        raise ValueError(f"{kind} has no check")
    return found


def full_check_of(kind: str) -> Check:
    """The check of a kind with the tools of the extra `full`, where it is installed."""
    from webapp.artifacts import full
    from webapp.artifacts.catalogue import KINDS

    return partial(full.check, KINDS[kind])


def check_unit(unit: Unit, find_check: Callable[[str], Check] = check_of) -> list[Finding]:
    """The findings on a unit by the paths it came with, ordered by path, line and rule."""
    everything = (*unit.files, *unit.company)
    given = dict(zip(_names(BY_KIND[unit.kind], everything), everything, strict=True))
    own = {file.path for file in unit.files}
    found: dict[Finding, None] = {}
    check = find_check(unit.kind)
    for finding in check([replace(file, path=name) for name, file in given.items()]):
        # What concerns all files stands at the first.
        path = given.get(finding.path, unit.files[0]).path
        if path in own or finding.severity is Severity.ERROR:
            found[replace(finding, path=path)] = None
    return sorted(found, key=lambda one: (one.path, one.line or 0, one.rule, one.message))


def _names(row: Row, files: Collection[ArtifactFile]) -> Iterator[str]:
    """A name for each file that the check takes, no two alike."""
    top = posixpath.commonpath([posixpath.dirname(file.path) or "." for file in files])
    used: set[str] = set()
    for file in files:
        name = posixpath.relpath(file.path, top)
        if not (row.taken and row.taken.fullmatch(name)):
            name = row.stand_in
        name = _free(name, used)
        used.add(name)
        yield name


def _free(name: str, used: Collection[str]) -> str:
    """A name not used yet, in the same folder and with the same ending."""
    folder, last = posixpath.split(name)
    numbered = (posixpath.join(folder, f"{number}-{last}") for number in count(1))
    return next(one for one in chain((name,), numbered) if one not in used)
