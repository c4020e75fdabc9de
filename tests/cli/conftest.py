"""Fixtures: the real `omni` command as a process of its own."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.processes import DEADLINE_S, OMNI, Running
from webapp.settings import ROOT, Settings, variable_name


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is set but a data folder of the test's own."""
    known = {variable_name(field) for field in Settings.model_fields}
    left = {name: value for name, value in os.environ.items() if name not in known}
    return left | {"OMNI_DATA_DIR": str(tmp_path / "data"), "OMNI_PORT": "0"}


@pytest.fixture
def start(env: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start `omni` with these words and further variables; it is killed after the test."""
    started: list[Running] = []

    def begin(*words: str, **variables: str) -> Running:
        out, err = (tmp_path / f"{name}{len(started)}.txt" for name in ("out", "err"))
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [*OMNI, *words], env=env | variables, cwd=ROOT, stdout=stdout, stderr=stderr
            )
        started.append(Running(process, out, err))
        return started[-1]

    yield begin
    for running in started:
        running.process.kill()
        running.process.wait()


@pytest.fixture
def omni(env: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `omni` with these words and further variables to its end."""

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*OMNI, *words],
            env=env | variables,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )

    return run
