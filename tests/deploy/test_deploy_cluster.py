"""The files for several machines stand up to our own checks."""

from typing import Any

import yaml
from flask.testing import FlaskClient

from tests.deploy.test_deploy_files import faults
from webapp.settings import ROOT

LONGEST_END_S = 45  # gunicorn's 30 s, the runner's 20 s and its last checks


def manifests() -> list[dict[str, Any]]:
    return [
        document
        for path in sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
    ]


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return services


def test_the_compose_file_passes_our_check() -> None:
    assert faults("compose", "compose.yaml") == []


def test_the_manifests_pass_our_check() -> None:
    assert faults("kubernetes", "deploy/kubernetes/*.yaml") == []


def test_every_service_is_without_rights_and_within_limits() -> None:
    for name, service in compose().items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        limits = service["deploy"]["resources"]["limits"]
        assert limits.keys() == {"cpus", "memory", "pids"}, name


def test_each_is_given_longer_than_it_takes_to_end() -> None:
    services = compose()
    for name in ("web", "runner"):
        assert services[name]["stop_grace_period"] == f"{LONGEST_END_S}s"
    pods = [
        each["spec"]["template"]["spec"] for each in manifests() if each["kind"] == "Deployment"
    ]
    assert [pod["terminationGracePeriodSeconds"] >= LONGEST_END_S for pod in pods] == [True] * 2


def test_the_probes_ask_what_there_is(client: FlaskClient) -> None:
    (web,) = (
        each
        for each in manifests()
        if each["metadata"]["name"] == "omni-web" and each["kind"] == "Deployment"
    )
    (container,) = web["spec"]["template"]["spec"]["containers"]
    asked = {name: container[name]["httpGet"]["path"] for name in container if "Probe" in name}
    assert asked.keys() == {"startupProbe", "livenessProbe", "readinessProbe"}
    headers = {"Host": "10.0.0.7:8000"}  # as a kubelet does it
    statuses = {client.get(path, headers=headers).status_code for path in asked.values()}
    assert statuses == {200}


def test_the_environment_files_hold_no_secret() -> None:
    """Passwords are left empty or stand as <what to put here>."""
    for path in (ROOT / "deploy/compose").iterdir():
        assert path.name.endswith(".env.example")
        for line in path.read_text().splitlines():
            name, _, value = line.partition("=")
            if "PASSWORD" in name:
                assert value == "", path
            if "://" in value:
                assert ":<password of " in value, path
