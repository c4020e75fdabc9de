"""Kubernetes manifests: how an application runs in a cluster that has what else it needs."""

from collections.abc import Iterator
from typing import Any

from webapp.artifacts.backing import BACKING, known, unknown_variables
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    App,
    listed,
    present,
    read_app,
    unknown_name,
    unknown_port,
)
from webapp.artifacts.catalogue.kubernetes_entry import entry, head, labels, unknown_entry
from webapp.artifacts.catalogue.kubernetes_targets import TARGETS, Target
from webapp.artifacts.catalogue.workload import (
    CONTAINER_SECURITY,
    POD_SECURITY,
    UNKNOWN_NEEDS,
    probes,
    replicas,
    resources,
    secret,
    secret_names,
    setting_names,
    variables,
)
from webapp.artifacts.checks.kubernetes import check
from webapp.artifacts.migrating import migration, unknown_migration
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- One file for each object under k8s/, current API versions only (apps/v1, batch/v1, \
networking.k8s.io/v1, autoscaling/v2, policy/v1). What is served by somebody else's operator is \
not described here.
- A Deployment for what serves or works for ever, a StatefulSet only for what keeps data itself, \
a Job or CronJob for what ends. Labels app.kubernetes.io/name on everything; the selector of a \
Deployment equals the labels of its pods and never changes; the Service selects the same.
- The image has a version tag, never latest. replicas 2 or more for what serves; no replicas \
field where a HorizontalPodAutoscaler sets it.
- Probes that mean something: readinessProbe on the health route (httpGet with the named port) or \
tcpSocket; a livenessProbe that does not ask databases; a startupProbe where the start is slow. \
No probe for a worker without a port.
- resources.requests for cpu and memory, limits.memory equal to its request; no CPU limit unless \
asked for. Quantities are written 250m, 256Mi.
- Pod: automountServiceAccountToken: false, securityContext runAsNonRoot: true, runAsUser and \
runAsGroup with the number the image uses (10001), seccompProfile RuntimeDefault. Container: \
allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities drop [ALL]; emptyDir \
with sizeLimit for /tmp and whatever else is written. No hostPath, hostNetwork or privileged.
- Settings from a ConfigMap, secrets by secretKeyRef from a Secret that is made outside: never \
write its values, and name Secret and keys in the notes. Every ConfigMap, volume, claim and \
service account that is referred to exists in these files or is named in the notes.
- RollingUpdate with maxUnavailable 0; terminationGracePeriodSeconds longer than the longest \
request or job; a PodDisruptionBudget for two or more replicas; topologySpreadConstraints over \
kubernetes.io/hostname. Ingress or Gateway route only for a host name or a sort of cluster that \
is given.
- The Service maps port 80 to the named port of the container. No namespace unless one is given."""

_TMP = "/tmp"  # noqa: S108 a folder in the container
_TMP_VOLUME = {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}}


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    target = TARGETS.get(given.target or "")
    described = objects(app, target).items()
    files = (ArtifactFile(f"k8s/{name}.yaml", yaml_file(one)) for name, one in described)
    return Template(tuple(files), unknown(app, target))


def objects(app: App, target: Target | None) -> dict[str, dict[str, Any]]:
    """The objects that an application needs in a cluster, by the name of the file of each."""
    found = {"deployment": _deployment(app)}
    if migration(app):
        found |= {"migration": _migration(app)}
    if app.listens:
        found |= entry(app, target) | {"disruption-budget": _disruption_budget(app)}
    return found


def _deployment(app: App) -> dict[str, Any]:
    template = {"metadata": {"labels": labels(app)}, "spec": _pod(app)}
    return {
        **head(app, "apps/v1", "Deployment"),
        "spec": {
            "replicas": replicas(app),
            "revisionHistoryLimit": 5,
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
            },
            "selector": {"matchLabels": labels(app)},
            "template": template,
        },
    }


def _migration(app: App) -> dict[str, Any]:
    """The Job that migrates the database; no Service may send requests to its pod."""
    name = f"{app.name}-migrate"
    labels = {"app.kubernetes.io/name": name}
    container = _container(app)
    used = {key: container[key] for key in ("name", "image", "env") if key in container}
    kept = {key: container[key] for key in ("resources", "securityContext", "volumeMounts")}
    command = list(migration(app) or ())
    pod = {
        "automountServiceAccountToken": False,
        "securityContext": POD_SECURITY,
        "restartPolicy": "Never",
        "containers": [used | {"command": command} | kept],
        "volumes": [_TMP_VOLUME],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": 600,
            "ttlSecondsAfterFinished": 3600,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def _pod(app: App) -> dict[str, Any]:
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels(app)},
    }
    return {
        "automountServiceAccountToken": False,
        "securityContext": POD_SECURITY,
        "terminationGracePeriodSeconds": 30,
        **({"topologySpreadConstraints": [spread]} if app.listens else {}),
        "containers": [_container(app)],
        "volumes": [_TMP_VOLUME],
    }


def _container(app: App) -> dict[str, Any]:
    environment = list(_environment(app))
    ports = [{"name": "http", "containerPort": app.listens}]
    return {
        "name": "app",
        "image": app.image,
        **({"ports": ports} if app.listens else {}),
        **({"env": environment} if environment else {}),
        **(probes(app) if app.listens else {}),
        "resources": resources(app),
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [{"name": "tmp", "mountPath": _TMP}],
    }


def _environment(app: App) -> Iterator[dict[str, Any]]:
    secrets = secret_names(app)
    for name in variables(app):
        if name in secrets:
            from_secret = {"name": secret(app), "key": name}
            yield {"name": name, "valueFrom": {"secretKeyRef": from_secret}}
        else:
            setting = {"name": _settings(app), "key": name, "optional": True}
            yield {"name": name, "valueFrom": {"configMapKeyRef": setting}}
    yield from ({"name": name, "value": port} for name, port in app.given_port.items())


def _settings(app: App) -> str:
    return f"{app.name}-settings"


def _disruption_budget(app: App) -> dict[str, Any]:
    spec = {"minAvailable": 1, "selector": {"matchLabels": labels(app)}}
    return {**head(app, "policy/v1", "PodDisruptionBudget"), "spec": spec}


def unknown(app: App, target: Target | None) -> tuple[str, ...]:
    """What the objects leave open, a sentence each."""
    secrets, settings = secret_names(app), setting_names(app)
    outside = [BACKING[name].title if name in BACKING else name for name in app.services]
    return present(
        unknown_name(app),
        target.images.format(image=app.image)
        if target
        else f"Where images are kept is not known: push {app.image} and put its registry in front.",
        f"Create the Secret {secret(app)} with {listed(secrets)}." if secrets else None,
        f"Put {listed(settings)} into a ConfigMap {_settings(app)} where the application has no "
        "default."
        if settings
        else None,
        f"{listed(outside)} must run outside of these manifests." if outside else None,
        unknown_variables(app.env, known(app.services)),
        unknown_port(app),
        f"Delete the Job {app.name}-migrate, apply it anew and wait for it before each new version."
        if migration(app)
        else unknown_migration(app),
        "No health route is known: the probes only look whether the port is open."
        if app.listens and not app.health
        else None,
        "No port is known: there is no Service, and nothing probes the process."
        if not app.listens
        else None,
        *(unknown_entry(app, target) if app.listens else ()),
        *UNKNOWN_NEEDS,
    )


KIND = Kind(
    name="kubernetes",
    title="Kubernetes manifests",
    expected=("k8s/*.yaml",),
    max_tokens=16_000,
    version=3,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    targets=tuple(TARGETS),
    target_instructions={name: target.instructions for name, target in TARGETS.items()},
    wants=(
        FileGroup.CLUSTER,
        FileGroup.CONTAINER,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.MANIFEST,
        FileGroup.README,
    ),
)
