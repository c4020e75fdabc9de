import os
import shutil
import subprocess
from pathlib import Path

import pytest

from webapp.settings import ROOT

TOOLS = ("cat", "chmod", "cmp", "cp", "dirname", "mkdir", "rm")
# Answers as an interpreter would, makes a .venv with itself inside, writes down what pip gets.
PYTHON = """#!/bin/sh
case "$*" in
    --version) echo "Python {version}" ;;
    *sys.exit*) exit {is_old} ;;
    *ensurepip*) exit {lacks_venv} ;;
    *print*) echo "python3.12-venv" ;;
    "-m venv"*) rm -rf .venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo made >>calls ;;
    *) echo "$*" >>calls; exit {pip_code} ;;
esac
"""


class Machine:
    """A computer with a checkout, the tools every system has, and the interpreters we put there."""

    def __init__(self, folder: Path) -> None:
        self.programs = folder / "bin"
        self.checkout = folder / "checkout"
        (self.checkout / "scripts").mkdir(parents=True)
        self.programs.mkdir()
        shutil.copy(ROOT / "scripts/setup", self.checkout / "scripts")
        for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            (self.checkout / name).write_text(f"{name} 1\n")
        for tool in TOOLS:
            path = shutil.which(tool)
            assert path is not None
            (self.programs / tool).symlink_to(path)

    def add_python(
        self,
        name: str,
        version: str = "3.12.1",
        *,
        is_old: bool = False,
        lacks_venv: bool = False,
        pip_code: int = 0,
    ) -> Path:
        path = self.programs / name
        path.write_text(
            PYTHON.format(
                version=version,
                is_old=int(is_old),
                lacks_venv=int(lacks_venv),
                pip_code=pip_code,
            )
        )
        path.chmod(0o755)
        return path

    def setup(
        self, lock: str = "requirements.lock", **env: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.checkout / "scripts/setup", lock],
            env={"PATH": str(self.programs)} | env,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def calls(self) -> list[str]:
        """What was done since the last look: `made` for a .venv, and what pip got."""
        path = self.checkout / "calls"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line.partition("--quiet ")[2] or line for line in lines]


INSTALLED = [
    "install --only-binary :all: --require-hashes -r requirements.lock",
    "install --no-deps --no-build-isolation -e .",
]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_first_setup_makes_the_venv_and_installs_the_lock_by_its_hashes(machine: Machine) -> None:
    machine.add_python("python3")
    assert machine.setup().returncode == 0
    assert machine.calls() == ["made", *INSTALLED]


def test_a_second_setup_does_nothing(machine: Machine) -> None:
    machine.add_python("python3")
    machine.setup()
    machine.calls()
    again = machine.setup()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert machine.calls() == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_lock_is_installed_into_the_same_venv(machine: Machine, name: str) -> None:
    machine.add_python("python3")
    machine.setup()
    machine.calls()
    (machine.checkout / name).write_text("changed\n")
    machine.setup()
    assert machine.calls() == INSTALLED


def test_what_the_tests_need_includes_what_running_needs(machine: Machine) -> None:
    machine.add_python("python3")
    machine.setup("requirements-dev.lock")
    assert len(machine.calls()) == 3
    machine.setup("requirements.lock")
    assert machine.calls() == []


def test_what_running_needs_may_have_changed_what_the_tests_need(machine: Machine) -> None:
    machine.add_python("python3")
    machine.setup("requirements-dev.lock")
    (machine.checkout / "requirements.lock").write_text("changed\n")
    machine.setup("requirements.lock")
    machine.calls()
    machine.setup("requirements-dev.lock")
    assert len(machine.calls()) == 2


def test_a_moved_checkout_gets_a_new_venv(machine: Machine) -> None:
    machine.add_python("python3")
    machine.setup()
    machine.calls()
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("elsewhere"))
    machine.setup()
    assert machine.calls() == ["made", *INSTALLED]


def test_a_venv_whose_interpreter_is_gone_is_made_again(machine: Machine) -> None:
    machine.add_python("python3")
    machine.setup()
    machine.calls()
    (machine.checkout / ".venv/bin/python").unlink()
    machine.setup()
    assert machine.calls() == ["made", *INSTALLED]


