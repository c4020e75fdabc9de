"""Where the programs of the extra `full` are; none of their libraries is ever imported here."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from webapp.artifacts.checks import sandbox
from webapp.artifacts.checks.sandbox import CouldNotRun, Outcome

Command = Sequence[Path | str]  # its first word is the path of a program

DISTRIBUTIONS = ("ansible-core", "ansible-lint", "checkov", "helm-python-sdk", "tfparse", "zizmor")
_PROGRAMS = Path(__file__).parent / "programs"
# `make full` sets up the first; pip installs the extra into the second.
_PLACES = (Path(__file__).parents[3] / ".venv-full", Path(sys.prefix))


@dataclass(frozen=True, slots=True)
class Tools:
    """An environment of Python that holds the extra, or a part of it; `versions` by name.

    `is_isolated` is what `sandbox.run` takes.
    """

    place: Path
    versions: tuple[tuple[str, str], ...]
    is_isolated: bool | None = None

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.place / "bin/python"

    @property
    def shown(self) -> tuple[Path, ...]:
        """What its programs have to see: itself, its interpreter's home, and programs of ours."""
        home = self.python.resolve().parent.parent  # /usr, or where somebody has put a Python
        parts = [home / name for name in ("bin", "lib", "lib64")]
        return (self.place, _PROGRAMS, *(part for part in parts if part.is_dir()))

    def require(self, distribution: str) -> None:
        """Raise `CouldNotRun` where a distribution is not there."""
        if distribution not in dict(self.versions):
            raise CouldNotRun(f"{distribution} is not installed")

    def command(self, program: str) -> Command:
        """The words that run a program of ours, in `programs/`, with its libraries."""
        # Isolated: neither the folder it runs in nor a variable adds anything to its path.
        return self.python, "-I", "-B", str(_PROGRAMS / program)

    def run(
        self,
        distribution: str,
        command: Command,
        files: Mapping[str, str],
        *,
        timeout_s: float = sandbox.TIMEOUT_S,
        memory_bytes: int = sandbox.MEMORY_BYTES,
    ) -> Outcome:
        """Run a command in the sandbox, as `sandbox.run` does; it needs a distribution."""
        self.require(distribution)
        program, *arguments = command
        return sandbox.run(
            Path(program),
            list(map(str, arguments)),
            files,
            timeout_s=timeout_s,
            memory_bytes=memory_bytes,
            shown=self.shown,
            is_isolated=self.is_isolated,
            name=distribution.removesuffix("-python-sdk"),
        )

    def report(
        self,
        distribution: str,
        command: Command,
        files: Mapping[str, str],
        *,
        timeout_s: float = sandbox.TIMEOUT_S,
        memory_bytes: int = sandbox.MEMORY_BYTES,
        codes: Sequence[int] = (0,),
    ) -> Any:
        """The JSON that a command prints; raises `CouldNotRun` for other codes and other texts."""
        outcome = self.run(
            distribution, command, files, timeout_s=timeout_s, memory_bytes=memory_bytes
        )
        if outcome.code not in codes:
            raise CouldNotRun(f"{distribution} gave up with code {outcome.code}")
        try:
            return json.loads(outcome.stdout)
        except ValueError as error:
            raise CouldNotRun(f"{distribution} gave no list of remarks") from error


@cache
def installed() -> Tools | None:
    """The extra, looked for once; None where no part of it is installed."""
    return next(filter(None, map(tools_in, _PLACES)), None)


def tools_in(place: Path) -> Tools | None:
    """The extra as it is in one environment; None where no part of it is."""
    libraries = [str(path) for path in place.glob("lib/python3*/site-packages")]
    found = [
        (name, one.version)
        for name in DISTRIBUTIONS
        for one in metadata.Distribution.discover(name=name, path=libraries)
    ]
    return Tools(place, tuple(found)) if found else None
