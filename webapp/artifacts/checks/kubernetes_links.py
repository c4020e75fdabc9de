"""What the objects of a cluster ask of each other: selectors, ports, targets."""

from collections.abc import Iterator, Mapping
from itertools import permutations

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
    "kubernetes/selector": Severity.ERROR,
    "kubernetes/selector-mismatch": Severity.ERROR,
    "kubernetes/service-port": Severity.ERROR,
    "kubernetes/target-port": Severity.ERROR,
    "kubernetes/external-name": Severity.ERROR,
    "kubernetes/ingress-port": Severity.ERROR,
    "kubernetes/ingress-backend": Severity.ERROR,
    "kubernetes/ingress-class": Severity.ERROR,
    "kubernetes/autoscaler-range": Severity.ERROR,
    "kubernetes/autoscaler-target": Severity.ERROR,
    "kubernetes/disruption-budget": Severity.ERROR,
    "kubernetes/selects-nothing": Severity.WARNING,
    "kubernetes/shared-labels": Severity.WARNING,
    "kubernetes/undeclared-port": Severity.WARNING,
    "kubernetes/missing-service": Severity.WARNING,
    "kubernetes/missing-target": Severity.WARNING,
    "kubernetes/no-cpu-request": Severity.WARNING,
    "kubernetes/fixed-replicas": Severity.NOTE,
}
_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
_UNSCALABLE = frozenset({"DaemonSet", "Job", "CronJob", "Pod", "Service"})


def links(cluster: Cluster) -> Iterator[Finding]:
    """Selectors, ports and targets that meet nothing, or not what they should."""
    yield from _own_pods(cluster)
    yield from _shared_labels(cluster)
    for service in cluster.of_kind("Service"):
        yield from _service_ports(service)
        yield from _service_pods(cluster, service)
    for ingress in cluster.of_kind("Ingress"):
        yield from _ingress(cluster, ingress)
    for autoscaler in cluster.of_kind("HorizontalPodAutoscaler"):
        yield from _autoscaler(cluster, autoscaler)
    for budget in cluster.of_kind("PodDisruptionBudget"):
        yield from _disruption_budget(budget)
        yield from _selects(cluster, budget, "selector")
    for policy in cluster.of_kind("NetworkPolicy"):
        yield from _selects(cluster, policy, "podSelector")
    for stateful in cluster.of_kind("StatefulSet"):
        name = stateful.spec["serviceName"]
        line = line_of(stateful.spec, "serviceName")
        yield from _missing_service(cluster, stateful, name, line)


def matches(selector: YamlMap, labels: Mapping[str, str]) -> bool:
    """Whether a label selector meets these labels; an empty one meets all."""
    wanted = inner(selector, "matchLabels").items()
    return wanted <= labels.items() and all(
        _holds(expression, labels) for expression in items(selector, "matchExpressions")
    )


