import os
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.artifacts.catalogue.built import build, facts, left_open, sample
from webapp.domain.project import Facts

KNOWN = facts(
    name="shop", language="python", port="8000", env=("SECRET_KEY", "PORT"), service="redis"
)
DOCKER = '#!/bin/sh\nprintf "%s\\n" "$(pwd)" "$@"\n'  # says where it is called, and how


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scripts of a project, and a Docker that only says what it is asked."""
    for file in build("shell", KNOWN).files:
        path = tmp_path / "shop" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content, encoding="utf-8")
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    return tmp_path


def run(checkout: Path, script: str, *arguments: str) -> list[str]:
    command = ["/bin/bash", str(checkout / "shop" / "scripts" / script), *arguments]
    environment = {"PATH": f"{checkout}/bin:{os.environ['PATH']}"}
    done = subprocess.run(
        command, cwd="/", env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_the_image_is_built_in_the_folder_of_the_project(checkout: Path) -> None:
    said = run(checkout, "build.sh", "1.2.3")
    assert said[:-1] == [f"{checkout}/shop", "build", "--pull", "--tag", "shop:1.2.3", "."]


def test_the_application_runs_without_rights_and_with_what_it_asks_for(checkout: Path) -> None:
    _, folder, *words = run(checkout, "run-local.sh")
    assert (folder, words[0], words[-1]) == (f"{checkout}/shop", "run", "shop:0.1.0")
    pairs = list(pairwise(words))
    assert ("--publish", "127.0.0.1:8000:8000") in pairs
    assert [value for option, value in pairs if option == "--env"] == [
        *("PORT=8000", "SECRET_KEY", "REDIS_URL"),
    ]
    assert "--read-only" in words


def test_a_worker_publishes_nothing() -> None:
    assert "--publish" not in build("shell", sample("poetry-worker")).files[1].content


@pytest.mark.parametrize("known", [KNOWN, Facts()], ids=["known", "unknown"])
def test_that_nothing_is_pushed_is_said(known: Facts) -> None:
    notes = left_open(build("shell", known))
    assert "Where images are kept is not known: no script pushes the image." in notes
