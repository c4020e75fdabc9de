"""Pairs for the rules of a Collector beside an application."""

from tests.artifacts.checks.faulty import faulty
from tests.artifacts.checks.rules.pair import Pair, swaps
from tests.artifacts.checks.test_check_otel_sidecar import APPLICATION, GOOD, PATH
from webapp.artifacts.checks.otel_sidecar import check

URL = "http://localhost:4319"
LIMITS = "resources: {limits: {memory: 128Mi}}"
ALWAYS = "          restartPolicy: Always\n"


def ordinary(text: str) -> str:
    """The Collector as one of the ordinary containers."""
    text = text.replace("      containers:\n", "").replace("initContainers", "containers")
    return faulty(text, ALWAYS, "")


JOB = faulty(GOOD, "apiVersion: apps/v1\nkind: Deployment", "apiVersion: batch/v1\nkind: Job")
JOB = faulty(JOB, "  selector: {matchLabels: {app: shop}}\n", "")
JOB = faulty(JOB, "      volumes:", "      restartPolicy: Never\n      volumes:")
swap = swaps(PATH, GOOD)

CHECK = check
PAIRS = {
    "otel-sidecar/no-collector": swap(
        "otel/opentelemetry-collector-contrib", "fluent-bit", "otel/opentelemetry-collector"
    ),
    "otel-sidecar/no-application": Pair(
        {PATH: ordinary(faulty(GOOD, APPLICATION, ""))}, {PATH: ordinary(GOOD)}
    ),
    "otel-sidecar/no-config": swap(
        "configMap: {name: otel}", "emptyDir: {}", "configMap: {name: otel, optional: false}"
    ),
    "otel-sidecar/config-path": swap("=/etc/otel/", "=/etc/otelcol/", "=file:/etc/otel/"),
    "otel-sidecar/port-clash": swap(
        "containerPort: 13133", "containerPort: 8000", "containerPort: 8001"
    ),
    "otel-sidecar/endpoint": swap(URL, "http://otel:4319", "http://127.0.0.1:4319"),
    "otel-sidecar/endpoint-port": swap(URL, "http://localhost:4318", f"{URL}/"),
    "otel-sidecar/memory-limit": swap("limit_mib: 100", "limit_mib: 128", "limit_mib: 120"),
    "otel-sidecar/no-endpoint": swap(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "COLLECTOR", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    ),
    "otel-sidecar/no-service-name": swap(
        "{name: OTEL_SERVICE_NAME, value: shop}",
        "{name: NAME, value: shop}",
        "{name: OTEL_RESOURCE_ATTRIBUTES, value: service.name=shop}",
    ),
    "otel-sidecar/not-local": swap(
        'localhost:4319"}\n    p', '${env:POD_IP}:4319"}\n    p', '127.0.0.1:4319"}\n    p'
    ),
    "otel-sidecar/no-memory-limit": swap(
        LIMITS, "resources: {requests: {cpu: 10m}}", "resources: {limits: {memory: 1Gi}}"
    ),
    "otel-sidecar/never-ends": Pair({PATH: ordinary(JOB)}, {PATH: JOB}),
}
