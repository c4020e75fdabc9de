"""What the checks ask of the system while they look at files full of orders, as strace sees it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.artifacts.checks.good_answers import ANSWERS
from tests.artifacts.checks.orders import ORDERS
from webapp.settings import ROOT

OWN = {"prlimit", "bwrap", "true"}
LINTERS = {"hadolint", "actionlint", "shellcheck"}
CANARY = "canary-4711"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the orders would leave their mark, and the file they would read."""
    made = tmp_path_factory.mktemp("orders")
    (made / f"{CANARY}.yaml").write_text(f"a: {CANARY}\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def calls(folder: Path) -> list[str]:
    """Every call about a file or a connection, of the checks and of the linters they start."""
    trace, temporary = folder.with_suffix(".trace"), folder.with_suffix(".tmp")
    temporary.mkdir()
    watch = ["strace", "-f", "-qq", "--seccomp-bpf", "-s", "4096", "-e"]
    what = "trace=%file,socket,connect,sendto,memfd_create"
    program = [sys.executable, "-m", "tests.artifacts.checks.orders"]
    subprocess.run(
        [*watch, what, "-o", str(trace), *program],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "TMPDIR": str(temporary),
        },
        input=f"{folder}/mark {folder}/{CANARY}.yaml",
        text=True,
        check=True,
        timeout=120,
    )
    return trace.read_text(encoding="utf-8", errors="replace").splitlines()


def test_every_kind_is_given_orders() -> None:
    assert set(ORDERS) == set(ANSWERS)


def test_no_order_is_carried_out(folder: Path, calls: list[str]) -> None:
    assert [path.name for path in folder.iterdir()] == [f"{CANARY}.yaml"]
    assert calls


def test_only_the_linters_are_started(calls: list[str]) -> None:
    started = [match[1] for call in calls if (match := re.search(r'execve\("([^"]+)"', call))]
    programs = {Path(path).name for path in started[1:]}  # the first is our own
    assert programs == OWN | LINTERS


def test_no_file_that_is_named_is_read(calls: list[str]) -> None:
    # ShellCheck asks whether what a script reads in is there: in its sandbox it never is.
    named = [call for call in calls if CANARY in call]
    assert named
    assert [call for call in named if "= -1 ENOENT" not in call] == []


def test_nothing_is_written_but_what_the_linters_are_given(folder: Path, calls: list[str]) -> None:
    written = [call for call in calls if re.search(r"O_(?:WRONLY|RDWR|CREAT|TMPFILE)", call)]
    # Bubblewrap says who is who in its namespaces.
    places = (f'"{folder}.tmp/', f'"{folder}.tmp"', '"/dev/null"', '_map"', '"setgroups"')
    assert [call for call in written if not any(place in call for place in places)] == []
    assert written


def test_nobody_is_connected_to(calls: list[str]) -> None:
    assert [call for call in calls if "AF_INET" in call] == []
