"""How long checks take: samples and blueprints, in a warm process and in a fresh one."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.processes import ROOT, omni
from webapp.artifacts.base import BlueprintInput, Kind
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.checking import Unit, check_unit
from webapp.artifacts.kind_rows import BY_KIND
from webapp.artifacts.units import units
from webapp.cli.checked_files import CheckedFiles
from webapp.context import read_directory
from webapp.domain.project import Facts

SAMPLES = ROOT / "tests" / "artifacts" / "checks" / "samples"
PROJECTS = ROOT / "tests" / "projects"
TIMES = 5  # each artifact is checked so often
FRESH = 5  # and the largest of a kind in so many processes
_FIRST = """
import json, sys, time
given = json.load(sys.stdin)
start = time.perf_counter()
from webapp.artifacts.checking import Unit, check_unit
from webapp.domain.artifact import ArtifactFile
check_unit(Unit(sys.argv[1], tuple(ArtifactFile(*each) for each in given)))
print((time.perf_counter() - start) * 1000)
"""


@dataclass(frozen=True, slots=True)
class Speed:
    """How long the check of one kind takes, in milliseconds.

    `first_ms` is the first check of a process with all that it imports, `command_ms` the whole of
    `omni check`: both are medians, of the largest artifact.
    """

    kind: str
    artifacts: int
    median_ms: float
    p95_ms: float
    first_ms: float
    command_ms: float


def measure_checks() -> Iterator[Speed]:
    """Measure every kind that is checked, in the order of the catalogue."""
    artifacts = _artifacts()
    for kind in (kind for kind in KINDS if kind in BY_KIND):
        yield _speed(kind, artifacts[kind])


def _artifacts() -> dict[str, list[Unit]]:
    """By kind: the good samples of the tests, and the blueprints of all sample projects."""
    given = CheckedFiles(None)
    given.take(str(SAMPLES))
    found: defaultdict[str, list[Unit]] = defaultdict(list)
    for unit in units(given.files, given.kinds, given.asked):
        paths = (Path(file.path).relative_to(SAMPLES) for file in unit.files)
        named = zip(unit.files, map(str, paths), strict=True)
        files = tuple(replace(file, path=path) for file, path in named)
        found[unit.kind].append(replace(unit, files=files))
    for project in sorted(each for each in PROJECTS.iterdir() if each.is_dir()):
        facts = [application.facts for application in read_directory(project).applications]
        for kind in KINDS.values():
            found[kind.name] += _blueprints(kind, facts)
    return found


def _blueprints(kind: Kind, facts: Sequence[Facts]) -> Iterator[Unit]:
    if kind.blueprint is None:
        return
    for target in kind.targets or (None,):
        for own in facts:
            others = tuple(each for each in facts if each is not own)
            template = kind.blueprint(BlueprintInput("A shop.", target, own, others))
            yield Unit(kind.name, template.files)


def _speed(kind: str, artifacts: Sequence[Unit]) -> Speed:
    check_unit(artifacts[0])  # what a process builds once
    taken = [_timed_ms(unit) for _ in range(TIMES) for unit in artifacts]
    largest = max(artifacts, key=lambda unit: sum(len(file.content) for file in unit.files))
    return Speed(
        kind=kind,
        artifacts=len(artifacts),
        median_ms=statistics.median(taken),
        p95_ms=statistics.quantiles(taken, n=20)[-1],
        first_ms=statistics.median(_first_ms(largest) for _ in range(FRESH)),
        command_ms=statistics.median(_command_ms(largest) for _ in range(FRESH)),
    )


def _timed_ms(unit: Unit) -> float:
    start = time.perf_counter()
    check_unit(unit)
    return (time.perf_counter() - start) * 1000


def _first_ms(unit: Unit) -> float:
    given = json.dumps([(file.path, file.content) for file in unit.files])
    command = [sys.executable, "-c", _FIRST, unit.kind]
    said = subprocess.run(
        command, input=given, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(said.stdout)


def _command_ms(unit: Unit) -> float:
    with tempfile.TemporaryDirectory() as place:
        for file in unit.files:
            path = Path(place) / Path(file.path).relative_to(
                SAMPLES if file.path[:1] == "/" else ""
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content, encoding="utf-8")
        start = time.perf_counter()
        done = subprocess.run(omni("check", place), cwd=ROOT, capture_output=True, check=False)
        taken_ms = (time.perf_counter() - start) * 1000
    assert done.returncode == 0, done.stdout
    return taken_ms
