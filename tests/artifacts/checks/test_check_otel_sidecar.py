import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places
from webapp.artifacts.checks.otel_sidecar import check

PATH = "otel-sidecar/all.yaml"
GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: otel}
data:
  config.yaml: |
    receivers:
      otlp:
        protocols:
          grpc:
          http: {endpoint: "localhost:4319"}
    processors:
      memory_limiter: {check_interval: 1s, limit_mib: 100}
    exporters:
      otlp_grpc: {endpoint: "${env:OTLP_ENDPOINT}"}
    service:
      pipelines:
        traces:
          receivers: [otlp]
          processors: [memory_limiter]
          exporters: [otlp_grpc]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      securityContext: {runAsNonRoot: true}
      initContainers:
        - name: collector
          image: otel/opentelemetry-collector-contrib:0.157.0
          restartPolicy: Always
          args: ["--config=/etc/otel/config.yaml"]
          ports: [{containerPort: 13133}]
          resources: {limits: {memory: 128Mi}}
          volumeMounts: [{name: config, mountPath: /etc/otel}]
      containers:
        - name: app
          image: shop:1
          ports: [{name: http, containerPort: 8000}]
          resources: {limits: {memory: 1Gi}}
          readinessProbe: {tcpSocket: {port: http}}
          env:
            - {name: OTEL_SERVICE_NAME, value: shop}
            - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: "http://localhost:4319"}
            - {name: OTEL_EXPORTER_OTLP_PROTOCOL, value: http/protobuf}
      volumes: [{name: config, configMap: {name: otel}}]
"""
APPLICATION = GOOD[GOOD.index("        - name: app") : GOOD.index("      volumes:")]

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("otel/opentelemetry-collector-contrib", "fluent-bit", "no-collector", ""),
    ("configMap: {name: otel}", "emptyDir: {}", "no-config", "- name: collector"),
    ("=/etc/otel/config.yaml", "=/etc/otelcol/config.yaml", "config-path", "args:"),
    ("containerPort: 13133", "containerPort: 8000", "port-clash", "- name: collector"),
    ("http://localhost:4319", "localhost:4319", "endpoint", 'value: "localhost'),
    ("http://localhost:4319", "http://otel:4319", "endpoint", "http://otel"),
    ("http://localhost:4319", "http://localhost:4318", "endpoint-port", "localhost:4318"),
    ("http/protobuf", "grpc", "endpoint-port", "http://localhost:4319"),
    ("limit_mib: 100", "limit_mib: 128", "memory-limit", "memory: 128Mi"),
]
REMARKED = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "COLLECTOR", "no-endpoint", "- name: app"),
    ("OTEL_SERVICE_NAME", "NAME", "no-service-name", "- name: app"),
    ('localhost:4319"}\n    p', '${env:POD_IP}:4319"}\n    p', "not-local", "config.yaml: |"),
    (
        "resources: {limits: {memory: 128Mi}}",
        "resources: {requests: {cpu: 10m}}",
        "no-memory-limit",
        "- name: collector",
    ),
]


def test_a_good_sidecar_has_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []


def test_an_ordinary_container_is_a_sidecar_as_well() -> None:
    text = GOOD.replace("      containers:\n", "").replace("initContainers", "containers")
    text = faulty(text, "          ports: [{containerPort: 13133}]\n", "")
    assert check(files(PATH, text.replace("          restartPolicy: Always\n", ""))) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_does_not_come_together_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    line = line_of(text, mark) if mark else None
    assert places(errors(check(files(PATH, text)))) == [(f"otel-sidecar/{rule}", line)]


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_a_warning_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    assert places(check(files(PATH, text))) == [(f"otel-sidecar/{rule}", line_of(text, mark))]


def test_a_collector_alone_is_no_sidecar() -> None:
    alone = faulty(GOOD, APPLICATION, "").replace("      containers:\n", "")
    alone = alone.replace("initContainers", "containers").replace(
        "          restartPolicy: Always\n", ""
    )
    assert [one.rule for one in errors(check(files(PATH, alone)))] == [
        "otel-sidecar/no-application"
    ]


def test_a_job_with_an_ordinary_container_never_ends() -> None:
    job = faulty(GOOD, "apiVersion: apps/v1\nkind: Deployment", "apiVersion: batch/v1\nkind: Job")
    job = faulty(job, "  selector: {matchLabels: {app: shop}}\n", "")
    job = faulty(job, "      volumes:", "      restartPolicy: Never\n      volumes:")
    assert check(files(PATH, job)) == []
    job = job.replace("      containers:\n", "").replace("initContainers", "containers")
    job = job.replace("          restartPolicy: Always\n", "")
    assert [one.rule for one in errors(check(files(PATH, job)))] == ["otel-sidecar/never-ends"]


@pytest.mark.parametrize(
    ("old", "new", "rule", "mark"),
    [
        ("exporters: [otlp_grpc]", "exporters: [jaeger]", "undefined-component", "[jaeger]"),
        ("processors: [memory_limiter]", "processor: []", "unknown-field", "processor: []"),
        ("otlp_grpc: {endpoint", "logging: {endpoint", "removed-component", "logging"),
    ],
)
def test_a_fault_of_the_configuration_stands_on_its_line_of_the_manifest(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    if rule == "removed-component":
        text = faulty(text, "[otlp_grpc]", "[logging]")
        mark = "logging: {"
    found = errors(check(files(PATH, text)))
    assert places(found) == [(f"otel-collector/{rule}", line_of(text, mark))]


def test_what_kubernetes_refuses_is_found_before() -> None:
    text = faulty(GOOD, "volumeMounts:", "volumeMount:")
    assert [one.rule for one in errors(check(files(PATH, text)))] == ["kubernetes/unknown-field"]


def test_a_configuration_of_many_pods_is_looked_at_once() -> None:
    config, _, deployment = GOOD.partition("---\n")
    config = faulty(config, "otlp_grpc:", "debug/a: \n      otlp_grpc:")
    pods = "---\n".join(deployment.replace("shop", f"shop{n}") for n in range(40))
    (found,) = check(files(PATH, f"{config}---\n{pods}"))
    assert found.rule == "otel-collector/unused-component"


def test_a_variable_as_endpoint_is_not_looked_into() -> None:
    assert check(files(PATH, faulty(GOOD, "http://localhost:4319", "http://$(HOST):1"))) == []
