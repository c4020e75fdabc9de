import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.kubernetes import check

WEB = sample("web.k8s.yaml")

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    # types
    (
        "apps/v1\nkind: Deployment\nmeta",
        "extensions/v1beta1\nkind: Deployment\nmeta",
        "removed-api",
        "extensions",
    ),
    ("batch/v1", "batch/v1beta1", "removed-api", "batch/v1beta1"),
    ("policy/v1", "policy/v1beta1", "removed-api", "policy/v1beta1"),
    ("autoscaling/v2", "autoscaling/v2beta2", "removed-api", "autoscaling/v2beta2"),
    (
        "networking.k8s.io/v1",
        "networking.k8s.io/v1beta1",
        "removed-api",
        "networking.k8s.io/v1beta1",
    ),
    (
        "kind: ServiceAccount",
        "kind: ServiceAcount",
        "unknown-kind",
        "apiVersion: v1\nkind: ServiceAcount",
    ),
    ("batch/v1", "apps/v1", "unknown-version", "apps/v1\nkind: CronJob"),
    # shape
    ("kind: ConfigMap\n", "", "not-an-object", "apiVersion: v1\nmetadata:\n  name: web-settings"),
    (
        "  name: web-settings\ndata",
        "  labels: {}\ndata",
        "not-an-object",
        "apiVersion: v1\nkind: ConfigMap",
    ),
    (
        "name: web-account\n---",
        "name: web-account\n---\njust words\n---",
        "not-an-object",
        "just words",
    ),
    # fields and values
    ("  strategy:", "  rollout: fast\n  strategy:", "unknown-field", "rollout"),
    ("imagePullPolicy", "pullPolicy", "unknown-field", "pullPolicy"),
    ('value: "4"', "value: 4", "wrong-type", "value: 4"),
    ('value: "4"', "value: yes", "wrong-type", "value: yes"),
    ("image: registry.example.org/web:1.4.2\n          ", "", "missing-field", "name: server"),
    ("containerPort: 8000", "containerPort: 80000", "wrong-value", "80000"),
    ("name: http\n", "name: http_port_of_server\n", "wrong-value", "http_port_of_server"),
    ("protocol: TCP", "protocol: tcp", "wrong-value", "protocol: tcp"),
    ("IfNotPresent", "ifNotPresent", "wrong-value", "ifNotPresent"),
    ("type: RollingUpdate", "type: Rolling", "wrong-value", "type: Rolling"),
    ("type: ClusterIP", "type: Loadbalancer", "wrong-value", "Loadbalancer"),
    ("pathType: Prefix", "pathType: prefix", "wrong-value", "pathType: prefix"),
    ("host: web.example.org", "host: https://web.example.org", "wrong-value", "https"),
    ("cpu: 250m", "cpu: 250 m", "wrong-value", "250 m"),
    ("memory: 256Mi", "memory: 256MB", "wrong-value", "256MB"),
    ("*/15 2-4 1,15 * MON-FRI", "*/15 25 * * *", "wrong-value", "schedule"),
    ("*/15 2-4 1,15 * MON-FRI", "*/15 2 * *", "wrong-value", "schedule"),
    ("concurrencyPolicy: Forbid", "concurrencyPolicy: forbid", "wrong-value", "forbid"),
    ("restartPolicy: OnFailure", "restartPolicy: Always", "wrong-value", "Always"),
    (
        "restartPolicy: OnFailure\n          ",
        "",
        "missing-field",
        "spec:\n          securityContext",
    ),
    (
        "serviceAccountName",
        "restartPolicy: Never\n      serviceAccountName",
        "wrong-value",
        "Never",
    ),
    ("name: web-account\n---", "name: Web_Account\n---", "wrong-value", "Web_Account"),
    ("name: web-service\nspec", "name: 1-web\nspec", "wrong-value", "1-web"),
    (
        "        tier: front\n    spec",
        "        tier: front end\n    spec",
        "wrong-value",
        "front end",
    ),
    ("        tier: front\n    spec", "        tier!: front\n    spec", "wrong-value", "tier!"),
    ("maxReplicas: 10", "maxReplicas: 0", "wrong-value", "maxReplicas: 0"),
    # links
    (
        "    matchLabels:\n      app: web\n  strategy",
        "    matchLabels:\n      app: website\n  strategy",
        "selector",
        "selector:\n    matchLabels:\n      app: website",
    ),
    (
        "    tier: front\n  ports",
        "    tier: back\n  ports",
        "selector-mismatch",
        "selector:\n    app: web\n    tier: back",
    ),
    ("targetPort: http", "targetPort: https", "target-port", "targetPort: https"),
    ("      protocol: TCP", "    - port: 443", "service-port", "port: 443"),
    ("protocol: TCP", "nodePort: 30080", "service-port", "nodePort"),
    ("type: ClusterIP", "type: ExternalName", "external-name", "type: ExternalName"),
    ("number: 80\n", "number: 8080\n", "ingress-port", "number: 8080"),
    ("number: 80\n", "name: http\n", "ingress-port", "name: http\n---"),
    (
        "number: 80\n",
        "number: 80\n                  name: plain\n",
        "ingress-port",
        "port:\n                  number",
    ),
    ("minReplicas: 2", "minReplicas: 20", "autoscaler-range", "minReplicas: 20"),
    (
        "apps/v1\n    kind: Deployment",
        "batch/v1\n    kind: CronJob",
        "autoscaler-target",
        "kind: CronJob\n    name",
    ),
    (
        "minAvailable: 1",
        "minAvailable: 1\n  maxUnavailable: 1",
        "disruption-budget",
        "maxUnavailable",
    ),
    # pods
    (
        "- name: tmp\n              mountPath",
        "- name: cache\n              mountPath",
        "undeclared-volume",
        "name: cache",
    ),
    (
        "mountPath: /tmp",
        "mountPath: /tmp\n            - name: tmp\n              mountPath: /tmp # twice",
        "mount-clash",
        "/tmp # twice",
    ),
    ("emptyDir: {}", "emptyDir: {}\n        - name: tmp # twice", "duplicate-name", "tmp # twice"),
    (
        'value: "4"',
        'value: "4"\n              valueFrom: {fieldRef: {fieldPath: metadata.name}}',
        "env",
        "name: WORKERS",
    ),
    (
        "            tcpSocket:\n              port: http",
        "            periodSeconds: 3",
        "probe",
        "livenessProbe",
    ),
    (
        "            tcpSocket:\n",
        "            successThreshold: 2\n            tcpSocket:\n",
        "probe",
        "successThreshold",
    ),
    (
        "              port: http\n          readiness",
        "              port: metrics\n          readiness",
        "probe-port",
        "port: metrics",
    ),
    ("memory: 512Mi", "memory: 128Mi", "requests-over-limits", "memory: 256Mi"),
    ("memory: 256Mi", "memory: 256m", "memory-unit", "memory: 256m"),
    ("memory: 256Mi", "memory: 256", "memory-unit", "memory: 256"),
    ("memory: 256Mi", 'memory: "256"', "memory-unit", 'memory: "256"'),
    (
        "        runAsNonRoot: true",
        "        runAsNonRoot: true\n        runAsUser: 0",
        "root-refused",
        "runAsUser: 0",
    ),
    (
        "type: RollingUpdate",
        "type: RollingUpdate\n    rollingUpdate: {maxSurge: 0, maxUnavailable: 0}",
        "strategy",
        "rollingUpdate",
    ),
    (
        "type: RollingUpdate",
        "type: Recreate\n    rollingUpdate: {maxSurge: 1}",
        "strategy",
        "rollingUpdate",
    ),
    # references
    ("key: LOG_LEVEL", "key: LEVEL", "missing-key", "key: LEVEL"),
]

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
"""
SCHEDULES = {
    "0 3 * * *": True,
    "*/5 0-6/2 1,15 JAN-MAR mon": True,
    "@daily": True,
    "@every 90m": True,
    "0 3 * * 7": False,
    "60 3 * * *": False,
    "*/0 3 * * *": False,
    "0 3 * * * *": False,
    "every day": False,
}


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_kubernetes_refuses_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(WEB, old, new)
    found = errors(check(files("web.yaml", text)))
    assert places(found) == [(f"kubernetes/{rule}", line_of(text, mark))]


def test_a_removed_version_names_the_one_that_came_after_it() -> None:
    text = faulty(WEB, "autoscaling/v2", "autoscaling/v2beta2")
    (found,) = errors(check(files("web.yaml", text)))
    assert found.message == (
        "autoscaling/v2beta2 HorizontalPodAutoscaler was removed in Kubernetes 1.26: "
        "use autoscaling/v2."
    )


def test_an_enumeration_names_its_words() -> None:
    text = faulty(WEB, "protocol: TCP", "protocol: tcp")
    (found,) = errors(check(files("web.yaml", text)))
    assert found.message == "spec.ports[0].protocol is “tcp”; allowed is only TCP, UDP, SCTP."


def test_a_form_is_told_in_words_and_not_as_a_pattern() -> None:
    text = faulty(WEB, "cpu: 250m", "cpu: 250 m")
    (found,) = errors(check(files("web.yaml", text)))
    place = "spec.template.spec.containers[0].resources.requests.cpu"
    assert found.message == f"{place} is “250 m”, not a quantity such as 250m or 64Mi."


@pytest.mark.parametrize("spec", ["  rules: []\n", "  rules: [{host: a.example.org}]\n"])
def test_an_ingress_leads_somewhere(spec: str) -> None:
    found = errors(check(files("web.yaml", INGRESS + spec)))
    assert places(found) == [("kubernetes/ingress-backend", 5)]


def test_an_ingress_names_its_class_in_one_place() -> None:
    text = faulty(
        WEB,
        "  name: web-ingress\nspec:\n",
        "  name: web-ingress\n  annotations: {kubernetes.io/ingress.class: gce}\nspec:\n"
        "  ingressClassName: gce\n",
    )
    found = errors(check(files("web.yaml", text)))
    assert places(found) == [("kubernetes/ingress-class", line_of(text, "ingress.class"))]


@pytest.mark.parametrize(("schedule", "is_one"), SCHEDULES.items())
def test_a_schedule_is_what_kubernetes_takes(schedule: str, is_one: bool) -> None:
    text = faulty(WEB, "*/15 2-4 1,15 * MON-FRI", schedule)
    assert (not errors(check(files("web.yaml", text)))) is is_one


def test_a_kind_that_was_removed_for_good_says_what_to_do_instead() -> None:
    text = "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}\n"
    (found,) = check(files("web.yaml", text))
    assert (found.rule, found.line) == ("kubernetes/removed-api", 1)
    assert "Pod Security Admission" in found.message
