from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import SAMPLES, build, facts, left_open, sample
from webapp.domain.project import Facts


def objects(known: Facts) -> dict[str, dict[str, Any]]:
    files = build("otel-sidecar", known).files
    return {one["kind"]: one for one in (yaml.safe_load(file.content) for file in files)}


def environment(container: dict[str, Any]) -> dict[str, str | None]:
    return {one["name"]: one.get("value") for one in container["env"]}


@pytest.mark.parametrize("project", SAMPLES)
def test_the_rest_of_the_pod_is_that_of_the_manifests(project: str) -> None:
    known = sample(project)
    plain = yaml.safe_load(build("kubernetes", known).files[0].content)["spec"]["template"]["spec"]
    pod = objects(known)["Deployment"]["spec"]["template"]["spec"]
    (collector,) = pod.pop("initContainers")
    assert collector["restartPolicy"] == "Always"
    assert pod.pop("volumes")[:-1] == plain.pop("volumes")
    own = {name: pod["containers"][0].pop("env") for name in ("env",)}
    plain["containers"][0].pop("env", None)
    assert pod == plain
    assert own["env"]


def test_the_application_is_told_where_the_collector_is() -> None:
    built = objects(sample("flask-shop"))
    (container,) = built["Deployment"]["spec"]["template"]["spec"]["containers"]
    told = environment(container)
    assert told["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://localhost:4318"
    assert told["OTEL_SERVICE_NAME"] == "flask-shop"
    config = yaml.safe_load(built["ConfigMap"]["data"]["config.yaml"])
    protocols = config["receivers"]["otlp"]["protocols"]
    assert protocols["http"]["endpoint"] == "localhost:4318"


def test_a_variable_that_the_project_reads_itself_is_set_once() -> None:
    known = facts(language="python", env=("OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_ENDPOINT"))
    (container,) = objects(known)["Deployment"]["spec"]["template"]["spec"]["containers"]
    names = [one["name"] for one in container["env"]]
    assert len(names) == len(set(names)) == 3


def test_the_secret_with_the_address_is_named() -> None:
    said = " ".join(left_open(build("otel-sidecar", sample("flask-shop"))))
    assert "create the Secret flask-shop-otlp with OTLP_ENDPOINT" in said
