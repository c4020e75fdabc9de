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
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.examine import examine
from webapp.artifacts.prompt import blueprint_prompt, render_blueprint
from webapp.domain.artifact import Artifact, Severity
from webapp.domain.batch import BLUEPRINT
from webapp.domain.project import Facts


def together(known: tuple[Facts, ...]) -> Artifact:
    """The artifact for a project of several applications."""
    (part,) = blueprint_prompt(KINDS["otel-collector"], None, "As it is.", known[0], known[1:])
    return examine("otel-collector", BLUEPRINT, render_blueprint(part.text))


def configuration(known: Facts) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text_of("otel-collector", known))
    return loaded


def test_traces_metrics_and_logs_come_by_otlp_and_go_on_by_otlp() -> None:
    built = configuration(sample("flask-shop"))
    assert set(built["service"]["pipelines"]) == {"traces", "metrics", "logs"}
    for pipeline in built["service"]["pipelines"].values():
        assert pipeline == {
            "receivers": ["otlp"],
            "processors": ["memory_limiter", "resource"],
            "exporters": ["otlp_grpc"],
        }
    assert built["exporters"]["otlp_grpc"]["endpoint"] == "${env:OTLP_ENDPOINT}"


def test_what_comes_without_a_name_gets_that_of_the_only_application() -> None:
    (attribute,) = configuration(sample("flask-shop"))["processors"]["resource"]["attributes"]
    assert attribute == {"key": "service.name", "value": "flask-shop", "action": "insert"}


def test_metrics_that_a_framework_shows_are_fetched() -> None:
    built = configuration(sample("spring-shop"))
    (job,) = built["receivers"]["prometheus"]["config"]["scrape_configs"]
    assert job["metrics_path"] == "/actuator/prometheus"
    assert job["static_configs"] == [{"targets": ["spring-shop:8090"]}]
    assert built["service"]["pipelines"]["metrics"]["receivers"] == ["otlp", "prometheus"]


@pytest.mark.parametrize("project", SAMPLES)
def test_one_collector_serves_all_applications_of_a_project(project: str) -> None:
    known = applications(project)
    artifact = together(known)
    remarks = [one for one in artifact.findings if one.severity is not Severity.NOTE]
    assert remarks == []
    built = yaml.safe_load(artifact.files[0].content)
    assert ("resource" in built["processors"]) == (len(known) == 1)


def test_the_applications_are_told_their_names() -> None:
    said = " ".join(left_open(together(applications("monorepo-market"))))
    assert "OTEL_SERVICE_NAME to its name: " in said
    assert "only programs beside it reach it" in said


def test_applications_of_one_name_are_told_apart() -> None:
    shop = facts(name="shop", language="java", framework="quarkus")
    built = yaml.safe_load(together((shop, shop)).files[0].content)
    jobs = built["receivers"]["prometheus"]["config"]["scrape_configs"]
    assert [job["static_configs"][0]["targets"] for job in jobs] == [["shop:8080"], ["shop-2:8080"]]


@pytest.mark.parametrize("project", ["static-docs", "hugo-journal"])
def test_a_site_of_plain_files_sends_nothing(project: str) -> None:
    said = " ".join(left_open(build("otel-collector", sample(project))))
    assert "nginx sends no telemetry by itself" in said


@pytest.mark.parametrize(
    ("route", "target", "path"),
    [("/metrics", "shop:8000", "/metrics"), (":9100/metrics", "shop:9100", "/metrics")],
)
def test_metrics_are_read_where_the_project_shows_them(route: str, target: str, path: str) -> None:
    known = facts(name="shop", language="python", port="8000", metrics_route=route)
    (job,) = yaml.safe_load(text_of("otel-collector", known))["receivers"]["prometheus"]["config"][
        "scrape_configs"
    ]
    assert job["static_configs"] == [{"targets": [target]}]
    assert job["metrics_path"] == path
