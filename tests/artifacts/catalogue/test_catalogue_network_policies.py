from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import build, facts, left_open, sample
from webapp.artifacts.catalogue import KINDS
from webapp.domain.project import Facts


def policies(known: Facts, target: str | None = None) -> dict[str, dict[str, Any]]:
    """The policies that the blueprint builds, by the name of their file."""
    files = build("network-policies", known, target=target).files
    return {file.path.rpartition("/")[2]: yaml.safe_load(file.content)["spec"] for file in files}


def test_everything_is_denied_first() -> None:
    denied = policies(sample("flask-shop"))["default-deny.yaml"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_application_is_reached_at_its_port() -> None:
    (rule,) = policies(sample("flask-shop"))["allow-ingress.yaml"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 8000}]
    assert "allow-ingress.yaml" not in policies(sample("poetry-worker"))


def test_the_application_reaches_names_and_its_services() -> None:
    rules = policies(sample("flask-shop"))["allow-egress.yaml"]["egress"]
    assert [[port["port"] for port in rule["ports"]] for rule in rules] == [
        [53, 53],
        [5432],
        [6379],
    ]
    said = " ".join(left_open(build("network-policies", sample("flask-shop"))))
    assert "PostgreSQL at 5432, Redis at 6379" in said


def test_a_service_that_no_template_knows_is_named() -> None:
    said = left_open(build("network-policies", facts(service="couchdb")))
    assert "No template knows the port of couchdb: allow it." in said


@pytest.mark.parametrize("target", KINDS["network-policies"].targets)
def test_the_entry_of_a_cluster_is_let_in(target: str) -> None:
    artifact = build("network-policies", sample("flask-shop"), target=target)
    (rule,) = policies(sample("flask-shop"), target)["allow-ingress.yaml"]["ingress"]
    # Where the load balancers of EKS are is not known, and the Gateway of AKS is in the namespace.
    assert (len(rule["from"]) > 1) == (target not in ("eks", "aks"))
    assert any(word in " ".join(left_open(artifact)) for word in ("enforces", "may", "run in"))


def test_the_targets_are_those_of_the_manifests() -> None:
    assert KINDS["network-policies"].targets == KINDS["kubernetes"].targets
