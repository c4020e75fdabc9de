"""Each pod of a cluster by itself: would Kubernetes take it, and can its containers start."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from webapp.artifacts.checks import findings
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.kubernetes_objects import (
    Cluster,
    Container,
    KubernetesObject,
    Pod,
    inner,
    items,
    line_of,
)
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import Finding, Severity

SEVERITY = {
    "kubernetes/duplicate-name": Severity.ERROR,
    "kubernetes/undeclared-volume": Severity.ERROR,
    "kubernetes/mount-clash": Severity.ERROR,
    "kubernetes/env": Severity.ERROR,
    "kubernetes/probe": Severity.ERROR,
    "kubernetes/probe-port": Severity.ERROR,
    "kubernetes/requests-over-limits": Severity.ERROR,
    "kubernetes/memory-unit": Severity.ERROR,
    "kubernetes/root-refused": Severity.ERROR,
    "kubernetes/strategy": Severity.ERROR,
    "kubernetes/duplicate-env": Severity.WARNING,
    "kubernetes/undeclared-port": Severity.WARNING,
    "kubernetes/unused-volume": Severity.NOTE,
}
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
_DECIMAL = ("n", "u", "m", "", *"kMGTPE")
_QUANTITY = re.compile(r"\+?([0-9.]+)(?:([eE][+-]?[0-9]+)|([A-Za-z]*))")
_FACTORS = {
    **{unit: Decimal(1000) ** power for power, unit in enumerate(_DECIMAL, -3)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


def pods(cluster: Cluster) -> Iterator[Finding]:
    """What Kubernetes refuses in pods and in how they are replaced, and what never starts."""
    for one in cluster.of_kind("Deployment"):
        yield from _strategy(one)
    for pod in cluster.pods:
        yield from _names(pod)
        yield from _volumes(pod)
        for container in pod.containers:
            yield from _environment(pod, container)
            yield from _probes(pod, container)
            yield from _resources(pod, container)
            yield from _user(pod, container)


def _finding(rule: str, one: KubernetesObject, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"kubernetes/{rule}", one.path, line, message)


def _strategy(deployment: KubernetesObject) -> Iterator[Finding]:
    strategy = inner(deployment.spec, "strategy")
    rolling = inner(strategy, "rollingUpdate")
    steps = [str(rolling.get(key, "25%")) for key in ("maxSurge", "maxUnavailable")]
    if strategy.get("type") == "Recreate" and rolling:
        message = f"{deployment.title} is recreated, so it cannot have a rollingUpdate."
    elif all(step in ("0", "0%") for step in steps):
        message = f"{deployment.title} allows neither a pod more nor a pod less during an update."
    else:
        return
    yield _finding("strategy", deployment, line_of(strategy, "rollingUpdate"), message)


def _names(pod: Pod) -> Iterator[Finding]:
    containers = [container.config for container in pod.containers]
    volumes = items(pod.spec, "volumes")
    for what, group in (("containers", containers), ("volumes", volumes)):
        for named in _repeated(group, "name"):
            message = f"Two {what} of {pod.owner.title} are called {shortened(named['name'])}."
            yield _finding("duplicate-name", pod.owner, line_of(named, "name"), message)
    for container in pod.containers:
        for mount in _repeated(items(container.config, "volumeMounts"), "mountPath"):
            message = f"{container.name} mounts two volumes at {shortened(mount['mountPath'])}."
            yield _finding("mount-clash", pod.owner, line_of(mount, "mountPath"), message)
        for variable in _repeated(items(container.config, "env"), "name"):
            message = f"{container.name} sets {shortened(variable['name'])} twice: the last counts."
            yield _finding("duplicate-env", pod.owner, line_of(variable, "name"), message)


def _repeated(group: Iterable[YamlMap], key: str) -> Iterator[YamlMap]:
    seen: set[str] = set()
    for one in group:
        if one[key] in seen:
            yield one
        seen.add(one[key])


def _volumes(pod: Pod) -> Iterator[Finding]:
    volumes = items(pod.spec, "volumes")
    claims = items(pod.owner.spec, "volumeClaimTemplates")
    mounts = [
        mount
        for container in pod.containers
        for key in ("volumeMounts", "volumeDevices")
        for mount in items(container.config, key)
    ]
    declared = {volume["name"] for volume in volumes}
    declared |= {inner(claim, "metadata").get("name") for claim in claims}
    for mount in mounts:
        if mount["name"] not in declared:
            message = f"{pod.owner.title} has no volume “{shortened(mount['name'])}” to mount."
            yield _finding("undeclared-volume", pod.owner, line_of(mount, "name"), message)
    mounted = {mount["name"] for mount in mounts}
    for volume in volumes:
        if volume["name"] not in mounted:
            message = f"No container of {pod.owner.title} mounts the volume {volume['name']}."
            yield _finding("unused-volume", pod.owner, line_of(volume, "name"), message)


def _environment(pod: Pod, container: Container) -> Iterator[Finding]:
    for variable in items(container.config, "env"):
        sources = inner(variable, "valueFrom")
        if "valueFrom" in variable and (variable.get("value") or len(sources) != 1):
            message = f"{shortened(variable['name'])} needs exactly one source of its value."
            yield _finding("env", pod.owner, variable.line, message)


def _probes(pod: Pod, container: Container) -> Iterator[Finding]:
    for key in PROBES:
        probe = inner(container.config, key)
        if key not in container.config:
            continue
        line = line_of(container.config, key)
        handlers = [handler for handler in _HANDLERS if handler in probe]
        if len(handlers) != 1:
            message = f"The {key} of {container.name} needs exactly one of {', '.join(_HANDLERS)}."
            yield _finding("probe", pod.owner, line, message)
        elif container.starts_first and "restartPolicy" not in container.config:
            message = f"{container.name} ends before the pod starts, so it can have no {key}."
            yield _finding("probe", pod.owner, line, message)
        elif key != "readinessProbe" and probe.get("successThreshold", 1) != 1:
            message = f"The successThreshold of a {key} can only be 1."
            yield _finding("probe", pod.owner, line_of(probe, "successThreshold"), message)
        else:
            yield from _probe_port(pod, container, inner(probe, handlers[0]))


def _probe_port(pod: Pod, container: Container, handler: YamlMap) -> Iterator[Finding]:
    port, line = handler.get("port"), line_of(handler, "port")
    numbers = container.port_numbers
    if isinstance(port, str) and port not in container.port_names:
        message = f"{container.name} has no port called “{shortened(port)}” to be probed on."
        yield _finding("probe-port", pod.owner, line, message)
    elif isinstance(port, int) and numbers and port not in numbers:
        message = f"{container.name} is probed on port {port}, which it does not declare."
        yield _finding("undeclared-port", pod.owner, line, message)


def _resources(pod: Pod, container: Container) -> Iterator[Finding]:
    requests = inner(container.config, "resources", "requests")
    limits = inner(container.config, "resources", "limits")
    for name, value in requests.items():
        asked, allowed = number(value), number(limits.get(name))
        if asked is not None and allowed is not None and asked > allowed:
            message = f"{container.name} requests more {shortened(name)} than its limit."
            yield _finding("requests-over-limits", pod.owner, line_of(requests, name), message)
    for amounts in (requests, limits):
        if meant := _meant_memory(str(amounts.get("memory", ""))):
            message = f"This much memory {meant}."
            yield _finding("memory-unit", pod.owner, line_of(amounts, "memory"), message)


def _meant_memory(memory: str) -> str | None:
    """What an amount without its unit says, and what it should, as the end of a sentence."""
    if memory.endswith("m"):
        return f"is {memory[:-1]} thousandths of a byte: write {memory[:-1]}Mi"
    # No program fits into a megabyte.
    if memory.isdecimal() and len(memory) <= 6:
        return f"is {memory} bytes: write {memory}Mi"
    return None


def number(quantity: object) -> Decimal | None:
    """A quantity as a number; None for those that are none."""
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None or match[3] not in (None, *_FACTORS):
        return None
    return Decimal(f"{match[1]}{match[2] or ''}") * _FACTORS[match[3] or ""]


def _user(pod: Pod, container: Container) -> Iterator[Finding]:
    own, common = inner(container.config, "securityContext"), inner(pod.spec, "securityContext")
    settings = {**common, **own}
    if settings.get("runAsNonRoot") and settings.get("runAsUser") == 0:
        message = f"{container.name} should run as user 0, yet not as root: it does not start."
        where = own if "runAsUser" in own else common
        yield _finding("root-refused", pod.owner, line_of(where, "runAsUser"), message)
