"""What enforces network policies in one sort of cluster, and from where requests come there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """One sort of cluster. `enforced` says what has to be on, None where all of it is.

    `entry` are the peers that requests from outside come from, `callers` what is not known of them.
    """

    instructions: str
    enforced: str | None = None
    entry: Sequence[Mapping[str, Any]] = ()
    callers: str | None = None


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


TARGETS: Mapping[str, Target] = {
    "minikube": Target(
        enforced="minikube's default network may enforce nothing: start it with --cni=calico.",
        entry=(_namespace("ingress-nginx"),),
        instructions="""\
- Enforced with minikube start --cni=calico (or cilium); not by the default bridge.
- The addon ingress runs in the namespace ingress-nginx.""",
    ),
    "kind": Target(
        enforced="kind enforces policies since version 0.24; older ones need another network.",
        entry=(_namespace("ingress-nginx"),),
        callers="ingress-nginx is assumed: cloud-provider-kind comes from outside of the cluster, "
        "so allow the addresses of the Docker network kind for it.",
        instructions="""\
- Its network, kindnet, enforces policies since kind 0.24.
- ingress-nginx runs in the namespace ingress-nginx; cloud-provider-kind comes from outside: an \
ipBlock with the addresses of the Docker network kind.""",
    ),
    "gke": Target(
        enforced="GKE enforces policies with Dataplane V2: always in Autopilot, in other clusters "
        "with --enable-dataplane-v2 at their creation.",
        entry=(
            {"ipBlock": {"cidr": "35.191.0.0/16"}},
            {"ipBlock": {"cidr": "130.211.0.0/22"}},
        ),
        callers="35.191.0.0/16 and 130.211.0.0/22 are Google's external load balancers; an "
        "internal one comes from its proxy-only subnet.",
        instructions="""\
- Enforced by Dataplane V2: always in Autopilot; in Standard --enable-dataplane-v2 at creation, or \
Calico by --enable-network-policy in clusters without it.
- External load balancers and all health checks come from 35.191.0.0/16 and 130.211.0.0/22, an \
internal load balancer from the proxy-only subnet.
- Workload Identity needs egress to the metadata server: 169.254.169.252/32 port 988 and \
169.254.169.254/32 port 80.""",
    ),
    "eks": Target(
        enforced="EKS enforces policies only once enableNetworkPolicy is true in the VPC CNI "
        "add-on; Auto Mode wants a ConfigMap amazon-vpc-cni for it.",
        callers="The load balancer comes from addresses of its subnets, which are not known: allow "
        "them by an ipBlock.",
        instructions="""\
- Off by default: enableNetworkPolicy: "true" in the configuration of the VPC CNI add-on, 1.14 or \
later. In Auto Mode a ConfigMap amazon-vpc-cni in kube-system with \
enable-network-policy-controller: "true" and a NodeClass with networkPolicy DefaultAllow.
- An ALB with target-type ip comes from the addresses of its subnets: an ipBlock of these.
- EKS Pod Identity needs egress to 169.254.170.23/32 port 80; IRSA to STS on 443.
- Enforced for pods of Deployments and others that have an owner, not for pods alone.""",
    ),
    "aks": Target(
        enforced="AKS enforces policies only with an engine: --network-dataplane cilium, or "
        "--network-policy, when the cluster is made.",
        callers="The pods of a Gateway run in its namespace, taken to be this one; those of the "
        "older NGINX run in app-routing-system.",
        instructions="""\
- Needs an engine: Azure CNI powered by Cilium (--network-dataplane cilium), or --network-policy \
calico. Azure Network Policy Manager is being retired.
- The pods of a Gateway (application routing) run in the namespace of the Gateway, those of the \
older NGINX in app-routing-system.
- With Cilium an ipBlock matches neither pods nor nodes: select them by labels.
- Workload identity needs egress to login.microsoftonline.com on 443.""",
    ),
    "iks": Target(
        entry=(_namespace("kube-system"),),
        callers="The pods of the Ingress run in kube-system: others there may reach it as well.",
        instructions="""\
- Calico is in every cluster and enforces policies.
- The application load balancers of the Ingress are pods in kube-system.
- IBM's own policies for the cluster stay as they are: no policy here selects kube-system.""",
    ),
}
