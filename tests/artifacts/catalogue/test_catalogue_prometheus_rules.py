from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import build, facts, left_open, sample, text_of
from webapp.artifacts.backing import BACKING
from webapp.domain.artifact import Severity
from webapp.domain.project import Facts


def alerts(known: Facts) -> dict[str, Any]:
    groups = yaml.safe_load(text_of("prometheus-rules", known))["groups"]
    return {rule["alert"]: rule["expr"] for group in groups for rule in group["rules"]}


def test_a_shop_is_watched_with_the_services_that_it_needs() -> None:
    built = alerts(sample("flask-shop"))
    assert list(built) == [
        *("ApplicationDown", "ApplicationAbsent", "ApplicationRestarts"),
        *("ApplicationErrors", "ApplicationSlow", "PostgreSQLDown", "RedisDown"),
    ]
    assert built["ApplicationDown"] == 'up{job="flask-shop"} == 0'
    assert built["PostgreSQLDown"] == 'pg_up{job="postgres"} == 0'


def test_a_worker_has_no_alerts_about_requests() -> None:
    assert {"ApplicationErrors", "ApplicationSlow"} & set(alerts(sample("poetry-worker"))) == set()


@pytest.mark.parametrize("project", ["static-docs", "hugo-journal"])
def test_a_static_site_has_alerts_only_about_whether_it_is_there(project: str) -> None:
    assert set(alerts(sample(project))) == {"ApplicationDown", "ApplicationAbsent"}
    note = "nginx gives Prometheus no metrics by itself: its exporter has to run beside it."
    assert note in left_open(build("prometheus-rules", sample(project)))


@pytest.mark.parametrize(
    ("project", "metric"),
    [
        ("spring-shop", 'http_server_requests_seconds_count{job="spring-shop", status=~"5.."}'),
        ("maven-fleet", 'http_server_requests_seconds_count{job="fleet-billing", status=~"5.."}'),
        ("go-api", 'http_server_request_duration_seconds_count{job="linkdesk", http_response_'),
    ],
)
def test_requests_are_counted_by_what_the_framework_comes_with(project: str, metric: str) -> None:
    assert metric in alerts(sample(project))["ApplicationErrors"]


def test_a_service_without_a_known_exporter_is_watched_by_its_scrape() -> None:
    known = facts(language="python", service="rabbitmq")
    assert alerts(known)["RabbitMQDown"] == 'up{job="rabbitmq"} == 0'


@pytest.mark.parametrize("name", BACKING)
def test_the_rules_for_any_service_pass_without_a_warning(name: str) -> None:
    found = build("prometheus-rules", facts(language="python", service=name)).findings
    assert [finding for finding in found if finding.severity is not Severity.NOTE] == []


def test_the_metrics_that_are_assumed_are_said() -> None:
    notes = left_open(build("prometheus-rules", sample("flask-shop")))
    assert "What Prometheus calls its jobs is not known; assumed: flask-shop, postgres, redis." in (
        notes
    )
    assert "Of the usual exporters these metrics are assumed: pg_up, redis_up." in notes
