import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.kubernetes import check

WEB = sample("web.k8s.yaml")

# What is replaced in the sample, by what, and where which rule sees it.
REMARKED = [
    ("concurrencyPolicy: Forbid", "concurrencyPolicy:", "empty-value", "concurrencyPolicy:"),
    (
        "    app: web\n    tier: front\n  ports",
        "    app: shop\n  ports",
        "selects-nothing",
        "selector:\n    app: shop",
    ),
    (
        "      tier: front\n---",
        "      tier: back\n---",
        "selects-nothing",
        "selector:\n    matchLabels:\n      tier",
    ),
    ("targetPort: http", "targetPort: 8080", "undeclared-port", "targetPort: 8080"),
    (
        "port: 8000\n          resources",
        "port: 8080\n          resources",
        "undeclared-port",
        "port: 8080",
    ),
    (
        "name: web-service\n                port",
        "name: shop\n                port",
        "missing-service",
        "name: shop",
    ),
    (
        "    name: web\n  minReplicas",
        "    name: shop\n  minReplicas",
        "missing-target",
        "name: shop",
    ),
    ("              cpu: 250m\n", "", "no-cpu-request", "type: Resource"),
    ("  strategy:", "  replicas: 3\n  strategy:", "fixed-replicas", "replicas: 3"),
    (
        "                  name: web-settings",
        "                  name: shop-settings",
        "missing-configmap",
        "key: LOG_LEVEL",
    ),
    (
        "serviceAccountName: web-account",
        "serviceAccountName: shop",
        "missing-serviceaccount",
        "serviceAccountName: shop",
    ),
    (
        "emptyDir: {}",
        "persistentVolumeClaim: {claimName: data}",
        "missing-persistentvolumeclaim",
        "claimName",
    ),
    ("emptyDir: {}", "secret: {secretName: tls}", "missing-secret", "secretName"),
    ("emptyDir: {}", "emptyDir: {}\n        - name: spare", "unused-volume", "name: spare"),
    ("- name: WORKERS", "- name: LOG_LEVEL # twice", "duplicate-env", "LOG_LEVEL # twice"),
    ("web:1.4.2", "web:latest", "unpinned-image", "web:latest"),
    ("web:1.4.2", "web", "unpinned-image", "image: registry.example.org/web"),
    ("- name: WORKERS", "- name: API_TOKEN", "literal-secret", 'value: "4"'),
    (
        "LOG_LEVEL: info",
        "LOG_LEVEL: info\n  DB_URL: postgres://me:secret@db/shop",
        "literal-secret",
        "DB_URL",
    ),
    ("        runAsNonRoot: true", "        runAsUser: 0", "runs-as-root", "runAsUser: 0"),
    ("        runAsNonRoot: true", "        fsGroup: 1", "may-run-as-root", "name: server"),
    (
        "          imagePullPolicy: IfNotPresent",
        "          securityContext: {privileged: true}",
        "privileged",
        "privileged",
    ),
    (
        "          imagePullPolicy: IfNotPresent",
        "          securityContext: {capabilities: {add: [SYS_ADMIN]}}",
        "capabilities",
        "SYS_ADMIN",
    ),
    ("      volumes:", "      hostNetwork: true\n      volumes:", "host-namespace", "hostNetwork"),
    ("emptyDir: {}", "hostPath: {path: /var/run/docker.sock}", "docker-socket", "docker.sock"),
    ("emptyDir: {}", "hostPath: {path: /etc}", "host-path", "hostPath"),
    (
        "              resources:\n                requests: {cpu: 10m, memory: 32Mi}\n",
        "",
        "no-resources",
        "name: cleanup",
    ),
    ("readinessProbe", "startupProbe", "no-probe", "name: server"),
]
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: database}
stringData:
  user: shop
  password: <fill in>
  token: $TOKEN
data:
  certificate: |
    QUJD
    RA==
"""
ROLES = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: all}
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: all}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: others}
subjects:
  - {kind: ServiceAccount, name: robot}
"""


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_remarked_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(WEB, old, new)
    found = check(files("web.yaml", text))
    assert places(found) == [(f"kubernetes/{rule}", line_of(text, mark))]
    assert not errors(found)


def test_what_a_secret_holds_is_remarked_and_what_has_to_be_filled_in_is_not() -> None:
    found = places(check(files("secret.yaml", SECRET)))
    assert found == [("kubernetes/literal-secret", 5), ("kubernetes/literal-secret", 9)]


def test_what_is_optional_need_not_be_in_the_answer() -> None:
    optional = "name: others\n                  optional: true\n"
    text = faulty(WEB, "name: web-settings\n                  ", f"{optional}                  ")
    assert check(files("web.yaml", text)) == []


def test_a_role_for_everything_and_a_binding_to_nothing_are_remarked() -> None:
    assert places(check(files("roles.yaml", ROLES))) == [
        ("kubernetes/wildcard-role", 5),
        ("kubernetes/missing-role", 12),
        ("kubernetes/missing-serviceaccount", 14),
    ]


def test_two_workloads_with_the_same_labels_are_told_apart() -> None:
    both = (
        WEB
        + "---\n"
        + WEB[WEB.index("apiVersion: apps/v1") : WEB.index("---\napiVersion: v1\nkind: Service\n")]
    )
    text = both[::-1].replace(
        "metadata:\n  name: web\n"[::-1], "metadata:\n  name: worker\n"[::-1], 1
    )[::-1]
    found = check(files("web.yaml", text))
    assert {finding.rule for finding in found} == {"kubernetes/shared-labels"}


def test_a_worker_without_a_port_needs_no_probe() -> None:
    worker = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: worker}}
  template:
    metadata: {labels: {app: worker}}
    spec:
      securityContext: {runAsNonRoot: true}
      containers:
        - {name: worker, image: "worker:1", resources: {limits: {memory: 8Mi}}}
"""
    assert check(files("worker.yaml", worker)) == []
