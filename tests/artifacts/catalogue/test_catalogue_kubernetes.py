from typing import Any

import yaml

from tests.artifacts.catalogue.built import build, facts, left_open, sample
from webapp.domain.project import Facts


def objects(known: Facts) -> dict[str, dict[str, Any]]:
    loaded = (yaml.safe_load(file.content) for file in build("kubernetes", known).files)
    return {one["kind"]: one for one in loaded}


def container(known: Facts) -> dict[str, Any]:
    (only,) = objects(known)["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def test_what_serves_has_a_service_and_may_lose_one_of_two_pods() -> None:
    built = objects(sample("express-api"))
    assert list(built) == ["Deployment", "Service", "PodDisruptionBudget"]
    assert built["Deployment"]["spec"]["replicas"] == 2
    labels = built["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert (
        built["Service"]["spec"]["selector"] == labels == {"app.kubernetes.io/name": "express-api"}
    )


def test_a_worker_is_one_pod_that_nobody_reaches() -> None:
    built = objects(sample("poetry-worker"))
    assert list(built) == ["Deployment"]
    assert built["Deployment"]["spec"]["replicas"] == 1
    assert {"ports", "readinessProbe"} & set(container(sample("poetry-worker"))) == set()


def test_a_container_may_write_to_its_folder_for_temporary_files_only() -> None:
    only = container(sample("express-api"))
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert only["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]


def test_addresses_and_keys_come_from_a_secret_and_the_rest_from_settings() -> None:
    where = {
        variable["name"]: next(iter(variable.get("valueFrom", variable.keys() - {"name"})))
        for variable in container(sample("flask-shop"))["env"]
    }
    assert where == {
        "SECRET_KEY": "secretKeyRef",
        "DATABASE_URL": "secretKeyRef",
        "REDIS_URL": "secretKeyRef",
        "SHOP_CURRENCY": "configMapKeyRef",
        "PORT": "value",
    }


def test_what_has_to_be_in_the_cluster_before_is_said() -> None:
    notes = left_open(build("kubernetes", sample("flask-shop")))
    assert "Create the Secret flask-shop-secrets with SECRET_KEY, DATABASE_URL, REDIS_URL." in notes
    assert "PostgreSQL, Redis must run outside of these manifests." in notes


def test_a_port_without_a_health_route_is_only_opened() -> None:
    only = container(facts(language="node", framework="express", port="3000"))
    assert only["readinessProbe"]["tcpSocket"] == {"port": "http"}


def test_a_jvm_is_given_more_memory_than_others() -> None:
    given = {
        language: container(facts(language=language))["resources"]["limits"]["memory"]
        for language in ("java", "python")
    }
    assert given == {"java": "1Gi", "python": "256Mi"}


def test_django_is_asked_by_a_name_that_it_allows() -> None:
    probe = container(sample("django-blog"))["livenessProbe"]["httpGet"]
    assert probe["httpHeaders"] == [{"name": "Host", "value": "localhost"}]


def test_the_database_is_migrated_by_a_job_that_no_service_reaches() -> None:
    built = objects(sample("django-clinic"))
    pod = built["Job"]["spec"]["template"]
    assert pod["spec"]["containers"][0]["command"] == ["python", "manage.py", "migrate"]
    assert pod["spec"]["containers"][0]["env"] == container(sample("django-clinic"))["env"]
    assert pod["metadata"]["labels"] != built["Service"]["spec"]["selector"]
    assert pod["spec"]["restartPolicy"] == "Never"


def test_a_migration_for_which_the_image_has_no_tool_is_said() -> None:
    known = sample("dotnet-orders")
    assert "Job" not in objects(known)
    said = left_open(build("kubernetes", known))
    assert any(note.startswith("Run “dotnet ef database update” before") for note in said)


def test_what_migrates_when_it_starts_needs_no_job() -> None:
    known = sample("spring-invoices")
    assert "Job" not in objects(known)
    assert not any("flyway" in note for note in left_open(build("kubernetes", known)))
