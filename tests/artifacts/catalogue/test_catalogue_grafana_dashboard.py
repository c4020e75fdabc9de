import json
from typing import Any

import pytest

from tests.artifacts.catalogue.built import build, facts, left_open, sample, text_of
from webapp.artifacts.backing import BACKING
from webapp.domain.artifact import Severity
from webapp.domain.project import LANGUAGES, Facts


def panels(known: Facts) -> dict[str, Any]:
    listed = json.loads(text_of("grafana-dashboard", known))["panels"]
    return {panel["title"]: panel for panel in listed}


def expressions(known: Facts, title: str) -> list[str]:
    return [target["expr"] for target in panels(known)[title]["targets"]]


def test_a_shop_shows_its_requests_its_process_and_what_it_needs() -> None:
    assert list(panels(sample("flask-shop"))) == [
        *("Overview", "Instances up", "Services up", "Requests", "Errors", "Duration"),
        *("Process", "CPU", "Memory", "Open files", "Garbage collections", "Running for"),
    ]


def test_requests_errors_and_durations_come_from_one_metric() -> None:
    rate = 'rate(http_server_request_duration_seconds_count{job="$job"}[$__rate_interval])'
    (share,) = expressions(sample("flask-shop"), "Errors")
    assert share.endswith(f" or vector(0)) / sum({rate})")
    assert len(expressions(sample("flask-shop"), "Duration")) == 3


def test_each_data_source_is_the_one_that_is_chosen() -> None:
    text = text_of("grafana-dashboard", sample("flask-shop"))
    built = json.loads(text)
    assert [each["name"] for each in built["templating"]["list"]] == ["datasource", "job"]
    assert {panel["datasource"]["uid"] for panel in built["panels"] if "targets" in panel} == {
        "${datasource}"
    }
    assert built["templating"]["list"][1]["current"]["value"] == "flask-shop"


def test_a_dashboard_says_that_it_is_a_template() -> None:
    built = json.loads(text_of("grafana-dashboard", sample("flask-shop")))
    assert built["description"].startswith("Template by the blueprint")
    assert (built["uid"], built["title"]) == ("flask-shop", "flask-shop")


def test_a_framework_of_micrometer_shows_its_metrics() -> None:
    built = panels(sample("spring-shop"))
    assert {"Heap", "Threads"} <= set(built)
    assert "http_server_requests_seconds_count" in built["Errors"]["targets"][0]["expr"]
    said = " ".join(left_open(build("grafana-dashboard", sample("spring-shop"))))
    assert "those of its process are assumed as Micrometer names them" in said
    assert "only where histograms are turned on" in said


def test_a_worker_shows_no_requests() -> None:
    assert {"Requests", "Errors", "Duration"} & set(panels(sample("poetry-worker"))) == set()


@pytest.mark.parametrize("project", ["static-docs", "hugo-journal"])
def test_a_static_site_shows_only_whether_it_is_there(project: str) -> None:
    assert list(panels(sample(project))) == ["Overview", "Instances up"]


@pytest.mark.parametrize("service", BACKING)
@pytest.mark.parametrize("language", LANGUAGES)
def test_any_language_and_service_pass_without_a_warning(language: str, service: str) -> None:
    found = build(
        "grafana-dashboard", facts(language=language, service=service, port="80")
    ).findings
    assert [each for each in found if each.severity is not Severity.NOTE] == []


def test_the_metrics_that_are_assumed_are_said() -> None:
    said = left_open(build("grafana-dashboard", sample("flask-shop")))
    assert (
        "Of the usual exporters these metrics are assumed: pg_up of the job postgres, redis_up of "
        "the job redis." in said
    )
    assert "Nothing is shown of RabbitMQ." in left_open(
        build("grafana-dashboard", facts(language="go", service="rabbitmq"))
    )


def test_what_the_project_measures_is_shown() -> None:
    known = sample("django-clinic")
    assert expressions(known, "clinic_visits_total") == [
        'sum(rate(clinic_visits_total{job="$job"}[$__rate_interval]))'
    ]
    built = panels(known)
    assert len(built["clinic_wait_seconds"]["targets"]) == 3
    assert built["clinic_wait_seconds"]["fieldConfig"]["defaults"]["unit"] == "s"
    assert built["clinic_waiting_patients"]["targets"][0]["expr"].startswith("clinic_waiting_")
    said = left_open(build("grafana-dashboard", known))
    assert not any("is assumed for its requests" in note for note in said)


def test_nothing_is_asked_for_that_the_project_does_not_show() -> None:
    built = panels(sample("laravel-tickets"))
    assert {"Requests", "Errors", "Duration", "CPU", "Running for"} & set(built) == set()
    assert "tickets_opened_total" in built
