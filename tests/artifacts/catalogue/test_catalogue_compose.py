from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import build, facts, left_open, sample, text_of
from webapp.artifacts.backing import BACKING
from webapp.domain.artifact import Severity
from webapp.domain.project import Facts


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
