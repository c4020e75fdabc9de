"""Pairs for what the objects of a cluster ask of each other, and the parts of a pod."""

from tests.artifacts.checks.faulty import faulty
from tests.artifacts.checks.rules.kubernetes import EMPTY_DIR, GOOD, PATH, ROLE, ROOTLESS, swap
from tests.artifacts.checks.rules.pair import Pair, swaps
from webapp.artifacts.checks.kubernetes import check

BINDING = f"""\
{ROLE.replace("VERBS", "[get]")}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: all}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: all}}
subjects: [{{kind: User, name: ada}}]
"""
DEPLOYMENT = GOOD[GOOD.index("apiVersion: apps/v1") : GOOD.index("apiVersion: v1\nkind: Service\n")]
INGRESS = "  name: web-ingress\n"
CLASS = "ingress.class: a}\nspec:\n  ingressClassName: a\n"
HOST = "    - host: web.example.org\n"
ROUTE = (
    "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: other}\nspec:\n  rules:\n"
)
MOUNT = "mountPath: /tmp"
NAMED = "                  name: web-settings\n"
PORT = "port: http\n          readiness"
ROLLING = "type: RollingUpdate"
TYPE = "type: ClusterIP"
FIELD = "valueFrom: {fieldRef: {fieldPath: metadata.name}}"


def second(app: str) -> str:
    """The sample with another Deployment in it, whose pods are called so."""
    other = faulty(DEPLOYMENT, "metadata:\n  name: web\n", "metadata:\n  name: other\n")
    other = faulty(other, "      app: web\n  strategy", f"      app: {app}\n  strategy")
    return faulty(other, "        app: web\n", f"        app: {app}\n") + GOOD


