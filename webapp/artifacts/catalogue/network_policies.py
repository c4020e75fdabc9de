"""Network policies: who may reach an application, and what it may reach itself."""

from typing import Any

from webapp.artifacts.backing import BACKING, known
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import App, listed, present, read_app, unknown_name, unknown_port
from webapp.artifacts.catalogue.network_policies_targets import TARGETS, Target
from webapp.artifacts.checks.network_policies import check
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- NetworkPolicy objects of networking.k8s.io/v1, one file each under network-policies/. No \
namespace unless one is given; no policies of one network plugin (Cilium, Calico) unless the \
brief asks for them.
- First default-deny: podSelector {}, policyTypes [Ingress, Egress], no rules. Every other policy \
only allows, and names one reason.
- Each policy has policyTypes, and rules for no direction that is not in it. podSelector uses the \
labels that the pods really have (app.kubernetes.io/name).
- Ingress: the port of the container (its number or its name, never the port of the Service), from \
the pods of the Ingress controller and of those that call it. A “from” that is left out lets \
everybody in.
- Egress: DNS first (UDP and TCP 53 to k8s-app: kube-dns in kube-system), then each database, \
queue and API by its port and its pods or addresses. A port of a Service is that of the pods \
behind it.
- In one item of a list, namespaceSelector and podSelector mean both; in two items either. \
Namespaces are selected by kubernetes.io/metadata.name.
- Addresses are CIDR ranges; host names are not possible. 0.0.0.0/0 for egress to the internet \
excepts private ranges and 169.254.0.0/16.
- Replies need no rule. Probes of the kubelet are let in by most network plugins.
- In the notes: what has to be on in the cluster for policies to be enforced, the labels and \
addresses that were assumed, and how to try it out before production."""


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    target = TARGETS.get(given.target or "")
    policies = {"default-deny": _default_deny(), "allow-egress": _egress(app)}
    if app.listens:
        policies["allow-ingress"] = _ingress(app, app.listens, target)
    files = (
        ArtifactFile(f"network-policies/{name}.yaml", yaml_file(one))
        for name, one in policies.items()
    )
    return Template(tuple(files), _unknown(app, target))


def _policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return {**head, "metadata": {"name": name}, "spec": spec}


def _default_deny() -> dict[str, Any]:
    return _policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


def _pods(app: App) -> dict[str, Any]:
    return {"matchLabels": {"app.kubernetes.io/name": app.name}}


def _ingress(app: App, port: int, target: Target | None) -> dict[str, Any]:
    callers = [{"podSelector": {}}, *(target.entry if target else ())]
    rule = {"from": callers, "ports": [{"protocol": "TCP", "port": port}]}
    spec = {"podSelector": _pods(app), "policyTypes": ["Ingress"], "ingress": [rule]}
    return _policy(f"{app.name}-ingress", spec)


def _egress(app: App) -> dict[str, Any]:
    resolver = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    # What a cache on each node listens on, where there is one.
    cache = {"ipBlock": {"cidr": "169.254.20.10/32"}}
    names = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    services = [{"ports": [{"protocol": "TCP", "port": port}]} for _, port in _services(app)]
    rules = [{"to": [resolver, cache], "ports": names}, *services]
    spec = {"podSelector": _pods(app), "policyTypes": ["Egress"], "egress": rules}
    return _policy(f"{app.name}-egress", spec)


def _services(app: App) -> list[tuple[str, int]]:
    """Title and port of each service that it needs and that templates know."""
    return [(one.title, int(one.variables["PORT"])) for one in known(app.services)]


def _unknown(app: App, target: Target | None) -> tuple[str, ...]:
    services = [f"{title} at {port}" for title, port in _services(app)]
    strange = [name for name in app.services if name not in BACKING]
    return present(
        unknown_name(app),
        "default-deny holds for all pods of the namespace: others there need policies too.",
        f"The pods are taken to have the label app.kubernetes.io/name: {app.name}.",
        f"Where these run is not known, so their ports are open to everywhere: {listed(services)}."
        if services
        else None,
        f"No template knows the port of {listed(strange)}: allow it." if strange else None,
        "What else it calls is not known: all other egress is denied, also to the internet.",
        "Who calls it is not known: all pods of its namespace may." if app.listens else None,
        "Which Ingress controller leads to it is not known: allow its namespace."
        if app.listens and not target
        else None,
        target.enforced
        if target
        else "Whether the cluster enforces policies is not known: without a network plugin that "
        "does, they change nothing.",
        target.callers if target and app.listens else None,
        unknown_port(app),
        "No port is known: nothing may reach it." if not app.listens else None,
    )


KIND = Kind(
    name="network-policies",
    title="Network policies",
    expected=("network-policies/*.yaml",),
    max_tokens=8_000,
    version=1,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    targets=tuple(TARGETS),
    target_instructions={name: target.instructions for name, target in TARGETS.items()},
    wants=(
        FileGroup.CLUSTER,
        FileGroup.CONTAINER,
        FileGroup.CONFIG,
        FileGroup.ENTRY,
        FileGroup.MANIFEST,
        FileGroup.README,
    ),
)
