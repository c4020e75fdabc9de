"""Every template over every sample project: checked without a remark, and in agreement."""

import json
import re
from itertools import product

import pytest
import yaml

from tests.artifacts.catalogue.built import (
    SAMPLES,
    TEMPLATES,
    applications,
    build,
    facts,
    left_open,
    sample,
    text_of,
)
from webapp.artifacts.blueprint import read_app
from webapp.domain.artifact import Artifact, Severity
from webapp.domain.project import Facts

APPLICATIONS = [(name, number) for name in SAMPLES for number in range(len(applications(name)))]
EVERY = [(kind, *application) for kind, application in product(TEMPLATES, APPLICATIONS)]
# Those of which a port and a route are known.
SERVING = [name for name in SAMPLES if (known := read_app(sample(name))).listens and known.health]


def troubles(artifact: Artifact) -> list[str]:
    return [
        f"{finding.path}:{finding.line} {finding.rule} {finding.message}"
        for finding in artifact.findings
        if finding.severity is not Severity.NOTE
    ]


@pytest.mark.parametrize(("kind", "project", "number"), EVERY)
def test_the_template_for_an_application_has_neither_errors_nor_warnings(
    kind: str, project: str, number: int
) -> None:
    artifact = build(kind, applications(project)[number])
    assert artifact.files
    assert troubles(artifact) == []


@pytest.mark.parametrize("kind", TEMPLATES)
def test_the_template_without_a_project_has_neither_errors_nor_warnings(kind: str) -> None:
    artifact = build(kind, Facts())
    assert troubles(artifact) == []
    assert left_open(artifact)


@pytest.mark.parametrize(("kind", "project", "number"), EVERY)
def test_what_is_not_known_is_said_in_sentences(kind: str, project: str, number: int) -> None:
    said = left_open(build(kind, applications(project)[number]))
    assert all(re.fullmatch(r"[^\n]{10,300}\.", sentence) for sentence in said)


@pytest.mark.parametrize("kind", ["compose", "kubernetes", "github-actions", "prometheus-rules"])
def test_a_project_without_a_name_is_given_one_and_that_is_said(kind: str) -> None:
    sentence = "The project has no name: it is called app here."
    assert sentence in left_open(build(kind, facts(language="python")))
    assert sentence not in left_open(build(kind, sample("express-api")))


@pytest.mark.parametrize("project", SERVING)
def test_the_files_of_a_project_agree_on_port_user_image_and_health(project: str) -> None:
    known = sample(project)
    dockerfile = text_of("dockerfile", known)
    app = yaml.safe_load(text_of("compose", known))["services"]["app"]
    pod = yaml.safe_load(text_of("kubernetes", known))["spec"]["template"]["spec"]
    container = pod["containers"][0]
    (port,) = re.findall(r"^EXPOSE (\d+)$", dockerfile, re.M)
    assert app["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert container["ports"] == [{"name": "http", "containerPort": int(port)}]
    (user,) = re.findall(r"^USER (\d+):\d+$", dockerfile, re.M)
    assert pod["securityContext"]["runAsUser"] == int(user)
    assert container["image"] == app["image"]
    route = container["readinessProbe"]["httpGet"]["path"]
    asked = app["healthcheck"]["test"]
    assert f"    CMD {json.dumps(asked[1:])}\n" in dockerfile
    assert port in asked[-1]
    assert route in asked[-1]


@pytest.mark.parametrize("project", SAMPLES)
def test_the_files_of_a_project_agree_on_names(project: str) -> None:
    known = sample(project)
    compose = yaml.safe_load(text_of("compose", known))
    deployment = yaml.safe_load(text_of("kubernetes", known))
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert set(compose["services"]["app"].get("environment", {})) == {
        variable["name"] for variable in container.get("env", ())
    }
    name = compose["name"]
    assert deployment["metadata"]["name"] == name
    assert f'up{{job="{name}"}}' in text_of("prometheus-rules", known)
    assert f"--tag {name}:$GITHUB_SHA" in text_of("github-actions", known).replace('"', "")
