"""What a cluster would take, but should not be given without a thought."""

from collections.abc import Iterator

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.images import why_unpinned
from webapp.artifacts.checks.kubernetes_objects import (
    Cluster,
    Container,
    KubernetesObject,
    Pod,
    inner,
    items,
    line_of,
)
from webapp.artifacts.checks.literal_secrets import is_literal_secret
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "kubernetes/privileged": Severity.WARNING,
    "kubernetes/capabilities": Severity.WARNING,
    "kubernetes/host-namespace": Severity.WARNING,
    "kubernetes/docker-socket": Severity.WARNING,
    "kubernetes/host-path": Severity.WARNING,
    "kubernetes/unpinned-image": Severity.WARNING,
    "kubernetes/literal-secret": Severity.WARNING,
    "kubernetes/no-resources": Severity.WARNING,
    "kubernetes/runs-as-root": Severity.WARNING,
    "kubernetes/wildcard-role": Severity.WARNING,
    "kubernetes/may-run-as-root": Severity.NOTE,
    "kubernetes/no-probe": Severity.NOTE,
}
_SERVING = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_WIDE = frozenset({"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN", "BPF"})


def risks(cluster: Cluster) -> Iterator[Finding]:
    """Risks and missing safeguards, in pods, secrets and roles."""
    for pod in cluster.pods:
        yield from _host(pod)
        for container in pod.containers:
            yield from _image(pod, container)
            yield from _rights(pod, container)
            yield from _user(pod, container)
            yield from _variables(pod, container)
            yield from _safeguards(pod, container)
    for one in cluster.of_kind("Secret", "ConfigMap"):
        yield from _values(one)
    for role in cluster.of_kind("Role", "ClusterRole"):
        yield from _role(role)


def _finding(rule: str, one: KubernetesObject, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"kubernetes/{rule}", one.path, line, message)


def _host(pod: Pod) -> Iterator[Finding]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(key):
            message = f"{pod.owner.title} shares a namespace with its node ({key})."
            yield _finding("host-namespace", pod.owner, line_of(pod.spec, key), message)
    for volume in items(pod.spec, "volumes"):
        path = inner(volume, "hostPath").get("path", "")
        line = line_of(volume, "hostPath")
        if path.endswith(("docker.sock", "containerd.sock", "crio.sock")):
            message = f"{pod.owner.title} is given a container socket, and with it the whole node."
            yield _finding("docker-socket", pod.owner, line, message)
        elif path:
            message = f"{pod.owner.title} is given {shortened(path)} of its node."
            yield _finding("host-path", pod.owner, line, message)


def _image(pod: Pod, container: Container) -> Iterator[Finding]:
    if why := why_unpinned(container.config["image"]):
        message = f"The image of {container.name} {why}."
        yield _finding("unpinned-image", pod.owner, line_of(container.config, "image"), message)


def _rights(pod: Pod, container: Container) -> Iterator[Finding]:
    settings = inner(container.config, "securityContext")
    if settings.get("privileged"):
        message = f"{container.name} is privileged: it can do to its node whatever root can."
        yield _finding("privileged", pod.owner, line_of(settings, "privileged"), message)
    added = inner(settings, "capabilities").get("add", ())
    if wide := sorted(_WIDE & {str(name).removeprefix("CAP_") for name in added}):
        message = f"{container.name} is given {', '.join(wide)}, which is nearly as much as root."
        line = line_of(settings, "capabilities")
        yield _finding("capabilities", pod.owner, line, message)


def _user(pod: Pod, container: Container) -> Iterator[Finding]:
    own, common = inner(container.config, "securityContext"), inner(pod.spec, "securityContext")
    settings = {**common, **own}
    if settings.get("runAsUser") == 0:
        message = f"{container.name} runs as root."
        where = own if "runAsUser" in own else common
        yield _finding("runs-as-root", pod.owner, line_of(where, "runAsUser"), message)
    elif not settings.get("runAsNonRoot") and "runAsUser" not in settings:
        message = f"{container.name} may run as root: set runAsNonRoot in its securityContext."
        yield _finding("may-run-as-root", pod.owner, container.config.line, message)


def _variables(pod: Pod, container: Container) -> Iterator[Finding]:
    for variable in items(container.config, "env"):
        if is_literal_secret(variable["name"], variable.get("value")):
            name = shortened(variable["name"])
            message = f"The value of {name} is written out: take it from a Secret."
            yield _finding("literal-secret", pod.owner, line_of(variable, "value"), message)


def _safeguards(pod: Pod, container: Container) -> Iterator[Finding]:
    resources = inner(container.config, "resources")
    if not (inner(resources, "requests") or inner(resources, "limits")):
        message = f"{container.name} has neither requests nor limits: it can starve its node."
        yield _finding("no-resources", pod.owner, container.config.line, message)
    # Without a port it is a worker, to which nobody sends requests.
    is_serving = (
        pod.owner.kind in _SERVING and container.port_numbers and not container.starts_first
    )
    if is_serving and "readinessProbe" not in container.config:
        message = f"{container.name} has no readinessProbe: it gets requests before it is ready."
        yield _finding("no-probe", pod.owner, container.config.line, message)


def _values(one: KubernetesObject) -> Iterator[Finding]:
    for section in ("data", "stringData"):
        held = inner(one.config, section)
        for key, value in held.items():
            is_secret = bool(value) and "$" not in value and value[0] != "<"
            if is_secret if one.kind == "Secret" else is_literal_secret(key, value):
                message = (
                    f"The value of {shortened(key)} is written out: create it outside of the files."
                )
                yield _finding("literal-secret", one, held.lines[key], message)


def _role(role: KubernetesObject) -> Iterator[Finding]:
    for rule in items(role.config, "rules"):
        if all("*" in rule.get(key, ()) for key in ("verbs", "resources")):
            message = f"{role.title} may do everything: name the resources and verbs it needs."
            yield _finding("wildcard-role", role, rule.line, message)
