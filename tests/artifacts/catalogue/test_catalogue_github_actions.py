import re
from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import SAMPLES, build, facts, left_open, sample, text_of
from webapp.domain.project import Facts


def workflow(known: Facts) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(text_of("github-actions", known), yaml.BaseLoader)
    return loaded


def scripts(known: Facts) -> str:
    steps = workflow(known)["jobs"]["test"]["steps"]
    return "\n".join(step["run"] for step in steps if "run" in step)


def test_the_workflow_may_only_read() -> None:
    assert workflow(sample("flask-shop"))["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("project", SAMPLES)
def test_every_action_is_pinned_and_its_version_stands_beside(project: str) -> None:
    text = text_of("github-actions", sample(project))
    uses = re.findall(r"uses: (.*)", text)
    assert len(uses) == 3
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in uses)


@pytest.mark.parametrize(
    ("project", "setup", "install", "test"),
    [
        (
            "flask-shop",
            {"python-version": "3.12", "cache": "pip", "cache-dependency-path": "requirements.txt"},
            "python -m pip install --requirement requirements.txt",
            "python -m pytest",
        ),
        (
            "express-api",
            {"node-version": "22", "cache": "npm", "cache-dependency-path": "package-lock.json"},
            "npm ci",
            "npm test --if-present",
        ),
        ("next-site", {"node-version": "22"}, "pnpm install", "npm test --if-present"),
        ("fastapi-notes", {"python-version": "3.13"}, "uv sync", "uv run pytest"),
        (
            "poetry-worker",
            {"python-version": "3.12"},
            "poetry install --no-interaction",
            "poetry run pytest",
        ),
    ],
)
def test_tests_run_as_the_project_installs(
    project: str, setup: dict[str, str], install: str, test: str
) -> None:
    known = sample(project)
    steps = workflow(known)["jobs"]["test"]["steps"]
    assert steps[1]["with"] == setup
    commands = [line.strip() for line in scripts(known).splitlines()]
    assert install in commands
    assert test in commands


def test_the_image_is_built_after_the_tests() -> None:
    job = workflow(sample("express-api"))["jobs"]["image"]
    assert job["needs"] == "test"
    assert job["steps"][-1]["run"] == 'docker build --tag "express-api:$GITHUB_SHA" .'


def test_a_project_in_a_folder_is_tested_there() -> None:
    known = facts(language="node", installer="npm", manifest="web/package.json")
    assert workflow(known)["jobs"]["test"]["defaults"] == {"run": {"working-directory": "web"}}


def test_what_the_workflow_assumes_is_said() -> None:
    notes = left_open(build("github-actions", sample("express-api")))
    assert "The default branch is not known: main is assumed." in notes
