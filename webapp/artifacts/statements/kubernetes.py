"""What manifests say of the containers of the application."""

from collections.abc import Iterator, Sequence

from webapp.artifacts.checks.kubernetes_objects import (
    Container,
    KubernetesObject,
    Pod,
    cluster,
    inner,
    items,
    line_of,
    unfolded,
    without_empty,
)
from webapp.artifacts.checks.yaml_scalars import YAML_1_1
from webapp.artifacts.checks.yaml_source import Document, YamlMap
from webapp.artifacts.checks.yaml_source import read as read_yaml
from webapp.artifacts.statements.base import Statement, Topic, backing_of, image_name
from webapp.domain.artifact import ArtifactFile

_NAME = "app.kubernetes.io/name"


def read(files: Sequence[ArtifactFile]) -> Iterator[Statement]:
    """Ports, image, user, variables, secrets, routes and labels; whatever else is left out."""
    documents, _ = read_yaml(
        [file for file in files if file.path.endswith((".yaml", ".yml"))], YAML_1_1
    )
    whole = [one for document in documents for one in unfolded(document) if _is_object(one)]
    found = cluster([KubernetesObject(one.path, without_empty(one.value)) for one in whole])
    for pod in found.pods:
        yield from _of_pod(pod)
    for one in found.of_kind("Service"):
        yield Statement(Topic.SERVICE, one.name, one.path, one.config.line)


def _is_object(document: Document) -> bool:
    value = document.value
    return isinstance(value, YamlMap) and bool(value.get("apiVersion") and value.get("kind"))


def _of_pod(pod: Pod) -> Iterator[Statement]:
    path = pod.owner.path
    if name := pod.labels.get(_NAME):
        yield Statement(Topic.LABEL, str(name), path, line_of(pod.labels, _NAME))
    security = inner(pod.spec, "securityContext")
    for container in pod.containers:
        image = str(container.config.get("image", ""))
        backing = backing_of(image)
        if backing:
            yield Statement(Topic.BACKING, backing, path, container.config.line)
        elif backing is None:
            yield from _of_container(path, container, image, security)


def _of_container(
    path: str, container: Container, image: str, pod_security: YamlMap
) -> Iterator[Statement]:
    config = container.config
    if name := image_name(image):
        yield Statement(Topic.IMAGE, name, path, line_of(config, "image"))
    for port in items(config, "ports"):
        if isinstance(number := port.get("containerPort"), int):
            yield Statement(Topic.PORT, str(number), path, line_of(port, "containerPort"))
    own = inner(config, "securityContext")
    security = own if "runAsUser" in own else pod_security
    if isinstance(user := security.get("runAsUser"), int):
        yield Statement(Topic.USER, str(user), path, line_of(security, "runAsUser"))
    for variable in items(config, "env"):
        yield Statement(Topic.ENV, str(variable.get("name", "")), path, variable.line)
        if secret := inner(variable, "valueFrom", "secretKeyRef").get("name"):
            yield Statement(Topic.SECRET, str(secret), path, variable.line)
    for source in items(config, "envFrom"):
        yield Statement(Topic.ENV, "*", path, source.line)
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        if route := inner(config, probe, "httpGet").get("path"):
            yield Statement(Topic.PROBE, str(route), path, line_of(config, probe))
    words = (
        [*(config.get("command") or ()), *(config.get("args") or ())] if _has_lists(config) else []
    )
    if words:
        yield Statement(Topic.START, " ".join(map(str, words)), path, line_of(config, "command"))


def _has_lists(config: YamlMap) -> bool:
    return all(isinstance(config.get(key), list | None) for key in ("command", "args"))
