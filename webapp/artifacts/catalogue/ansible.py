"""A playbook that runs an application on a Linux host: its image, as a service of systemd."""

from collections.abc import Sequence
from typing import Any

from webapp.artifacts.backing import Backing, assumed, is_secret, known, unknown_variables, value_of
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    COMMENT,
    App,
    listed,
    present,
    read_app,
    unknown_name,
    unknown_port,
)
from webapp.artifacts.checks.ansible import check
from webapp.artifacts.yaml_text import yaml_file, yaml_list
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- ansible/site.yml with one play for a group of hosts; ansible/inventory.example.yml with that \
group; ansible/group_vars/<group>/vars.yml with every variable that the playbook and the templates \
use; ansible/templates/*.j2; ansible/requirements.yml with the collections, only if any are used. \
Roles (ansible/roles/<name>/tasks/main.yml and so on) only for more than one application.
- The simplest way that lasts: the image of the application under Podman as a Quadlet file in \
/etc/containers/systemd, or Docker with community.docker if the project uses it, or a unit of \
systemd for a program without an image. It starts with the host and is restarted when it fails.
- Modules by their full names (ansible.builtin.template), one module a task, arguments as a \
mapping, a name for each play and task. A module rather than command or shell; where these are \
needed, changed_when and creates. Everything can be run again and then changes nothing.
- become: true where it is needed. owner, group and mode of every file, the mode in quotes \
("0644"; "0600" for files with secrets). no_log: true where a secret is an argument.
- Handlers restart what a changed file belongs to; every name in notify is a handler of the play.
- Values with {{ }} are quoted as a whole; when, until and changed_when have no braces. true and \
false, never yes and no. No lookup in hosts or in the names of files to import.
- Secrets are variables of a file that ansible-vault encrypts, named vault_…; nothing secret is \
written out: ansible/group_vars/<group>/vault.yml is for the user to make. Images have a version, \
never latest.
- In the end the playbook waits for the health route (ansible.builtin.uri with until, retries and \
delay), so that a deployment that does not work fails.
- In the notes: what to fill in, and the command to run."""

_QUADLETS = "/etc/containers/systemd"
_HANDLER = "Restart the application"
_CONTAINER = f"""\
{COMMENT}
[Unit]
Description={{{{ app_name }}}}
Wants=network-online.target
After=network-online.target

[Container]
Image={{{{ app_image }}}}
ContainerName={{{{ app_name }}}}
EnvironmentFile=/etc/{{{{ app_name }}}}/env
PUBLISHED
RunInit=true
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true

[Service]
Restart=always
TimeoutStartSec=300

[Install]
WantedBy=multi-user.target
"""
_ENVIRONMENT = f"""\
{COMMENT}
{{% for name, value in app_environment.items() %}}
{{{{ name }}}}={{{{ value }}}}
{{% endfor %}}
"""


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    services = known(app.services)
    published = "PublishPort=127.0.0.1:{{ app_port }}:{{ app_port }}\n" if app.listens else ""
    files = (
        ArtifactFile("ansible/site.yml", yaml_list([_play(app)])),
        ArtifactFile("ansible/inventory.example.yml", yaml_file(_inventory())),
        ArtifactFile("ansible/group_vars/app/vars.yml", yaml_file(_variables(app, services))),
        ArtifactFile(
            "ansible/templates/app.container.j2", _CONTAINER.replace("PUBLISHED\n", published)
        ),
        ArtifactFile("ansible/templates/app.env.j2", _ENVIRONMENT),
    )
    return Template(files, _unknown(app, services))


def _play(app: App) -> dict[str, Any]:
    return {
        "name": f"Run {app.name}",
        "hosts": "app",
        "become": True,
        "tasks": [*_tasks(), *_waits(app)],
        "handlers": [
            {
                "name": _HANDLER,
                "ansible.builtin.systemd_service": {
                    "name": "{{ app_name }}",
                    "daemon_reload": True,
                    "state": "restarted",
                },
            }
        ],
    }


def _tasks() -> list[dict[str, Any]]:
    return [
        {
            "name": "Install Podman",
            "ansible.builtin.package": {"name": "podman", "state": "present"},
        },
        {
            "name": "Make the folder of the settings",
            "ansible.builtin.file": {
                "path": "/etc/{{ app_name }}",
                "state": "directory",
                **_owned("0700"),
            },
        },
        *_templates(),
        {"name": "Restart what has changed", "ansible.builtin.meta": "flush_handlers"},
        {
            "name": "Start the application",
            "ansible.builtin.systemd_service": {
                "name": "{{ app_name }}",
                "daemon_reload": True,
                "state": "started",
            },
        },
    ]


def _templates() -> list[dict[str, Any]]:
    return [
        {
            "name": "Write the settings",
            "ansible.builtin.template": {
                "src": "app.env.j2",
                "dest": "/etc/{{ app_name }}/env",
                **_owned("0600"),
            },
            "no_log": True,
            "notify": _HANDLER,
        },
        {
            "name": "Describe the container to systemd",
            "ansible.builtin.template": {
                "src": "app.container.j2",
                "dest": f"{_QUADLETS}/{{{{ app_name }}}}.container",
                **_owned("0644"),
            },
            "notify": _HANDLER,
        },
    ]


def _owned(mode: str) -> dict[str, str]:
    return {"owner": "root", "group": "root", "mode": mode}


def _waits(app: App) -> list[dict[str, Any]]:
    """The last task: the application has to answer, as well as that can be asked."""
    if app.listens is None:
        return []
    if app.health is None:
        port = {"host": "127.0.0.1", "port": "{{ app_port }}", "timeout": 60}
        return [{"name": "Wait for the port", "ansible.builtin.wait_for": port}]
    return [
        {
            "name": "Wait until it is well",
            "ansible.builtin.uri": {"url": f"http://localhost:{{{{ app_port }}}}{app.health}"},
            "register": "app_health",
            "until": "app_health.status == 200",
            "retries": 30,
            "delay": 2,
        }
    ]


def _inventory() -> dict[str, Any]:
    hosts = {"app1.example.com": {"ansible_user": "deploy"}}
    return {"all": {"children": {"app": {"hosts": hosts}}}}


def _variables(app: App, services: Sequence[Backing]) -> dict[str, Any]:
    environment = {name: _in_vault(name) for name in _vaulted(app, services)} | app.given_port
    return {
        "app_name": app.name,
        "app_image": f"registry.example.com/{app.image}",
        **({"app_port": app.listens} if app.listens else {}),
        "app_environment": environment,
    }


def _vaulted(app: App, services: Sequence[Backing]) -> list[str]:
    """Variables whose values are secret, or differ from host to host: where a service is."""
    names = (*app.env, *assumed(app.env, services))
    return [name for name in names if is_secret(name) or value_of(name, services) is not None]


def _in_vault(variable: str) -> str:
    return f"{{{{ vault_{variable.lower()} }}}}"


def _unknown(app: App, services: Sequence[Backing]) -> tuple[str, ...]:
    vaulted = _vaulted(app, services)
    others = [name for name in app.env if name not in vaulted]
    demanded = [f"vault_{name.lower()}" for name in vaulted]
    titles = " and ".join(service.title for service in services)
    return present(
        unknown_name(app),
        unknown_port(app),
        "Where images are kept is not known: set app_image; a host that pulls it may have to log "
        "in to the registry.",
        "Which hosts there are is not known: copy inventory.example.yml and name yours.",
        f"Set {listed(demanded)} in group_vars/app/vault.yml and encrypt it with ansible-vault."
        if demanded
        else None,
        f"Add {listed(others)} to app_environment where the application has no default."
        if others
        else None,
        f"The playbook does not install {titles}." if services else None,
        unknown_variables(app.env, services),
        "The hosts need Podman 4.5 or later, as in Debian 13, Ubuntu 24.04 and RHEL 9.",
        "The port is open on the host itself only: a proxy has to lead there."
        if app.listens
        else None,
    )


KIND = Kind(
    name="ansible",
    title="Ansible playbook",
    expected=(
        "ansible/*.yml",
        "ansible/group_vars/*.yml",
        "ansible/group_vars/*/*.yml",
        "ansible/host_vars/*.yml",
        "ansible/templates/*.j2",
        "ansible/tasks/*.yml",
        "ansible/handlers/*.yml",
        "ansible/roles/*/*/*.yml",
        "ansible/roles/*/templates/*.j2",
    ),
    max_tokens=10_000,
    version=2,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    wants=(
        FileGroup.ANSIBLE,
        FileGroup.SYSTEM,
        FileGroup.CONTAINER,
        FileGroup.MANIFEST,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.README,
    ),
)
