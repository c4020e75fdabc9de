import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from webapp.settings import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = {
    "requirements.lock": PROJECT["dependencies"] + EXTRAS["install"],
    "requirements-dev.lock": PROJECT["dependencies"] + EXTRAS["install"] + EXTRAS["dev"],
}


def pins(lock: str) -> dict[str, str]:
    """The locked version of each distribution."""
    return dict(re.findall(r"^([\w.-]+)==([\w.+!]+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(lock)) > 40
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_machine(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.search(r"://|index|(?:^|\s)/|\s@\s", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_pyproject_asks_for(lock: str) -> None:
    locked = pins(lock)
    wrong = [
        text
        for text in ASKED[lock]
        for asked in [Requirement(text)]
        if locked.get(canonicalize_name(asked.name)) is None
        or not asked.specifier.contains(locked[canonicalize_name(asked.name)])
    ]
    assert wrong == [], "run `make lock`"


def test_the_tests_run_on_the_versions_that_users_run() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()
