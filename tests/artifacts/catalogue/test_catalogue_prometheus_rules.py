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


@pytest.mark.parametrize(
    ("project", "requests", "durations"),
    [
        (
            "django-clinic",
            'django_http_responses_total_by_status_total{job="django-clinic", status=~"5.."}',
            "django_http_requests_latency_seconds_by_view_method_bucket",
        ),
        (
            "dotnet-orders",
            'http_requests_received_total{job="orders-api", code=~"5.."}',
            "http_request_duration_seconds_bucket",
        ),
        (
            "rails-gallery",
            'http_server_requests_total{job="rails-gallery", code=~"5.."}',
            "http_server_request_duration_seconds_bucket",
        ),
        (
            "pnpm-desk",
            'http_request_duration_seconds_count{job="desk-api", status_code=~"5.."}[5m]) or rate(',
            "http_request_duration_seconds_bucket",
        ),
    ],
)
def test_requests_are_counted_by_what_the_project_shows(
    project: str, requests: str, durations: str
) -> None:
    built = alerts(sample(project))
    assert requests in built["ApplicationErrors"]
    assert durations in built["ApplicationSlow"]
    assert not any("assumed for its requests" in note for note in _notes(sample(project)))


def test_what_only_the_application_measures_is_compared_with_itself() -> None:
    known = facts(
        language="go",
        port="8000",
        name="shop",
        metric=("shop_orders_total", "shop_failed_total", "shop_pay_seconds_bucket", "shop_queue"),
    )
    built = alerts(known)
    job = '{job="shop"}'
    assert built["ShopOrdersStopped"].endswith(
        f"== 0 and sum by (job) (rate(shop_orders_total{job}[1h] offset 1w)) > 0"
    )
    assert built["ShopFailedGrowing"] == (
        f"sum by (job) (increase(shop_failed_total{job}[15m])) > 0"
    )
    assert "offset 1w" in built["ShopPaySecondsHigh"]
    assert "max_over_time(shop_queue" in built["ShopQueueHigh"]
    assert any("each is compared with the day or week before" in note for note in _notes(known))


def test_no_alert_asks_for_a_metric_that_the_project_does_not_show() -> None:
    built = alerts(sample("go-meter"))
    assert {"ApplicationErrors", "ApplicationSlow"} & set(built) == set()
    assert "MeterReadingsDelaySecondsHigh" in built
    note = "The project shows no metric of its requests: there is no alert for them."
    assert note in _notes(sample("go-meter"))
    tickets = alerts(sample("laravel-tickets"))
    assert "ApplicationRestarts" not in tickets
    assert "TicketsOpenedStopped" in tickets


def test_micrometer_without_histograms_has_no_alert_for_durations() -> None:
    known = facts(
        language="java",
        framework="spring-boot",
        port="8080",
        metric=("process_start_time_seconds", "http_server_requests_seconds_count"),
    )
    built = alerts(known)
    assert "ApplicationErrors" in built
    assert "ApplicationSlow" not in built
    assert any("only where histograms are turned on" in note for note in _notes(known))


def test_at_most_twelve_series_of_its_own_have_alerts() -> None:
    many = tuple(f"shop_{number}_total" for number in range(40))
    built = alerts(facts(language="go", port="8000", metric=many))
    assert sum(name.endswith("Stopped") for name in built) == 12


def _notes(known: Facts) -> tuple[str, ...]:
    return tuple(left_open(build("prometheus-rules", known)))


def test_a_name_that_anybody_gives_is_asked_by_each_usual_label() -> None:
    known = facts(language="go", port="8000", name="shop", metric="http_requests_total")
    built = alerts(known)["ApplicationErrors"]
    for label in ("status", "status_code", "code"):
        assert f'rate(http_requests_total{{job="shop", {label}=~"5.."}}[5m])' in built
    assert any("Which label has the status is not known" in note for note in _notes(known))
    assert "ApplicationSlow" not in alerts(known)