CHECK = check
PAIRS = {
    "kubernetes/selector": swap(
        "app: web\n  strategy", "app: shop\n  strategy", "tier: front\n  strategy"
    ),
    "kubernetes/selector-mismatch": swap(
        "tier: front\n  ports", "tier: back\n  ports", "tier: front # not back\n  ports"
    ),
    "kubernetes/service-port": swap(
        "protocol: TCP",
        "nodePort: 30080",
        "protocol: UDP\n    - name: tcp\n      port: 80\n      targetPort: http",
    ),
    "kubernetes/target-port": swap("targetPort: http", "targetPort: https", "targetPort: 8000"),
    "kubernetes/external-name": swap(
        TYPE, "type: ExternalName", "type: ExternalName\n  externalName: web.example.org"
    ),
    "kubernetes/ingress-port": swap("number: 80\n", "number: 8000\n", "name: plain\n"),
    "kubernetes/ingress-backend": swap(
        HOST, f"    - host: a.example.org\n---\n{ROUTE}{HOST}", HOST
    ),
    "kubernetes/ingress-class": swap(
        f"{INGRESS}spec:\n",
        f"{INGRESS}  annotations: {{kubernetes.io/{CLASS}",
        f"{INGRESS}  annotations: {{example.org/{CLASS}",
    ),
    "kubernetes/autoscaler-range": swap("minReplicas: 2", "minReplicas: 11", "minReplicas: 10"),
    "kubernetes/autoscaler-target": swap(
        "apps/v1\n    kind: Deployment",
        "apps/v1\n    kind: DaemonSet",
        "apps/v1\n    kind: StatefulSet",
    ),
    "kubernetes/disruption-budget": swap(
        "minAvailable: 1", "minAvailable: 1\n  maxUnavailable: 1", "maxUnavailable: 1"
    ),
    "kubernetes/selects-nothing": swap(
        "      tier: front\n---", "      tier: back\n---", "      app: web\n---"
    ),
    "kubernetes/shared-labels": Pair({PATH: second("web")}, {PATH: second("shop")}),
    "kubernetes/undeclared-port": swap(
        "port: 8000\n          resources",
        "port: 8080\n          resources",
        "port: http\n          resources",
    ),
    "kubernetes/missing-service": swap(
        "name: web-service\n                port",
        "name: shop\n                port",
        "name: web-service # not shop\n                port",
    ),
    "kubernetes/missing-target": swap(
        "    name: web\n  minReplicas",
        "    name: shop\n  minReplicas",
        "    name: web # not shop\n  minReplicas",
    ),
    "kubernetes/no-cpu-request": swap("              cpu: 250m\n", "", "              cpu: 1m\n"),
    "kubernetes/fixed-replicas": swap(
        "  strategy:", "  replicas: 3\n  strategy:", "  minReadySeconds: 3\n  strategy:"
    ),
    "kubernetes/duplicate-name": swap(
        EMPTY_DIR, f"{EMPTY_DIR}\n        - name: tmp", f"{EMPTY_DIR}\n        - name: tmp2"
    ),
    "kubernetes/undeclared-volume": swap(
        f"- name: tmp\n              {MOUNT}",
        f"- name: temp\n              {MOUNT}",
        f"- name: tmp # not temp\n              {MOUNT}",
    ),
    "kubernetes/mount-clash": swap(
        MOUNT,
        f"{MOUNT}\n            - name: tmp\n              {MOUNT}",
        f"{MOUNT}\n            - name: tmp\n              mountPath: /tmp2",
    ),
    "kubernetes/env": swap('value: "4"', f'value: "4"\n              {FIELD}', FIELD),
    "kubernetes/probe": swap(
        "            tcpSocket:\n",
        "            successThreshold: 2\n            tcpSocket:\n",
        "            failureThreshold: 2\n            tcpSocket:\n",
    ),
    "kubernetes/probe-port": swap(
        PORT, PORT.replace("http", "https"), PORT.replace("http", "8000")
    ),
    "kubernetes/requests-over-limits": swap("memory: 512Mi", "memory: 256M", "memory: 256Mi"),
    "kubernetes/memory-unit": swap("memory: 256Mi", "memory: 256m", "memory: 256M"),
    "kubernetes/root-refused": swap(
        ROOTLESS, f"{ROOTLESS}\n        runAsUser: 0", f"{ROOTLESS}\n        runAsUser: 1"
    ),
    "kubernetes/strategy": swap(
        ROLLING,
        f"{ROLLING}\n    rollingUpdate: {{maxSurge: 0, maxUnavailable: 0}}",
        f"{ROLLING}\n    rollingUpdate: {{maxSurge: 0, maxUnavailable: 1}}",
    ),
    "kubernetes/duplicate-env": swap("- name: WORKERS", "- name: LOG_LEVEL", "- name: LOG_LEVELS"),
    "kubernetes/unused-volume": swap(
        EMPTY_DIR, f"{EMPTY_DIR}\n        - name: spare", f"{EMPTY_DIR}\n        # - name: spare"
    ),
    "kubernetes/missing-key": swap(
        "key: LOG_LEVEL", "key: LEVEL", "key: LEVEL\n                  optional: true"
    ),
    "kubernetes/missing-configmap": swap(
        NAMED,
        NAMED.replace("-settings", ""),
        f"{NAMED.replace('-settings', '')}                  optional: true\n",
    ),
    "kubernetes/missing-persistentvolumeclaim": swap(
        EMPTY_DIR, "persistentVolumeClaim: {claimName: a}", "emptyDir: {sizeLimit: 1Mi}"
    ),
    "kubernetes/missing-serviceaccount": swap(
        "serviceAccountName: web-account", "serviceAccountName: web", "serviceAccountName: default"
    ),
    "kubernetes/missing-role": swaps(PATH, BINDING)(
        "kind: Role, name: all", "kind: Role, name: none", "kind: ClusterRole, name: none"
    ),
    "kubernetes/missing-secret": swap(
        EMPTY_DIR, "secret: {secretName: tls}", "secret: {secretName: tls, optional: true}"
    ),
}
