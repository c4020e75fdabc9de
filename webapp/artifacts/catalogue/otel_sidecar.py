"""The OpenTelemetry Collector in the pod of an application, which sends it all by localhost."""

from typing import Any

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import App, Language, present, read_app
from webapp.artifacts.catalogue import kubernetes
from webapp.artifacts.catalogue.workload import CONTAINER_SECURITY
from webapp.artifacts.checks.otel_sidecar import check
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- Two files: otel-sidecar/deployment.yaml, the Deployment of the application with the Collector in \
its pod, and otel-sidecar/config.yaml, a ConfigMap with the Collector's configuration as a block \
of text under config.yaml.
- The Collector stands under initContainers with restartPolicy: Always (Kubernetes 1.29 or later): \
it starts before the application and ends after it, also in a Job. Image \
otel/opentelemetry-collector-contrib with a version, --config with the path under which the \
ConfigMap is mounted, requests and a memory limit, GOMEMLIMIT at 80 % of it.
- securityContext as of the application: runAsNonRoot, readOnlyRootFilesystem, no privilege \
escalation, drop ALL.
- The otlp receiver listens on localhost:4317 (grpc) and localhost:4318 (http) and nowhere else; \
health_check alone on ${env:POD_IP}:13133 for the probes, with POD_IP from status.podIP.
- Processors: memory_limiter first (check_interval 1s, limit_percentage 80, \
spike_limit_percentage 20), then resource with k8s.pod.name, k8s.namespace.name and k8s.node.name \
from variables. Batching by the exporter (sending_queue with batch).
- Exporter otlp_grpc or otlp_http to ${env:OTLP_ENDPOINT} out of a Secret that is made outside; no \
logging, jaeger, loki or opencensus exporters; every component that is defined is in use.
- The application is told OTEL_EXPORTER_OTLP_ENDPOINT http://localhost:4318, \
OTEL_EXPORTER_OTLP_PROTOCOL http/protobuf (or 4317 with grpc) and OTEL_SERVICE_NAME.
- The rest of the Deployment stays as the project has it.
- In the notes: the Secret and its keys, and that the application needs an SDK or agent."""

_IMAGE = "otel/opentelemetry-collector-contrib:0.157.0"
_FOLDER = "/etc/otelcol"
_MEMORY_MIB = 128
_POD = {
    "POD_IP": "status.podIP",
    "POD_NAME": "metadata.name",
    "POD_NAMESPACE": "metadata.namespace",
    "NODE_NAME": "spec.nodeName",
}
_ATTRIBUTES = {
    "k8s.pod.name": "POD_NAME",
    "k8s.namespace.name": "POD_NAMESPACE",
    "k8s.node.name": "NODE_NAME",
}


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    deployment = kubernetes.objects(app, None)["deployment"]
    spec = deployment["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    container["env"] = _environment(app, container.get("env", []))
    spec["initContainers"] = [_collector(app)]
    spec["volumes"].append({"name": "otel-collector", "configMap": {"name": _name(app)}})
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": _name(app), "labels": deployment["metadata"]["labels"]},
        "data": {"config.yaml": yaml_file(_configuration())},
    }
    files = (
        ArtifactFile("otel-sidecar/deployment.yaml", yaml_file(deployment)),
        ArtifactFile("otel-sidecar/config.yaml", yaml_file(config)),
    )
    return Template(files, _unknown(app))


def _name(app: App) -> str:
    return f"{app.name}-otel-collector"


def _environment(app: App, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    own = {
        "OTEL_SERVICE_NAME": app.name,
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }
    others = [variable for variable in given if variable["name"] not in own]
    return [*others, *({"name": name, "value": value} for name, value in own.items())]


def _collector(app: App) -> dict[str, Any]:
    pod = [
        {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}
        for name, path in _POD.items()
    ]
    endpoint = {"name": f"{app.name}-otlp", "key": "OTLP_ENDPOINT"}
    ask = {"httpGet": {"path": "/", "port": "health"}}
    memory = f"{_MEMORY_MIB}Mi"
    return {
        "name": "otel-collector",
        "image": _IMAGE,
        # It starts before the application and ends after it.
        "restartPolicy": "Always",
        "args": [f"--config={_FOLDER}/config.yaml"],
        "ports": [{"name": "health", "containerPort": 13133}],
        "env": [
            *pod,
            {"name": "OTLP_ENDPOINT", "valueFrom": {"secretKeyRef": endpoint}},
            {"name": "GOMEMLIMIT", "value": f"{_MEMORY_MIB * 8 // 10}MiB"},
        ],
        "startupProbe": {**ask, "periodSeconds": 2, "failureThreshold": 30},
        "livenessProbe": {**ask, "periodSeconds": 10},
        "resources": {"requests": {"cpu": "50m", "memory": memory}, "limits": {"memory": memory}},
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [{"name": "otel-collector", "mountPath": _FOLDER, "readOnly": True}],
    }


def _configuration() -> dict[str, Any]:
    limiter = {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 20}
    attributes = [
        {"key": key, "value": f"${{env:{variable}}}", "action": "insert"}
        for key, variable in _ATTRIBUTES.items()
    ]
    queue = {"sending_queue": {"batch": {"flush_timeout": "1s"}}}
    pipeline = {
        "receivers": ["otlp"],
        "processors": ["memory_limiter", "resource"],
        "exporters": ["otlp_grpc"],
    }
    return {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": "localhost:4317"},
                    "http": {"endpoint": "localhost:4318"},
                }
            }
        },
        "processors": {"memory_limiter": limiter, "resource": {"attributes": attributes}},
        "exporters": {"otlp_grpc": {"endpoint": "${env:OTLP_ENDPOINT}", **queue}},
        "extensions": {"health_check": {"endpoint": "${env:POD_IP}:13133"}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": dict.fromkeys(("traces", "metrics", "logs"), pipeline),
        },
    }


def _unknown(app: App) -> tuple[str, ...]:
    return present(
        *kubernetes.unknown(app, None),
        f"Where telemetry goes is not known: create the Secret {app.name}-otlp with OTLP_ENDPOINT, "
        "the host and port of what takes OTLP over gRPC with TLS; add the headers it asks for.",
        "Whether the application sends telemetry is not known: an SDK or agent of OpenTelemetry is "
        "assumed."
        if app.runtime is not Language.STATIC
        else "nginx sends no telemetry by itself: nothing comes from it.",
        "The cluster is taken to be of version 1.29 or later, which knows sidecars.",
    )


KIND = Kind(
    name="otel-sidecar",
    title="OpenTelemetry sidecar",
    expected=("otel-sidecar/deployment.yaml", "otel-sidecar/config.yaml"),
    max_tokens=12_000,
    version=1,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    wants=(
        FileGroup.CLUSTER,
        FileGroup.MONITORING,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.CONTAINER,
        FileGroup.MANIFEST,
        FileGroup.README,
    ),
)
