from typing import Any

import pytest
import yaml

from tests.artifacts.catalogue.built import build, facts, left_open, sample
from webapp.domain.project import Facts

KNOWN = facts(
    name="shop",
    language="python",
    port="8000",
    health="/healthz",
    env=("DATABASE_URL", "SECRET_KEY", "LOG_LEVEL"),
    service="postgresql",
)


def built(known: Facts) -> dict[str, str]:
    return {file.path: file.content for file in build("ansible", known).files}


def variables(known: Facts) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(built(known)["ansible/group_vars/app/vars.yml"])
    return loaded


def tasks(known: Facts) -> list[dict[str, Any]]:
    ((play,),) = [yaml.safe_load(built(known)["ansible/site.yml"])]
    found: list[dict[str, Any]] = play["tasks"]
    return found


def test_the_playbook_needs_no_collection() -> None:
    modules = {key for task in tasks(KNOWN) for key in task if "." in key}
    assert all(module.startswith("ansible.builtin.") for module in modules)
    assert "ansible/requirements.yml" not in built(KNOWN)


def test_secrets_and_addresses_come_from_the_vault_and_the_rest_is_said() -> None:
    assert variables(KNOWN)["app_environment"] == {
        "DATABASE_URL": "{{ vault_database_url }}",
        "SECRET_KEY": "{{ vault_secret_key }}",
    }
    notes = left_open(build("ansible", KNOWN))
    assert (
        "Set vault_database_url, vault_secret_key in group_vars/app/vault.yml and encrypt it with "
        "ansible-vault." in notes
    )
    assert any(note.startswith("Add LOG_LEVEL to app_environment") for note in notes)
    assert "The playbook does not install PostgreSQL." in notes


def test_the_image_and_the_port_are_those_of_the_project() -> None:
    assert variables(KNOWN)["app_image"] == "registry.example.com/shop:0.1.0"
    assert variables(KNOWN)["app_port"] == 8000
    published = "PublishPort=127.0.0.1:{{ app_port }}:{{ app_port }}\n"
    assert published in built(KNOWN)["ansible/templates/app.container.j2"]


@pytest.mark.parametrize(
    ("health", "module"),
    [(("/healthz",), "ansible.builtin.uri"), ((), "ansible.builtin.wait_for")],
)
def test_the_playbook_waits_until_the_application_answers(
    health: tuple[str, ...], module: str
) -> None:
    known = facts(language="python", port="8000", health=health)
    assert module in tasks(known)[-1]


def test_a_worker_has_neither_port_nor_wait() -> None:
    known = sample("poetry-worker")
    assert "PublishPort" not in built(known)["ansible/templates/app.container.j2"]
    assert "app_port" not in variables(known)
    assert "ansible.builtin.systemd_service" in tasks(known)[-1]
