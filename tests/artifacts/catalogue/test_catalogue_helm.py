from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import SAMPLES, build, facts, left_open, sample
from webapp.domain.project import Facts

ENTRY = ("service.yaml", "ingress.yaml", "disruption-budget.yaml")


def chart(known: Facts) -> dict[str, str]:
    return {file.path: file.content for file in build("helm", known).files}


def values(known: Facts) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(chart(known)["chart/values.yaml"])
    return loaded


@pytest.mark.parametrize("project", SAMPLES)
def test_the_chart_of_a_project_has_not_even_a_note_on_its_files(project: str) -> None:
    found = {finding.rule for finding in build("helm", sample(project)).findings}
    assert found <= {"blueprint/unknown"}


def test_the_files_of_a_chart() -> None:
    assert list(chart(sample("express-api"))) == [
        "chart/Chart.yaml",
        "chart/values.yaml",
        "chart/templates/_helpers.tpl",
        "chart/templates/deployment.yaml",
        "chart/templates/NOTES.txt",
        "chart/.helmignore",
        *(f"chart/templates/{name}" for name in ENTRY),
    ]


def test_a_worker_has_neither_a_service_nor_values_for_one() -> None:
    known = sample("poetry-worker")
    assert not [path for path in chart(known) if path.endswith(ENTRY)]
    assert {"service", "ingress"} & set(values(known)) == set()
    assert (values(known)["ports"], values(known)["probes"]) == ([], {})


def test_the_values_hold_what_is_known_of_the_project() -> None:
    known = values(sample("flask-shop"))
    assert known["image"] == {"repository": "flask-shop", "tag": "", "pullPolicy": "IfNotPresent"}
    assert known["ports"] == [{"name": "http", "containerPort": 8000}]
    assert known["env"] == {"PORT": "8000"}
    assert known["secret"] == {
        "name": "flask-shop-secrets",
        "keys": ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"],
    }
    assert known["probes"]["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}


def test_the_chart_and_its_application_have_versions_of_their_own() -> None:
    metadata = yaml.safe_load(chart(sample("express-api"))["chart/Chart.yaml"])
    assert (metadata["apiVersion"], metadata["name"]) == ("v2", "express-api")
    assert (metadata["version"], metadata["appVersion"]) == ("0.1.0", "0.1.0")


def test_the_templates_of_a_chart_have_its_name_in_front() -> None:
    for path, text in chart(sample("express-api")).items():
        assert "CHART" not in text
        assert '"express-api.' in text or "/templates/" not in path or "NOTES" in path


def test_no_fact_stands_in_a_template() -> None:
    known = facts(name="web", language="python", env=("X}}{{", "MODE"), health="/{{x}}", port="81")
    other = facts(name="web", language="python", framework="flask")
    templates = {path for path in chart(known) if "/templates/" in path}
    assert {path: chart(known)[path] for path in templates} == {
        path: chart(other)[path] for path in templates
    }


def test_a_chart_and_manifests_agree_on_what_runs() -> None:
    known = sample("django-blog")
    deployment = yaml.safe_load(build("kubernetes", known).files[0].content)
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    held = values(known)
    assert held["replicaCount"] == deployment["spec"]["replicas"]
    assert held["podSecurityContext"] == pod["securityContext"]
    assert held["securityContext"] == container["securityContext"]
    assert held["ports"] == container["ports"]
    assert held["resources"] == container["resources"]
    assert held["probes"] == {name: container[name] for name in container if "Probe" in name}


def test_what_the_chart_leaves_open_is_said() -> None:
    said = left_open(build("helm", sample("flask-shop")))
    assert (
        "Where images are kept is not known: push flask-shop:0.1.0 and set image.repository."
        in said
    )
    assert "Set SHOP_CURRENCY under env where the application has no default." in said
    assert "The host name is not known: there is no Ingress until ingress.hosts has one." in said