def _holds(expression: YamlMap, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", ())
    return {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }[expression["operator"]]


def _finding(rule: str, one: KubernetesObject, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"kubernetes/{rule}", one.path, line, message)


def _own_pods(cluster: Cluster) -> Iterator[Finding]:
    for pod in cluster.pods:
        selector = inner(pod.owner.spec, "selector")
        if pod.owner.kind in _SELECTING and not (selector and matches(selector, pod.labels)):
            message = f"The selector of {pod.owner.title} does not match the labels of its pods."
            yield _finding("selector", pod.owner, line_of(pod.owner.spec, "selector"), message)


def _shared_labels(cluster: Cluster) -> Iterator[Finding]:
    owned = [pod for pod in cluster.pods if pod.owner.kind in _SELECTING]
    for pod, other in permutations(owned, 2):
        selector = inner(pod.owner.spec, "selector")
        if _same_namespace(pod.owner, other.owner) and matches(selector, other.labels):
            message = (
                f"{pod.owner.title} also selects the pods of {other.owner.title}: label them apart."
            )
            yield _finding("shared-labels", pod.owner, line_of(pod.owner.spec, "selector"), message)


def _same_namespace(one: KubernetesObject, other: KubernetesObject) -> bool:
    return one.namespace == other.namespace


def _service_ports(service: KubernetesObject) -> Iterator[Finding]:
    spec, ports = service.spec, items(service.spec, "ports")
    kind = spec.get("type", "ClusterIP")
    if kind == "ExternalName":
        if "externalName" not in spec:
            message = f"{service.title} is an ExternalName without an externalName."
            yield _finding("external-name", service, line_of(spec, "type"), message)
        return
    if not ports and spec.get("clusterIP") != "None":
        message = f"{service.title} has no ports."
        yield _finding("service-port", service, line_of(spec, "ports"), message)
    seen: set[object] = set()
    for port in ports:
        taken = (port["port"], port.get("protocol", "TCP"))
        if len(ports) > 1 and "name" not in port:
            message = f"Each port of {service.title} needs a name, as there are several."
            yield _finding("service-port", service, port.line, message)
        if taken in seen or ("name" in port and port["name"] in seen):
            message = f"This port of {service.title} has the number or the name of another."
            yield _finding("service-port", service, port.line, message)
        if "nodePort" in port and kind == "ClusterIP":
            message = f"{service.title} has a nodePort, but is of the type ClusterIP."
            yield _finding("service-port", service, line_of(port, "nodePort"), message)
        seen |= {taken, port.get("name")}


def _service_pods(cluster: Cluster, service: KubernetesObject) -> Iterator[Finding]:
    selector = inner(service.spec, "selector")
    if not selector:
        return
    near = [pod for pod in cluster.pods if _same_namespace(service, pod.owner)]
    chosen = [pod for pod in near if selector.items() <= pod.labels.items()]
    if chosen:
        yield from _target_ports(service, chosen)
    elif cluster.pods:
        yield _no_pods(service, selector, near)


def _no_pods(service: KubernetesObject, selector: YamlMap, near: list[Pod]) -> Finding:
    line = line_of(service.spec, "selector")
    for pod in near:
        if pod.owner.name == service.name or selector.items() & pod.labels.items():
            message = f"{service.title} misses the pods of {pod.owner.title}: their labels differ."
            return _finding("selector-mismatch", service, line, message)
    message = f"{service.title} selects no pods of these files."
    return _finding("selects-nothing", service, line, message)


def _target_ports(service: KubernetesObject, chosen: list[Pod]) -> Iterator[Finding]:
    containers = [container for pod in chosen for container in pod.containers]
    names = {name for container in containers for name in container.port_names}
    numbers = {number for container in containers for number in container.port_numbers}
    for port in items(service.spec, "ports"):
        target = port.get("targetPort", port["port"])
        line = line_of(port, "targetPort")
        if isinstance(target, str) and target not in names:
            message = f"No container behind {service.title} has a port named “{target}”."
            yield _finding("target-port", service, line, message)
        elif isinstance(target, int) and numbers and target not in numbers:
            message = f"No container behind {service.title} declares the port {target}."
            yield _finding("undeclared-port", service, line, message)


def _ingress(cluster: Cluster, ingress: KubernetesObject) -> Iterator[Finding]:
    annotations = inner(ingress.metadata, "annotations")
    if _CLASS_ANNOTATION in annotations and "ingressClassName" in ingress.spec:
        message = f"{ingress.title} has both {_CLASS_ANNOTATION} and ingressClassName: keep one."
        yield _finding("ingress-class", ingress, line_of(annotations, _CLASS_ANNOTATION), message)
    backends = [
        inner(path, "backend")
        for rule in items(ingress.spec, "rules")
        for path in items(inner(rule, "http"), "paths")
    ]
    if default := inner(ingress.spec, "defaultBackend"):
        backends.append(default)
    if not backends:
        message = f"{ingress.title} leads nowhere: it has neither paths nor a defaultBackend."
        yield _finding("ingress-backend", ingress, ingress.spec.line, message)
    for backend in backends:
        if "service" in backend:
            yield from _backend(cluster, ingress, backend["service"])
        elif "resource" not in backend:
            message = f"A backend of {ingress.title} names no service."
            yield _finding("ingress-backend", ingress, backend.line, message)


def _backend(cluster: Cluster, ingress: KubernetesObject, backend: YamlMap) -> Iterator[Finding]:
    name, port = backend["name"], inner(backend, "port")
    if len(port) != 1:
        message = f"A backend of {ingress.title} needs the number or the name of a port, not both."
        yield _finding("ingress-port", ingress, line_of(backend, "port"), message)
        return
    service = cluster.find("Service", ingress.namespace, name)
    if service is None:
        yield from _missing_service(cluster, ingress, name, line_of(backend, "name"))
        return
    key, wanted = next(iter(port.items()))
    own = {"number": "port", "name": "name"}[key]
    if wanted not in [known.get(own) for known in items(service.spec, "ports")]:
        message = f"{service.title} has no port “{wanted}”, where {ingress.title} leads."
        yield _finding("ingress-port", ingress, line_of(port, key), message)


def _missing_service(
    cluster: Cluster, one: KubernetesObject, name: str, line: int
) -> Iterator[Finding]:
    if cluster.find("Service", one.namespace, name) is None:
        message = f"The Service “{shortened(name)}” of {one.title} is not among the files."
        yield _finding("missing-service", one, line, message)


def _autoscaler(cluster: Cluster, autoscaler: KubernetesObject) -> Iterator[Finding]:
    spec, target = autoscaler.spec, inner(autoscaler.spec, "scaleTargetRef")
    if spec.get("minReplicas", 1) > spec["maxReplicas"]:
        message = f"{autoscaler.title} has a minimum above its maximum."
        yield _finding("autoscaler-range", autoscaler, line_of(spec, "minReplicas"), message)
    if target["kind"] in _UNSCALABLE:
        message = f"A {target['kind']} cannot be scaled."
        yield _finding("autoscaler-target", autoscaler, line_of(target, "kind"), message)
        return
    scaled = cluster.find(target["kind"], autoscaler.namespace, target["name"])
    if scaled is None:
        message = f"{autoscaler.title} scales something that is not among the files."
        yield _finding("missing-target", autoscaler, line_of(target, "name"), message)
        return
    if "replicas" in scaled.spec:
        message = f"Each apply undoes what {autoscaler.title} did: leave “replicas” out."
        yield _finding("fixed-replicas", scaled, line_of(scaled.spec, "replicas"), message)
    pods = [pod for pod in cluster.pods if pod.owner is scaled]
    yield from _utilization(autoscaler, pods)


def _utilization(autoscaler: KubernetesObject, pods: list[Pod]) -> Iterator[Finding]:
    containers = [c for pod in pods for c in pod.containers if not c.starts_first]
    for metric in items(autoscaler.spec, "metrics"):
        name = inner(metric, "resource").get("name")
        if inner(metric, "resource", "target").get("type") != "Utilization":
            continue
        for container in containers:
            resources = inner(container.config, "resources")
            asked = {**inner(resources, "limits"), **inner(resources, "requests")}
            if name not in asked:
                message = f"{container.name} requests no {name}, so its use in percent is unknown."
                yield _finding("no-cpu-request", autoscaler, metric.line, message)


def _disruption_budget(budget: KubernetesObject) -> Iterator[Finding]:
    if {"minAvailable", "maxUnavailable"} <= budget.spec.keys():
        message = f"{budget.title} may have minAvailable or maxUnavailable, not both."
        line = line_of(budget.spec, "maxUnavailable")
        yield _finding("disruption-budget", budget, line, message)


def _selects(cluster: Cluster, one: KubernetesObject, key: str) -> Iterator[Finding]:
    selector = inner(one.spec, key)
    near = [pod for pod in cluster.pods if _same_namespace(one, pod.owner)]
    if selector and cluster.pods and not any(matches(selector, pod.labels) for pod in near):
        message = f"{one.title} selects no pods of these files."
        yield _finding("selects-nothing", one, line_of(one.spec, key), message)