def test_a_newer_python_beside_an_old_python3_is_taken(machine: Machine) -> None:
    machine.add_python("python3", "3.9.18", is_old=True)
    machine.add_python("python3.13", "3.13.0")
    assert "Making .venv with Python 3.13.0" in machine.setup().stdout


def test_python_can_be_named(machine: Machine) -> None:
    machine.add_python("python3")
    own = machine.add_python("mypython", "3.14.0")
    assert "Making .venv with Python 3.14.0" in machine.setup(PYTHON=str(own)).stdout


def test_an_old_python_is_one_sentence(machine: Machine) -> None:
    machine.add_python("python3", "3.9.18", is_old=True)
    refused = machine.setup()
    assert refused.returncode == 1
    assert refused.stderr == (
        "Python 3.11 or newer is needed, and here is Python 3.9.18: install it, or name it: "
        "make run PYTHON=/path/to/python3.11\n"
    )


def test_no_python_is_one_sentence(machine: Machine) -> None:
    refused = machine.setup()
    assert refused.returncode == 1
    assert refused.stderr.startswith("Python 3.11 or newer is needed, and here is no python3 at al")
    assert refused.stderr.count("\n") == 1


def test_a_named_python_that_is_old_is_one_sentence(machine: Machine) -> None:
    machine.add_python("python3")
    old = machine.add_python("python3.9", is_old=True)
    refused = machine.setup(PYTHON=str(old))
    assert refused.returncode == 1
    assert refused.stderr == f"PYTHON is {old}, and that is not Python 3.11 or newer.\n"


def test_a_missing_venv_module_is_one_sentence(machine: Machine) -> None:
    machine.add_python("python3", lacks_venv=True)
    refused = machine.setup()
    assert refused.returncode == 1
    assert refused.stderr == (
        "python3 lacks the venv module: install it (Debian and Ubuntu: "
        "apt-get install python3.12-venv), then run make again.\n"
    )
    assert not (machine.checkout / ".venv").exists()


def test_a_failed_install_is_said_and_tried_again(machine: Machine) -> None:
    machine.add_python("python3", pip_code=1)
    refused = machine.setup()
    assert refused.returncode == 1
    assert refused.stderr.startswith("The packages could not be installed")
    assert machine.calls() == ["made", INSTALLED[0]]
    machine.setup()
    assert machine.calls() == [INSTALLED[0]]


class TestInstallTools:
    """`scripts/install-tools` on a machine where `apt-get` only writes down what it is given."""

    @pytest.fixture
    def programs(self, tmp_path: Path) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir()
        return folder

    @staticmethod
    def add(programs: Path, name: str, script: str = "") -> None:
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)

    @staticmethod
    def install(programs: Path, *names: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "scripts/install-tools", *names],
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
            timeout=30,
        )

    def test_nothing_is_installed_where_all_is_there(self, programs: Path) -> None:
        self.add(programs, "bwrap")
        self.add(programs, "chromium")
        done = self.install(programs, "chromium", "bwrap")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    @pytest.mark.parametrize("user", [0, 1000])
    def test_only_the_missing_package_is_installed(self, programs: Path, user: int) -> None:
        self.add(programs, "id", f"echo {user}")
        self.add(programs, "chromium")
        self.add(programs, "apt-get", 'echo "$*"')
        self.add(programs, "sudo", 'echo "as root:"; "$@"')
        said = self.install(programs, "chromium", "bwrap").stdout
        assert said.splitlines()[-1] == "install -qq -y --no-install-recommends bubblewrap"
        assert ("as root:" in said) == (user != 0)

    @pytest.mark.parametrize("has_apt", [True, False])
    def test_who_cannot_install_is_told_what_is_missing(
        self, programs: Path, has_apt: bool
    ) -> None:
        self.add(programs, "id", "echo 1000")
        if has_apt:
            self.add(programs, "apt-get")
        refused = self.install(programs, "chromium", "bwrap")
        assert refused.returncode == 1
        assert refused.stderr == (
            "This needs chromium bubblewrap: install that as root, then run make again.\n"
        )


def test_the_scripts_can_be_run() -> None:
    for name in ("scripts/setup", "scripts/install-tools", ".ci/run"):
        assert os.access(ROOT / name, os.X_OK)
