"""scripts/setup-axe with an interpreter that only writes down what it is asked for."""

import shutil
import subprocess
from pathlib import Path

import pytest

from webapp.settings import ROOT

INSTALL = (
    "-m pip --disable-pip-version-check --quiet install --no-deps --only-binary :all: "
    "--require-hashes --target .axe -r tests/browser/axe.txt\n"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("scripts/setup-axe", "tests/browser/axe.txt"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def set_up(checkout: Path, code: int = 0) -> tuple[int, str]:
    """The code it ends with, and what was asked of Python."""
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\necho "$*" >>calls\nmkdir -p .axe\nexit {code}\n')
    python.chmod(0o755)
    done = subprocess.run([checkout / "scripts/setup-axe"], capture_output=True, timeout=30)
    calls = checkout / "calls"
    said = calls.read_text() if calls.exists() else ""
    calls.unlink(missing_ok=True)
    return done.returncode, said


def test_the_package_is_installed_by_its_hash_and_once(checkout: Path) -> None:
    assert set_up(checkout) == (0, INSTALL)
    assert set_up(checkout) == (0, "")
    (checkout / "tests/browser/axe.txt").write_text("another\n")
    assert set_up(checkout) == (0, INSTALL)


def test_an_install_that_fails_is_tried_again(checkout: Path) -> None:
    assert set_up(checkout, code=1) == (1, INSTALL)
    assert set_up(checkout) == (0, INSTALL)
