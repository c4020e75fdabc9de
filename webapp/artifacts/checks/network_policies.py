"""Network policies: that each holds what it says, and that nothing is cut off by mistake."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from webapp.artifacts.checks import findings, kubernetes
from webapp.artifacts.checks.findings import shortened
from webapp.artifacts.checks.kubernetes_links import matches
from webapp.artifacts.checks.kubernetes_objects import (
    Cluster,
    KubernetesObject,
    inner,
    items,
    line_of,
)
from webapp.artifacts.checks.kubernetes_read import read_cluster
from webapp.artifacts.checks.yaml_source import YamlMap
from webapp.domain.artifact import ArtifactFile, Finding, Severity

SEVERITY = {
    "network-policies/no-policy": Severity.ERROR,
    "network-policies/ignored-rules": Severity.ERROR,
    "network-policies/address": Severity.ERROR,
    "network-policies/port-range": Severity.ERROR,
    "network-policies/no-types": Severity.WARNING,
    "network-policies/no-dns": Severity.WARNING,
    "network-policies/undeclared-port": Severity.WARNING,
    "network-policies/no-default-deny": Severity.NOTE,
    "network-policies/open-ingress": Severity.NOTE,
    "network-policies/open-egress": Severity.NOTE,
    "network-policies/every-address": Severity.NOTE,
    "network-policies/namespace-label": Severity.NOTE,
}
_DNS = 53
_PEERS = {"ingress": "from", "egress": "to"}

_Found = Iterator[Finding]


def check(files: Sequence[ArtifactFile]) -> list[Finding]:
    """Findings on the policies of an answer, after those that any manifest may have."""
    return findings.staged(_stages(files))


def _stages(files: Sequence[ArtifactFile]) -> Iterator[Iterable[Finding]]:
    yield kubernetes.check(files)
    cluster = read_cluster(files)
    policies = list(cluster.of_kind("NetworkPolicy"))
    if not policies:
        message = "There is no NetworkPolicy among these files."
        yield [findings.make(SEVERITY, "network-policies/no-policy", "", None, message)]
        return
    yield (found for policy in policies for found in _own(policy))
    yield (*_default_deny(policies), *_dns(policies), *_ports(cluster, policies))


def _finding(rule: str, policy: KubernetesObject, line: int, message: str) -> Finding:
    return findings.make(SEVERITY, f"network-policies/{rule}", policy.path, line, message)


def _types(policy: KubernetesObject) -> list[str]:
    """The directions that a policy restricts; where it does not say, as Kubernetes fills in."""
    inferred = ["Ingress", "Egress"] if items(policy.spec, "egress") else ["Ingress"]
    return [str(one) for one in policy.spec.get("policyTypes", inferred)]


def _rules(policy: KubernetesObject, direction: str) -> list[YamlMap]:
    is_restricted = direction.capitalize() in _types(policy)
    return items(policy.spec, direction) if is_restricted else []


def _own(policy: KubernetesObject) -> _Found:
    if not policy.spec.get("policyTypes"):
        message = f"{policy.title} has no policyTypes: write which directions it restricts."
        yield _finding("no-types", policy, policy.spec.line, message)
    for direction in _PEERS:
        if items(policy.spec, direction) and direction.capitalize() not in _types(policy):
            message = f"The {direction} rules of {policy.title} count only with it in policyTypes."
            yield _finding("ignored-rules", policy, line_of(policy.spec, direction), message)
        for rule in _rules(policy, direction):
            yield from _peers(policy, direction, rule)
            yield from _port_ranges(policy, rule)


def _peers(policy: KubernetesObject, direction: str, rule: YamlMap) -> _Found:
    peers = items(rule, _PEERS[direction])
    numbers = {port.get("port") for port in items(rule, "ports")}
    if not peers and direction == "ingress":
        message = f"{policy.title} lets everybody in: name the pods or addresses under “from”."
        yield _finding("open-ingress", policy, rule.line, message)
    elif not peers and numbers != {_DNS}:
        message = f"{policy.title} lets its pods reach any address: name which under “to”."
        yield _finding("open-egress", policy, rule.line, message)
    for peer in peers:
        yield from _address(policy, inner(peer, "ipBlock"))
        labels = inner(peer, "namespaceSelector", "matchLabels")
        if "name" in labels:
            message = "Namespaces carry their name as kubernetes.io/metadata.name, not as “name”."
            yield _finding("namespace-label", policy, labels.lines["name"], message)


def _address(policy: KubernetesObject, block: YamlMap) -> _Found:
    if "cidr" not in block:
        return
    line, network = line_of(block, "cidr"), _network(block["cidr"])
    if network is None:
        message = f"“{shortened(block['cidr'])}” is no range of addresses, as 10.0.0.0/8 is."
        yield _finding("address", policy, line, message)
        return
    if network.prefixlen == 0 and not block.get("except"):
        message = f"{policy.title} means every address there is."
        yield _finding("every-address", policy, line, message)
    for text in block.get("except", ()):
        if not _is_part(_network(text), network):
            message = f"“{shortened(text)}” is no part of {network}, of which it is excepted."
            yield _finding("address", policy, line_of(block, "except"), message)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _is_part(part: IPv4Network | IPv6Network | None, whole: IPv4Network | IPv6Network) -> bool:
    if isinstance(part, IPv4Network) and isinstance(whole, IPv4Network):
        return part.subnet_of(whole)
    if isinstance(part, IPv6Network) and isinstance(whole, IPv6Network):
        return part.subnet_of(whole)
    return False


def _port_ranges(policy: KubernetesObject, rule: YamlMap) -> _Found:
    for port in items(rule, "ports"):
        first, last = port.get("port"), port.get("endPort")
        if last is not None and (not isinstance(first, int) or last < first):
            message = "endPort ends a range of numbers: it needs a port that is not above it."
            yield _finding("port-range", policy, line_of(port, "endPort"), message)


def _default_deny(policies: Sequence[KubernetesObject]) -> _Found:
    def denies(policy: KubernetesObject) -> bool:
        rules = (*_rules(policy, "ingress"), *_rules(policy, "egress"))
        return not any(inner(policy.spec, "podSelector").values()) and not rules

    for namespace in dict.fromkeys(policy.namespace for policy in policies):
        own = [policy for policy in policies if policy.namespace == namespace]
        if not any(denies(policy) for policy in own):
            message = "No policy denies what the others do not allow: pods they miss stay open."
            yield _finding("no-default-deny", own[0], own[0].spec.line, message)


def _dns(policies: Sequence[KubernetesObject]) -> _Found:
    """Pods that may go somewhere, but not ask for its name."""
    resolving = [
        (one.namespace, inner(one.spec, "podSelector"))
        for one in policies
        if any(_allows_dns(rule) for rule in _rules(one, "egress"))
    ]
    for policy in policies:
        selector: dict[str, object] = inner(policy.spec, "podSelector")
        is_served = any((policy.namespace, one) in resolving for one in (selector, {}))
        if _rules(policy, "egress") and not is_served:
            message = (
                f"The pods of {policy.title} cannot ask for names: allow egress to port 53, UDP "
                "and TCP."
            )
            yield _finding("no-dns", policy, line_of(policy.spec, "egress"), message)


def _allows_dns(rule: YamlMap) -> bool:
    ports = items(rule, "ports")
    return not ports or any(
        port.get("protocol", "TCP") == "UDP" and _reaches_dns(port) for port in ports
    )


def _reaches_dns(port: YamlMap) -> bool:
    first = port.get("port", _DNS)
    last = port.get("endPort", first)
    return isinstance(first, int) and first <= _DNS <= last


def _ports(cluster: Cluster, policies: Sequence[KubernetesObject]) -> _Found:
    for policy in policies:
        selector = inner(policy.spec, "podSelector")
        chosen = [
            pod
            for pod in cluster.pods
            if selector
            and pod.owner.namespace == policy.namespace
            and matches(selector, pod.labels)
        ]
        containers = [container for pod in chosen for container in pod.containers]
        declared = {
            port
            for container in containers
            for port in (*container.port_names, *container.port_numbers)
        }
        for rule in _rules(policy, "ingress"):
            for port in items(rule, "ports"):
                if declared and port.get("port") not in declared and "endPort" not in port:
                    message = f"No container that {policy.title} selects has this port."
                    yield _finding("undeclared-port", policy, line_of(port, "port"), message)
