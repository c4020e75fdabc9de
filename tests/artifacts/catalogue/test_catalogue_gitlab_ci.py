from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import build, facts, left_open, sample, text_of
from webapp.domain.project import Facts


def pipeline(known: Facts) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(text_of("gitlab-ci", known), yaml.BaseLoader)
    return loaded


@pytest.mark.parametrize(
    ("project", "image", "install", "test"),
    [
        (
            "flask-shop",
            "python:3.12",
            "python -m pip install --requirement requirements.txt",
            "python -m pytest",
        ),
        ("express-api", "node:22", "npm ci", "npm test --if-present"),
        ("fastapi-notes", "python:3.13", "uv sync", "uv run pytest"),
    ],
)
def test_tests_run_in_the_image_of_the_language_as_the_project_installs(
    project: str, image: str, install: str, test: str
) -> None:
    job = pipeline(sample(project))["test"]
    assert job["image"] == image
    assert install in job["before_script"]
    assert test in [line.strip() for line in job["script"][0].splitlines()]


def test_words_for_github_are_left_out() -> None:
    assert "::notice::" not in text_of("gitlab-ci", sample("flask-shop"))


def test_downloads_are_kept_for_as_long_as_the_lock_file_stays() -> None:
    job = pipeline(sample("express-api"))["test"]
    assert job["cache"] == {"key": {"files": ["package-lock.json"]}, "paths": [".cache/npm"]}
    assert job["variables"] == {"npm_config_cache": "$CI_PROJECT_DIR/.cache/npm"}


def test_the_image_is_built_after_the_tests_and_pushed_from_the_default_branch_only() -> None:
    job = pipeline(sample("express-api"))["build-image"]
    assert job["needs"] == ["test"]
    build_it, push = job["script"]
    assert build_it == 'docker build --pull --tag "$IMAGE" .'
    assert push.startswith('if [ "$CI_COMMIT_BRANCH" = "$CI_DEFAULT_BRANCH" ]; then\n')


def test_a_project_in_a_folder_is_tested_there() -> None:
    known = facts(language="node", installer="npm", manifest="web/package.json")
    assert pipeline(known)["test"]["before_script"][0] == 'cd "web"'


def test_a_site_without_tests_has_no_job_for_them() -> None:
    built = pipeline(facts(language="static", name="docs"))
    assert built["stages"] == ["build"]
    assert set(built) == {"stages", "workflow", "default", "build-image"}


def test_what_the_pipeline_assumes_is_said() -> None:
    notes = left_open(build("gitlab-ci", sample("express-api")))
    assert any("privileged containers" in note for note in notes)
