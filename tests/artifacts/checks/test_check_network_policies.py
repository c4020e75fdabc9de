import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places
from webapp.artifacts.checks.network_policies import check
from webapp.domain.artifact import ArtifactFile

PATH = "network-policies/all.yaml"
GOOD = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shop}
spec:
  podSelector:
    matchLabels: {app: shop}
  policyTypes:
    - Ingress
    - Egress
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: {kubernetes.io/metadata.name: ingress-nginx}
        - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
      ports:
        - {port: http}
        - {port: 9000, endPort: 9010}
  egress:
    - to: [{podSelector: {matchLabels: {app: db}}}]
      ports: [{port: 5432}]
    - ports: [{port: 53, protocol: UDP}, {port: 53}]
"""
POD = """\
---
apiVersion: v1
kind: Pod
metadata: {name: shop, labels: {app: shop}}
spec:
  securityContext: {runAsNonRoot: true}
  containers:
    - name: app
      image: shop:1
      ports: [{name: http, containerPort: 8000}]
      resources: {limits: {memory: 1Gi}}
"""

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("    - Ingress\n    - Egress\n", "    - Ingress\n", "ignored-rules", "  egress:"),
    ("    - Ingress\n    - Egress\n", "    - Egress\n", "ignored-rules", "  ingress:"),
    ("10.0.0.0/8", "10.0.0.0", "address", "10.0.0.0"),
    ("10.0.0.0/8", "example.org/8", "address", "example.org"),
    ("10.1.0.0/16", "11.0.0.0/16", "address", "11.0.0.0"),
    ("10.1.0.0/16", "'fd00::/8'", "address", "fd00"),
    ("endPort: 9010", "endPort: 8010", "port-range", "8010"),
    ("port: 9000", "port: http", "port-range", "9010"),
]
REMARKED = [
    ("  policyTypes:\n    - Ingress\n    - Egress\n", "", "no-types", "  podSelector:\n"),
    ("port: 53, protocol: UDP", "port: 54, protocol: UDP", "no-dns", "  egress:"),
    ("podSelector: {}", "podSelector: {matchLabels: {app: x}}", "no-default-deny", "app: x"),
    ("to: [{podSelector: {matchLabels: {app: db}}}]\n     ", "", "open-egress", "5432"),
    ("10.0.0.0/8, except: [10.1.0.0/16]", "0.0.0.0/0", "every-address", "0.0.0.0"),
    ("kubernetes.io/metadata.name", "name", "namespace-label", "name: ingress-nginx"),
]


def test_good_policies_have_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []
    assert check(files(PATH, GOOD + POD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_a_policy_that_does_not_hold_what_it_says_is_an_error(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    found = check(files(PATH, text))
    assert (f"network-policies/{rule}", line_of(text, mark)) in places(errors(found))


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_remarked_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    found = check(files(PATH, text))
    assert (f"network-policies/{rule}", line_of(text, mark)) in places(found)
    assert {finding.rule for finding in found} <= {f"network-policies/{rule}"} | {
        "network-policies/open-egress"
    }
    assert not errors(found)


def test_a_rule_without_from_lets_everybody_in() -> None:
    start = GOOD.index("    - from:")
    text = GOOD[:start] + GOOD[start:].replace("    - from:", "    - ports: []\n    - from:", 1)
    assert places(check(files(PATH, text))) == [
        ("network-policies/open-ingress", line_of(text, "ports: []"))
    ]


def test_a_port_that_no_container_has_is_a_warning() -> None:
    text = faulty(GOOD, "{port: http}", "{port: web}") + POD
    assert places(check(files(PATH, text))) == [
        ("network-policies/undeclared-port", line_of(text, "port: web"))
    ]


def test_names_may_be_asked_for_by_another_policy() -> None:
    dns = "    - ports: [{port: 53, protocol: UDP}, {port: 53}]\n"
    other = faulty(GOOD, dns, "").replace("name: shop", "name: other")
    both = [ArtifactFile(PATH, GOOD), ArtifactFile("b.yaml", other.partition("---\n")[2])]
    assert check(both) == []


def test_what_kubernetes_refuses_is_found_before() -> None:
    text = faulty(GOOD, "policyTypes: [Ingress, Egress]", "policyType: [Ingress]")
    assert places(errors(check(files(PATH, text)))) == [
        ("kubernetes/unknown-field", line_of(text, "policyType: "))
    ]


def test_an_answer_without_a_policy_is_an_error() -> None:
    pod = POD.removeprefix("---\n")
    assert places(errors(check(files(PATH, pod)))) == [("network-policies/no-policy", None)]


def test_many_policies_are_looked_through_in_linear_time() -> None:
    rules = ", ".join("{ports: [{port: 1}]}" for _ in range(60))
    policy = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: a{n}}}\n"
        "spec: {{podSelector: {{matchLabels: {{a: b{n}}}}}, policyTypes: [Egress], "
        "egress: [{rules}]}}\n"
    )
    text = "---\n".join(policy.format(n=n, rules=rules) for n in range(100))
    assert 0 < len(check(files(PATH, text))) <= 300
