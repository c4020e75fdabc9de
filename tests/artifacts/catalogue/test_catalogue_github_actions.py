import re
from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import (
    SAMPLES,
    applications,
    build,
    facts,
    left_open,
    sample,
    text_of,
)
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
    assert len(uses) >= 2
    assert all(re.fullmatch(r"[a-z/-]+@[0-9a-f]{40} # v?\d+\.\d+\.\d+", one) for one in uses)


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
        (
            "go-api",
            {"go-version": "1.24", "cache-dependency-path": "go.mod"},
            "go mod download",
            "go test ./...",
        ),
        (
            "spring-shop",
            {
                "distribution": "temurin",
                "java-version": "21",
                "cache": "maven",
                "cache-dependency-path": "pom.xml",
            },
            "mvn --batch-mode --no-transfer-progress test-compile",
            "mvn --batch-mode --no-transfer-progress verify",
        ),
        (
            "gradle-service",
            {
                "distribution": "temurin",
                "java-version": "17",
                "cache": "gradle",
                "cache-dependency-path": "build.gradle.kts",
            },
            "if [ -f gradlew ]; then sh gradlew --no-daemon testClasses; "
            "else gradle --no-daemon testClasses; fi",
            "if [ -f gradlew ]; then sh gradlew --no-daemon test; else gradle --no-daemon test; fi",
        ),
        ("sinatra-status", {"ruby-version": "3.3"}, "bundle install", "bundle exec rspec"),
        (
            "laravel-board",
            {"php-version": "8.3", "coverage": "none"},
            "composer install --no-interaction --no-progress --prefer-dist",
            "php artisan test",
        ),
        (
            "dotnet-orders",
            {"dotnet-version": "9.0.x"},
            "dotnet build Orders.Api.csproj",
            'dotnet test "$project"',
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


def test_the_toolchain_of_rust_is_that_of_the_runner() -> None:
    steps = workflow(sample("axum-links"))["jobs"]["test"]["steps"]
    assert [step["name"] for step in steps[1:]] == ["Rust", "Install", "Test"]
    assert "rustup toolchain install 1.87 " in steps[1]["run"]
    assert steps[3]["run"] == "cargo test --locked"


def test_a_site_of_plain_pages_has_nothing_to_install() -> None:
    steps = workflow(sample("static-docs"))["jobs"]["test"]["steps"]
    assert [step.get("name") for step in steps] == [None, "Test"]


@pytest.mark.parametrize(
    ("framework", "setup"),
    [("jekyll", {"ruby-version": "3.4"}), ("astro", {"node-version": "24", "cache": "npm"})],
)
def test_a_site_is_built_by_the_language_of_its_generator(
    framework: str, setup: dict[str, str]
) -> None:
    steps = workflow(facts(language="static", framework=framework))["jobs"]["test"]["steps"]
    assert setup.items() <= steps[1]["with"].items()


def test_a_module_of_maven_is_tested_with_those_that_it_needs() -> None:
    known = applications("maven-fleet")[1]
    assert workflow(known)["jobs"]["test"]["defaults"]["run"]["working-directory"] == (
        "fleet-tracker"
    )
    among = "--file ../pom.xml --projects fleet-tracker --also-make verify; else mvn "
    assert among in scripts(known)


@pytest.mark.parametrize(
    ("known", "built_from"),
    [
        ({"language": "node", "manifest": "web/package.json"}, "web"),
        ({"language": "dotnet", "manifest": "a/A.csproj"}, "--file a/Dockerfile ."),
        ({"language": "rust", "manifest": "Cargo.toml"}, "."),
    ],
)
def test_the_image_is_built_from_where_its_dockerfile_copies(
    known: dict[str, str], built_from: str
) -> None:
    run = workflow(facts(name="x", **known))["jobs"]["image"]["steps"][-1]["run"]
    assert run == f'docker build --tag "x:$GITHUB_SHA" {built_from}'


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
