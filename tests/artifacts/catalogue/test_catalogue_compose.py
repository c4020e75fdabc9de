from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import (
    applications,
    build,
    facts,
    left_open,
    sample,
    text_of,
)
from webapp.artifacts.backing import BACKING
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.examine import examine
from webapp.artifacts.prompt import blueprint_prompt, render_blueprint
from webapp.domain.artifact import Artifact, Severity
from webapp.domain.batch import BLUEPRINT
from webapp.domain.project import Facts

PORTS = (("a", "8080"), ("b", "8080"), ("c", "8081"), ("d", "65535"), ("e", "65535"))


def project(known: Facts) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text_of("compose", known))
    return loaded


def test_the_variables_of_a_shop_lead_to_its_services() -> None:
    assert project(sample("flask-shop"))["services"]["app"]["environment"] == {
        "SECRET_KEY": "${SECRET_KEY:?set SECRET_KEY in .env}",
        "DATABASE_URL": "postgresql://app:${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD in .env}"
        "@postgres:5432/app",
        "REDIS_URL": "redis://redis:6379/0",
        "SHOP_CURRENCY": None,
        "PORT": "8000",
    }


def test_the_parts_of_an_address_are_given_one_by_one() -> None:
    environment = project(sample("django-blog"))["services"]["app"]["environment"]
    password = environment.pop("DB_PASSWORD")
    assert password == "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD in .env}"
    assert {name: value for name, value in environment.items() if name.startswith("DB_")} == {
        "DB_NAME": "app",
        "DB_USER": "app",
        "DB_HOST": "postgres",
        "DB_PORT": "5432",
    }


def test_the_application_waits_until_its_services_are_healthy() -> None:
    services = project(sample("flask-shop"))["services"]
    assert list(services) == ["app", "postgres", "redis"]
    assert services["app"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }
    assert services["postgres"]["healthcheck"]["test"][1] == "pg_isready"


def test_only_the_application_is_reached_from_outside_and_only_from_this_machine() -> None:
    services = project(sample("flask-shop"))["services"]
    assert {name: one.get("ports") for name, one in services.items()} == {
        "app": ["127.0.0.1:8000:8000"],
        "postgres": None,
        "redis": None,
    }


def test_the_application_waits_for_the_migration_of_its_database() -> None:
    services = project(sample("flask-ledger"))["services"]
    assert services["migrate"]["command"] == ["flask", "--app", "ledger", "db", "upgrade"]
    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["image"] == services["app"]["image"]
    assert services["app"]["depends_on"]["migrate"] == {
        "condition": "service_completed_successfully"
    }
    assert set(services["migrate"]["depends_on"]) == {"mysql"}


def test_a_variable_in_the_command_of_a_migration_is_that_of_the_container() -> None:
    known = facts(language="python", migrations="alembic -x url=$DATABASE_URL upgrade head")
    command = project(known)["services"]["migrate"]["command"]
    assert command[-1] == "exec alembic -x url=$$DATABASE_URL upgrade head"


@pytest.mark.parametrize("command", ["npx prisma migrate deploy", "sqlx migrate run"])
def test_a_migration_for_which_the_image_has_no_tool_is_said(command: str) -> None:
    language = "node" if command.startswith("npx") else "rust"
    built = build("compose", facts(language=language, migrations=command))
    assert "migrate" not in yaml.safe_load(built.files[0].content)["services"]
    assert any(note.startswith(f"Run “{command}” before") for note in left_open(built))


def together(*known: Facts) -> Artifact:
    """The artifact for a project of several applications."""
    (part,) = blueprint_prompt(KINDS["compose"], None, "As it is.", known[0], known[1:])
    return examine("compose", BLUEPRINT, render_blueprint(part.text))


def services_of(artifact: Artifact) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(artifact.files[0].content)["services"]
    return loaded


@pytest.mark.parametrize("name", ["maven-fleet", "monorepo-market"])
def test_several_applications_pass_without_a_warning(name: str) -> None:
    artifact = together(*applications(name))
    assert [f for f in artifact.findings if f.severity is not Severity.NOTE] == []


