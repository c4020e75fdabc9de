"""scripts/setup-full with an interpreter that only writes down what it is asked for."""

import shutil
import subprocess
from pathlib import Path

import pytest

from webapp.settings import ROOT

PYTHON = """#!/bin/sh
case "$*" in
    --version) echo "Python {version}" ;;
    "-m venv .venv-full")
        mkdir -p .venv-full/bin
        cp "$0" .venv-full/bin/python
        echo made >>calls ;;
    *) echo "$*" >>calls; exit {code} ;;
esac
"""
INSTALLED = [
    "made",
    "-m pip --disable-pip-version-check --quiet install "
    "--only-binary :all: --require-hashes -r requirements-full.lock",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/setup-full", tmp_path / "scripts")
    (tmp_path / "requirements-full.lock").write_text("one\n")
    has_python(tmp_path)
    return tmp_path


def has_python(checkout: Path, version: str = "3.12.1", code: int = 0) -> None:
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(PYTHON.format(version=version, code=code))
    python.chmod(0o755)


def set_up(checkout: Path) -> tuple[int, list[str]]:
    """The code it ends with, and what was done."""
    done = subprocess.run([checkout / "scripts/setup-full"], capture_output=True, timeout=30)
    calls = checkout / "calls"
    lines = calls.read_text().splitlines() if calls.exists() else []
    calls.unlink(missing_ok=True)
    return done.returncode, lines


def test_the_lock_is_installed_by_its_hashes_and_once(checkout: Path) -> None:
    assert set_up(checkout) == (0, INSTALLED)
    assert set_up(checkout) == (0, [])


def test_another_lock_python_or_folder_is_installed_anew(
    checkout: Path,
) -> None:
    set_up(checkout)
    (checkout / "requirements-full.lock").write_text("two\n")
    assert set_up(checkout) == (0, INSTALLED)
    has_python(checkout, "3.13.0")
    assert set_up(checkout) == (0, INSTALLED)
    moved = checkout.rename(checkout.with_name("elsewhere"))
    assert set_up(moved) == (0, INSTALLED)


def test_an_install_that_fails_leaves_no_half_of_it(checkout: Path) -> None:
    has_python(checkout, code=1)
    assert set_up(checkout) == (1, INSTALLED)
    assert not (checkout / ".venv-full").exists()


def test_the_lock_holds_hashes_and_the_address_of_no_index() -> None:
    text = (ROOT / "requirements-full.lock").read_text()
    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")
