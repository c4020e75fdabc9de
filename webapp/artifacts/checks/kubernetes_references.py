"""What objects refer to by name: configuration, secrets, claims, accounts and roles."""

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.kubernetes_objects import (
    Cluster,
    KubernetesObject,
    Pod,
    inner,
    items,
    line_of,
)
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "kubernetes/missing-key": Severity.ERROR,
    "kubernetes/missing-configmap": Severity.WARNING,
    "kubernetes/missing-persistentvolumeclaim": Severity.WARNING,
    "kubernetes/missing-serviceaccount": Severity.WARNING,
    "kubernetes/missing-role": Severity.WARNING,
    # Those are better made outside of the answer.
    "kubernetes/missing-secret": Severity.NOTE,
}
_IN_VOLUMES = (
    ("configMap", "name", "ConfigMap"),
    ("secret", "secretName", "Secret"),
    ("secret", "name", "Secret"),  # as `projected` spells it
    ("persistentVolumeClaim", "claimName", "PersistentVolumeClaim"),
)
_IN_ENV = (
    ("configMapKeyRef", "ConfigMap"),
    ("secretKeyRef", "Secret"),
    ("configMapRef", "ConfigMap"),
    ("secretRef", "Secret"),
)


@dataclass(frozen=True, slots=True)
class _Reference:
    """A name of an object in the same namespace, and a key that it has to hold, if any."""

    kind: str
    name: str
    key: str | None
    line: int


def references(cluster: Cluster) -> Iterator[Finding]:
    """Names that nothing in the answer has, and keys that a ConfigMap or Secret lacks."""
    for pod in cluster.pods:
        missing: set[tuple[str, str]] = set()
        for reference in _of_pod(pod):
            named = reference.kind, reference.name
            found = cluster.find(reference.kind, pod.owner.namespace, reference.name)
            if named not in missing:  # a Secret that many variables come from is missing once
                yield from _reference(pod.owner, reference, found)
            if found is None:
                missing.add(named)
    for binding in cluster.of_kind("RoleBinding", "ClusterRoleBinding"):
        yield from _binding(cluster, binding)


def _finding(rule: str, one: KubernetesObject, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"kubernetes/{rule}", one.path, line, message)


def _reference(
    owner: KubernetesObject, reference: _Reference, found: KubernetesObject | None
) -> Iterator[Finding]:
    if found is None:
        rule = f"missing-{reference.kind.lower()}"
        yield _missing(rule, owner, reference.kind, reference.name, reference.line)
    elif reference.key is not None:
        held = (inner(found.config, key) for key in ("data", "stringData", "binaryData"))
        if not any(reference.key in keys for keys in held):
            message = (
                f"{found.title} has no key “{shortened(reference.key)}”, which {owner.title} needs."
            )
            yield _finding("missing-key", owner, reference.line, message)


def _missing(rule: str, owner: KubernetesObject, kind: str, name: str, line: int) -> Finding:
    message = (
        f"The {kind} “{shortened(name)}” of {owner.title} is not among the files: "
        "it must be in the cluster before."
    )
    return _finding(rule, owner, line, message)


def _of_pod(pod: Pod) -> Iterator[_Reference]:
    account = pod.spec.get("serviceAccountName", "default")
    if account != "default":
        yield _Reference("ServiceAccount", account, None, line_of(pod.spec, "serviceAccountName"))
    for secret in items(pod.spec, "imagePullSecrets"):
        if "name" in secret:
            yield _Reference("Secret", secret["name"], None, line_of(secret, "name"))
    for volume in items(pod.spec, "volumes"):
        for source in (volume, *items(inner(volume, "projected"), "sources")):
            yield from _of_volume(source)
    for container in pod.containers:
        for variable in items(container.config, "env"):
            yield from _of_variable(inner(variable, "valueFrom"))
        for source in items(container.config, "envFrom"):
            yield from _of_variable(source)


def _of_volume(source: YamlMap) -> Iterator[_Reference]:
    for field, name_field, kind in _IN_VOLUMES:
        held = inner(source, field)
        if name_field in held and not held.get("optional"):
            name, line = held[name_field], line_of(held, name_field)
            yield _Reference(kind, name, None, line)
            for item in items(held, "items"):
                yield _Reference(kind, name, item["key"], line_of(item, "key"))


def _of_variable(source: YamlMap) -> Iterator[_Reference]:
    for field, kind in _IN_ENV:
        held = inner(source, field)
        if "name" in held and not held.get("optional"):
            line = line_of(held, "key" if "key" in held else "name")
            yield _Reference(kind, held["name"], held.get("key"), line)


def _binding(cluster: Cluster, binding: KubernetesObject) -> Iterator[Finding]:
    role = inner(binding.config, "roleRef")
    kind, name = role["kind"], role["name"]
    # Roles for the whole cluster are often those that Kubernetes brings along.
    if kind == "Role" and cluster.find(kind, binding.namespace, name) is None:
        yield _missing("missing-role", binding, kind, name, line_of(role, "name"))
    for subject in items(binding.config, "subjects"):
        kind, name = subject["kind"], subject["name"]
        namespace = subject.get("namespace", binding.namespace)
        is_known = name == "default" or cluster.find(kind, namespace, name)
        if kind == "ServiceAccount" and not is_known:
            rule, line = "missing-serviceaccount", line_of(subject, "name")
            yield _missing(rule, binding, kind, name, line)