def test_each_application_is_a_service_built_from_its_folder_and_backing_is_shared() -> None:
    services = services_of(together(*applications("monorepo-market")))
    assert list(services) == ["api", "market-web", "worker", "postgres", "mysql", "rabbitmq"]
    assert services["api"]["build"] == "./services/api"
    assert services["market-web"]["build"] == {
        "context": ".",
        "dockerfile": "services/web/Dockerfile",
    }
    assert {name: list(one["depends_on"]) for name, one in list(services.items())[:3]} == {
        "api": ["mysql"],
        "market-web": ["postgres"],
        "worker": ["postgres", "rabbitmq"],
    }


def test_a_port_that_two_say_is_published_at_the_next_free_one_and_that_is_said() -> None:
    known = [facts(name=name, language="go", port=port) for name, port in PORTS]
    artifact = together(*known)
    assert {name: one["ports"] for name, one in services_of(artifact).items()} == {
        "a": ["127.0.0.1:8080:8080"],
        "b": ["127.0.0.1:8082:8080"],
        "c": ["127.0.0.1:8081:8081"],
        "d": ["127.0.0.1:65535:65535"],
        "e": ["127.0.0.1:1024:65535"],
    }
    assert not artifact.has_error
    assert left_open(artifact)[-2:] == [
        "Another application has port 8080 as well: b is reached at port 8082 of this machine.",
        "Another application has port 65535 as well: e is reached at port 1024 of this machine.",
    ]


def test_names_that_are_taken_get_a_number() -> None:
    same = facts(name="api", language="go")
    like_a_service = facts(name="redis", language="go", service="redis")
    services = services_of(together(same, same, like_a_service, Facts()))
    assert list(services) == ["api", "api-2", "redis-2", "app", "redis"]
    assert services["api-2"]["image"] == "api-2:0.1.0"


@pytest.mark.parametrize(
    ("known", "context"),
    [
        ({"language": "node", "manifest": "web/package.json"}, "./web"),
        ({"language": "php", "manifest": "composer.json"}, "."),
        (
            {"language": "dotnet", "manifest": "src/A/A.csproj"},
            {"context": ".", "dockerfile": "src/A/Dockerfile"},
        ),
    ],
)
def test_one_application_is_built_from_its_folder_as_well(
    known: dict[str, str], context: str | dict[str, str]
) -> None:
    assert project(facts(**known))["services"]["app"]["build"] == context


@pytest.mark.parametrize("name", BACKING)
def test_a_project_with_any_one_service_passes_without_a_warning(name: str) -> None:
    artifact = build("compose", facts(name="web", language="python", service=name))
    assert [f for f in artifact.findings if f.severity is not Severity.NOTE] == []
    assert f"image: {BACKING[name].image}\n" in artifact.files[0].content


def test_all_services_together_pass_without_a_warning() -> None:
    artifact = build("compose", facts(language="python", service=tuple(BACKING)))
    assert [f for f in artifact.findings if f.severity is not Severity.NOTE] == []


def test_what_has_to_be_set_and_what_is_missing_is_said() -> None:
    known = facts(
        name="web",
        language="python",
        service=("postgresql", "kafka"),
        env=("API_TOKEN", "MODE", "POSTGRES_URL"),
    )
    assert left_open(build("compose", known)) == [
        "Set API_TOKEN, POSTGRES_PASSWORD in .env, to letters and digits: passwords stand in "
        "addresses.",
        "Set MODE in .env where the application has no default.",
        "No template knows kafka: add a service for it.",
    ]


def test_a_service_that_no_variable_leads_to_is_given_the_usual_one_and_that_is_said() -> None:
    known = facts(
        name="web", language="python", service=("redis", "mysql", "postgresql"), env="MYSQL_HOST"
    )
    assert project(known)["services"]["app"]["environment"] == {
        "MYSQL_HOST": "mysql",
        "DATABASE_URL": "postgresql://app:${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD in .env}"
        "@postgres:5432/app",
        "REDIS_URL": "redis://redis:6379/0",
    }
    assert left_open(build("compose", known))[-1] == (
        "Which variables lead to PostgreSQL and Redis is not known; assumed: DATABASE_URL, "
        "REDIS_URL."
    )
