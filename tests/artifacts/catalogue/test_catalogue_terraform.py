import lzma
import re
from itertools import product

import pytest
from hypothesis import given, settings

from tests.artifacts.catalogue.built import SAMPLES, build, facts, left_open, sample
from tests.artifacts.catalogue.test_catalogue_hostile import FACTS, NASTY
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.catalogue.terraform_text import fill, quoted
from webapp.artifacts.checks.terraform_arguments import PROVIDERS, SCHEMAS
from webapp.domain.artifact import Artifact, Severity
from webapp.domain.project import FactName, Facts

TERRAFORM = KINDS["terraform"]
TARGETS = ("aws", "gcp", "azure", "ibm", "oracle")
EACH_TARGET = pytest.mark.parametrize("target", TARGETS)
# What leads to an application from outside, on each cloud.
DOORS = {
    "aws": 'resource "aws_lb" ',
    "gcp": 'resource "google_cloud_run_v2_service" ',
    "azure": "  ingress {",
    "ibm": "  image_port ",
    "oracle": 'resource "oci_load_balancer_load_balancer" ',
}


def built(known: Facts, target: str) -> Artifact:
    return build("terraform", known, target=target)


def text(known: Facts, target: str) -> str:
    return "\n".join(file.content for file in built(known, target).files)


def headings(known: Facts, target: str) -> set[str]:
    return set(re.findall(r"^\w.*\{$", text(known, target), re.M))


def troubles(artifact: Artifact) -> list[str]:
    return [
        f"{one.path}:{one.line} {one.rule} {one.message}"
        for one in artifact.findings
        if one.severity is not Severity.NOTE or one.rule == "terraform/unused"
    ]


def test_the_clouds_stand_in_the_order_in_which_a_page_lists_them() -> None:
    assert TERRAFORM.targets == TARGETS
    assert TERRAFORM.needs_target
    assert set(TERRAFORM.target_instructions) == set(TARGETS)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("aws", ("hashicorp/aws", "Fargate", "aws_ecr_repository", 'backend "s3"')),
        ("gcp", ("hashicorp/google", "Cloud Run", "artifact_registry", 'backend "gcs"')),
        ("azure", ("hashicorp/azurerm", "Container Apps", "azurerm_container_registry", "azuread")),
        ("ibm", ("IBM-Cloud/ibm", "Code Engine", "ibm_cr_namespace", "Object Storage")),
        ("oracle", ("oracle/oci", "Container Instances", "container_repository", 'backend "oci"')),
    ],
)
def test_a_model_is_told_what_runs_keeps_and_pins_on_its_cloud(
    target: str, words: tuple[str, ...]
) -> None:
    told = TERRAFORM.target_instructions[target]
    assert [word for word in words if word not in told] == []
    assert re.search(r"version ~> \d", told)


@pytest.mark.parametrize("target", ["aws", "gcp", "azure"])
def test_a_model_is_told_of_resources_only_that_the_provider_has(target: str) -> None:
    told = TERRAFORM.target_instructions[target]
    types = set(re.findall(r"\b(?:aws|google|azurerm)_[a-z0-9_]+[a-z0-9]\b", told))
    packed = ((SCHEMAS / f"terraform-{provider}.txt.xz").read_bytes() for provider in PROVIDERS)
    known = "".join(lzma.decompress(one).decode() for one in packed)
    assert len(types) > 5
    assert [one for one in sorted(types) if f" {one} " not in known] == []


@pytest.mark.parametrize(("project", "target"), list(product(SAMPLES, TARGETS)))
def test_the_module_of_a_project_has_no_errors_and_no_warnings(project: str, target: str) -> None:
    artifact = built(sample(project), target)
    assert troubles(artifact) == []
    said = left_open(artifact)
    assert all(re.fullmatch(r"[^\n]{10,300}\.", sentence) for sentence in said)


@EACH_TARGET
def test_the_module_of_nothing_has_no_errors_and_no_warnings(target: str) -> None:
    assert troubles(built(Facts(), target)) == []


@EACH_TARGET
@settings(max_examples=25, deadline=None)
@given(known=FACTS)
def test_whatever_the_facts_hold_the_module_passes(target: str, known: Facts) -> None:
    assert troubles(built(known, target)) == []


@EACH_TARGET
@pytest.mark.parametrize("nasty", NASTY)
def test_a_nasty_value_changes_no_block(target: str, nasty: str) -> None:
    known = facts(**{name.value: (f"web{nasty}", nasty) for name in FactName})
    artifact = built(known, target)
    assert troubles(artifact) == []
    assert headings(known, target) <= headings(sample("flask-shop"), target)


@EACH_TARGET
def test_a_module_runs_the_image_with_its_environment_and_asks_its_health_route(
    target: str,
) -> None:
    known = sample("flask-shop")
    module = text(known, target)
    assert '"flask-shop"' in module
    assert "8000" in module
    assert '"/healthz"' in module
    assert re.search(r'"DATABASE_URL"|DATABASE_URL += ', module)
    assert 'default     = "0.1.0"' in module


@EACH_TARGET
def test_a_worker_is_reached_by_nobody(target: str) -> None:
    assert DOORS[target] in text(sample("flask-shop"), target)
    assert DOORS[target] not in text(sample("poetry-worker"), target)
    said = " ".join(left_open(built(sample("poetry-worker"), target)))
    assert "No port is known: nothing leads to it from outside" in said


def test_a_worker_on_ibm_is_a_job_that_has_to_be_started() -> None:
    worker = sample("poetry-worker")
    assert 'run_mode        = "daemon"' in text(worker, "ibm")
    said = left_open(built(worker, "ibm"))
    assert [one for one in said if "jobrun submit" in one] == [
        "Start the job once: ibmcloud ce jobrun submit --job thumbnail-worker."
    ]


@EACH_TARGET
def test_where_there_is_no_secret_nothing_is_made_for_one(target: str) -> None:
    known = facts(name="web", language="node", framework="express", env="MODE")
    names = [file.path for file in built(known, target).files]
    assert "terraform/secrets.tf" not in names
    assert "var.secrets" not in text(known, target)


@EACH_TARGET
def test_what_a_person_has_to_give_is_said(target: str) -> None:
    said = left_open(built(sample("flask-shop"), target))
    assert any("Keep the state in a private" in sentence for sentence in said)
    assert (
        "Give the secrets their values before it starts: SECRET_KEY, DATABASE_URL, REDIS_URL."
        in said
    )
    outside = "PostgreSQL, Redis must run outside of this module: give each address as a secret."
    assert outside in said


@EACH_TARGET
def test_the_example_gives_a_value_for_every_variable_without_a_default(target: str) -> None:
    files = {file.path: file.content for file in built(sample("flask-shop"), target).files}
    variables = files["terraform/variables.tf"].split("\nvariable ")[1:]
    needed = {
        one.split('"')[1] for one in variables if "default" not in one and "sensitive" not in one
    }
    given_values = re.findall(r"^(\w+) *= ", files["terraform/terraform.tfvars.example"], re.M)
    assert needed <= set(given_values)


def test_a_text_in_quotes_is_no_expression() -> None:
    assert quoted('a "b" ${c} %{d}\\') == '"a \\"b\\" $${c} %%{d}\\\\"'


def test_marks_are_replaced_and_lines_of_nothing_are_left_out() -> None:
    form = """
    a {
      b = @b@
      @c@
      @d@
    }
    """
    assert fill(form, b="[\n  1,\n]", c="", d="d = 1\ne = 2") == (
        "a {\n  b = [\n    1,\n  ]\n  d = 1\n  e = 2\n}\n"
    )
