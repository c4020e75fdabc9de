"""Pairs for the rules of network policies."""

from tests.artifacts.checks.rules.pair import Pair, swaps
from tests.artifacts.checks.test_check_network_policies import GOOD, PATH, POD
from webapp.artifacts.checks.network_policies import check

TYPES = "    - Ingress\n    - Egress\n"
BLOCK = "cidr: 10.0.0.0/8, except: [10.1.0.0/16]"
swap = swaps(PATH, GOOD)

CHECK = check
PAIRS = {
    "network-policies/no-policy": Pair({PATH: POD}, {PATH: GOOD + POD}),
    "network-policies/ignored-rules": swap(TYPES, "    - Ingress\n", TYPES),
    "network-policies/address": swap("10.1.0.0/16", "11.0.0.0/16", "10.255.0.0/16"),
    "network-policies/port-range": swap("endPort: 9010", "endPort: 8010", "endPort: 9000"),
    "network-policies/no-types": swap(
        f"  policyTypes:\n{TYPES}", "", "  policyTypes: [Egress, Ingress]\n"
    ),
    "network-policies/no-dns": swap(
        "port: 53, protocol: UDP", "port: 54, protocol: UDP", "port: 53, protocol: UDP, endPort: 54"
    ),
    "network-policies/no-default-deny": swap(
        "podSelector: {}", "podSelector: {matchLabels: {app: x}}", "podSelector: {matchLabels: {}}"
    ),
    "network-policies/open-egress": swap(
        "to: [{podSelector: {matchLabels: {app: db}}}]\n     ", "", "to: [{podSelector: {}}]\n     "
    ),
    "network-policies/open-ingress": swap(
        "    - from:",
        "    - ports: []\n    - from:",
        "    - from: [{podSelector: {}}]\n    - from:",
    ),
    "network-policies/every-address": swap(BLOCK, "cidr: 0.0.0.0/0", "cidr: 10.0.0.0/8"),
    "network-policies/namespace-label": swap("kubernetes.io/metadata.name", "name", "team"),
    "network-policies/undeclared-port": swaps(PATH, GOOD + POD)(
        "{port: http}", "{port: web}", "{port: 8000}"
    ),
}
