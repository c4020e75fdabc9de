"""Pairs for the rules of Kubernetes manifests by themselves: files, types, fields, risks."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.kubernetes import check

PATH = "k8s/web.yaml"
GOOD = sample("web.k8s.yaml")
ACCOUNT = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: NAME}\n---\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {password: VALUE}\n"
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: all}
rules: [{apiGroups: [""], resources: ["*"], verbs: VERBS}]
"""
POLICY = "          imagePullPolicy: IfNotPresent"
EMPTY_DIR = "emptyDir: {}"
ROOTLESS = "        runAsNonRoot: true"
CONTEXT = "          securityContext"
swap = swaps(PATH, GOOD)


def accounts(count: int) -> str:
    return "".join(ACCOUNT.replace("NAME", f"a{number}") for number in range(count))


CHECK = check
PAIRS = {
    "kubernetes/no-file": Pair({"README.txt": GOOD}, {"all.yml": GOOD}),
    "kubernetes/no-object": texts(PATH, "# soon\n---\n", f"# soon\n---\n{GOOD}"),
    "kubernetes/too-many-objects": texts(PATH, accounts(201), accounts(200)),
    "kubernetes/not-an-object": swap("kind: ConfigMap\n", "", "kind: ConfigMap # settings\n"),
    "kubernetes/cut-off": texts(
        PATH, GOOD[: GOOD.index(" LOG_LEVEL: info")] + "LOG_LEVEL:\n", GOOD[: GOOD.index("\n---")]
    ),
    "kubernetes/duplicate": texts(PATH, accounts(1) * 2, accounts(2)),
    "kubernetes/removed-api": swap("policy/v1", "policy/v1beta1", "policy/v1 # not v1beta1"),
    "kubernetes/unknown-kind": swap(
        "v1\nkind: ServiceAccount", "v1\nkind: ServiceAcount", "example.org/v1\nkind: ServiceAcount"
    ),
    "kubernetes/unknown-version": swap("batch/v1", "batch/v2", "batch/v1 # not v2"),
    "kubernetes/unknown-field": swap("imagePullPolicy", "pullPolicy", "imagePullPolicy"),
    "kubernetes/missing-field": swap(
        "restartPolicy: OnFailure\n          ", "", "restartPolicy: Never\n          "
    ),
    "kubernetes/wrong-type": swap('value: "4"', "value: yes", 'value: "yes"'),
    "kubernetes/wrong-value": swap("cpu: 250m", "cpu: 250 m", "cpu: 250e-3"),
    "kubernetes/empty-value": swap(
        "concurrencyPolicy: Forbid", "concurrencyPolicy:", "concurrencyPolicy: Allow"
    ),
    "kubernetes/not-checked": swap(
        "v1\nkind: ServiceAccount",
        "example.org/v1\nkind: ServiceAccount",
        "v1\nkind: ServiceAccount",
    ),
    "kubernetes/privileged": swap(
        POLICY, f"{CONTEXT}: {{privileged: true}}", f"{CONTEXT}: {{privileged: false}}"
    ),
    "kubernetes/capabilities": swap(
        POLICY,
        f"{CONTEXT}: {{capabilities: {{add: [SYS_ADMIN]}}}}",
        f"{CONTEXT}: {{capabilities: {{add: [NET_BIND_SERVICE]}}}}",
    ),
    "kubernetes/host-namespace": swap(
        "      volumes:",
        "      hostPID: true\n      volumes:",
        "      hostPID: false\n      volumes:",
    ),
    "kubernetes/docker-socket": swap(
        EMPTY_DIR, "hostPath: {path: /var/run/docker.sock}", "hostPath: {path: /var/run/docker.d}"
    ),
    "kubernetes/host-path": swap(EMPTY_DIR, "hostPath: {path: /etc}", "emptyDir: {sizeLimit: 1Gi}"),
    "kubernetes/unpinned-image": swap("web:1.4.2", "web:latest", "web:latest-1.4.2"),
    "kubernetes/literal-secret": texts(
        PATH, SECRET.replace("VALUE", "hunter2"), SECRET.replace("VALUE", "<fill in>")
    ),
    "kubernetes/no-resources": swap(
        "requests: {cpu: 10m, memory: 32Mi}", "claims: []", "limits: {memory: 32Mi}"
    ),
    "kubernetes/runs-as-root": swap(ROOTLESS, "        runAsUser: 0", "        runAsUser: 1"),
    "kubernetes/wildcard-role": texts(
        PATH, ROLE.replace("VERBS", '["*"]'), ROLE.replace("VERBS", "[get]")
    ),
    "kubernetes/may-run-as-root": swap(
        ROOTLESS, "        runAsNonRoot: false", "        runAsUser: 7"
    ),
    "kubernetes/no-probe": swap("readinessProbe", "startupProbe", "readinessProbe"),
}
