from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from tests.artifacts.catalogue.built import SAMPLES, build, facts, left_open, sample
from tests.artifacts.catalogue.test_catalogue_hostile import FACTS
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.prompt import build_prompt
from webapp.domain.artifact import Severity
from webapp.domain.project import Facts

KUBERNETES = KINDS["kubernetes"]
TARGETS = ("minikube", "kind", "gke", "eks", "aks", "iks")


def objects(known: Facts, target: str | None) -> dict[str, dict[str, Any]]:
    files = build("kubernetes", known, target=target).files
    return {one["kind"]: one for one in (yaml.safe_load(file.content) for file in files)}


def annotations(one: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = one["metadata"].get("annotations", {})
    return found


def test_the_targets_stand_in_the_order_in_which_a_page_lists_them() -> None:
    assert KUBERNETES.targets == TARGETS
    assert set(KUBERNETES.target_instructions) == set(TARGETS)


@pytest.mark.parametrize(("project", "target"), list(product(SAMPLES, TARGETS)))
def test_the_manifests_of_a_project_pass_for_every_target(project: str, target: str) -> None:
    artifact = build("kubernetes", sample(project), target=target)
    assert [one for one in artifact.findings if one.severity is not Severity.NOTE] == []


@pytest.mark.parametrize("target", TARGETS)
def test_the_manifests_of_nothing_pass_for_every_target(target: str) -> None:
    artifact = build("kubernetes", Facts(), target=target)
    assert [one for one in artifact.findings if one.severity is not Severity.NOTE] == []


@settings(max_examples=40, deadline=None)
@given(known=FACTS)
def test_whatever_the_facts_hold_the_manifests_for_a_target_pass(known: Facts) -> None:
    found = build("kubernetes", known, target="eks").findings
    assert [finding for finding in found if finding.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("target", "ingress_class"),
    [
        ("minikube", "nginx"),
        ("kind", None),
        ("gke", None),
        ("eks", "alb"),
        ("iks", "public-iks-k8s-nginx"),
    ],
)
def test_the_ingress_is_of_the_class_of_its_cluster(target: str, ingress_class: str | None) -> None:
    built = objects(sample("express-api"), target)
    ingress = built["Ingress"]
    assert ingress["spec"].get("ingressClassName") == ingress_class
    (rule,) = ingress["spec"]["rules"]
    assert list(rule) == ["http"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == "express-api"
    assert built["Service"]["spec"]["type"] == "ClusterIP"


def test_aks_is_entered_by_a_gateway() -> None:
    built = objects(sample("express-api"), "aks")
    assert "Ingress" not in built
    assert built["Gateway"]["spec"]["gatewayClassName"] == "approuting-istio"
    (parent,) = built["HTTPRoute"]["spec"]["parentRefs"]
    assert parent["name"] == built["Gateway"]["metadata"]["name"]
    (rule,) = built["HTTPRoute"]["spec"]["rules"]
    (port,) = built["Service"]["spec"]["ports"]
    assert rule["backendRefs"] == [{"name": "express-api", "port": port["port"]}]


def test_gke_is_told_by_annotations() -> None:
    built = objects(sample("express-api"), "gke")
    assert annotations(built["Ingress"]) == {"kubernetes.io/ingress.class": "gce"}
    assert annotations(built["Service"]) == {"cloud.google.com/neg": '{"ingress": true}'}


def test_the_load_balancer_of_eks_asks_the_health_route() -> None:
    known = sample("flask-shop")
    assert annotations(objects(known, "eks")["Ingress"]) == {
        "alb.ingress.kubernetes.io/scheme": "internet-facing",
        "alb.ingress.kubernetes.io/target-type": "ip",
        "alb.ingress.kubernetes.io/healthcheck-path": "/healthz",
    }


@pytest.mark.parametrize("target", ["gke", "eks"])
def test_a_load_balancer_that_cannot_know_the_route_asks_for_the_root(target: str) -> None:
    known = facts(name="a", language="node", framework="express", port="3000")
    built = objects(known, target)
    assert not [name for name in annotations(built["Ingress"]) if "healthcheck" in name]
    note = "No health route is known: the load balancer asks for / and wants a 200."
    assert note in left_open(build("kubernetes", known, target=target))
    assert note not in left_open(build("kubernetes", sample("flask-shop"), target=target))


@pytest.mark.parametrize(
    ("project", "target", "is_said"),
    [("django-blog", "eks", True), ("django-blog", "gke", False), ("flask-shop", "eks", False)],
)
def test_django_has_to_allow_a_load_balancer_that_asks_by_address(
    project: str, target: str, is_said: bool
) -> None:
    said = " ".join(left_open(build("kubernetes", sample(project), target=target)))
    assert ("asks by the address of a pod" in said) is is_said


@pytest.mark.parametrize("target", TARGETS)
def test_a_worker_is_reached_by_nobody_on_any_target(target: str) -> None:
    assert list(objects(sample("poetry-worker"), target)) == ["Deployment"]
    said = " ".join(left_open(build("kubernetes", sample("poetry-worker"), target=target)))
    assert "Ingress" not in said
    assert "Gateway" not in said


@pytest.mark.parametrize(
    ("target", "command"),
    [("minikube", "minikube image load"), ("kind", "kind load docker-image")],
)
def test_on_this_machine_the_image_is_loaded_instead_of_pulled(target: str, command: str) -> None:
    said = left_open(build("kubernetes", sample("express-api"), target=target))
    assert f"Nothing pulls the image: load it with {command} express-api:0.1.0." in said


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_target_leaves_open_is_said_in_sentences(target: str) -> None:
    said = left_open(build("kubernetes", sample("express-api"), target=target))
    assert all(10 < len(one) < 300 and one.endswith(".") for one in said)
    assert "express-api:0.1.0" in said[0]
    entry = "Gateway" if target == "aks" else "Ingress"
    assert any(one.startswith(f"The host name is not known: the {entry} answers") for one in said)


@pytest.mark.parametrize("target", TARGETS)
def test_a_model_is_told_what_is_peculiar_to_the_target_in_its_task_alone(target: str) -> None:
    system, *_, task = build_prompt(KUBERNETES, target, "A shop.", (), ())
    own = KUBERNETES.target_instructions[target]
    assert f"Kubernetes manifests for {target}." in task.text
    assert own in task.text
    assert own not in system.text
    assert own not in build_prompt(KUBERNETES, None, "A shop.", (), ())[-1].text
