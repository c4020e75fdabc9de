"""An OpenTelemetry Collector that takes in what all applications of a project send."""

from collections.abc import Iterator, Sequence
from itertools import chain, count
from typing import Any

from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import App, Language, listed, present, read_app, unknown_name
from webapp.artifacts.catalogue.request_metrics import metrics_place
from webapp.artifacts.checks.otel_collector import check
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- One file, otel-collector.yaml: the configuration alone, with receivers, processors, exporters, \
extensions, connectors where they are needed, and service. No Kubernetes object around it unless \
the brief asks for one. It is written for the contrib distribution, version 0.144 or later.
- Every component that a pipeline or service.extensions names is defined, and nothing is defined \
that is not in use. Names are type or type/name. Pipelines are traces, metrics, logs (and \
profiles), each with receivers and exporters.
- What comes in: the otlp receiver with grpc (4317) and http (4318); prometheus with \
scrape_configs only for applications that expose metrics. Endpoints name an address \
(${env:POD_IP}:4317, the name of the container, localhost), never 0.0.0.0.
- Processors in this order: memory_limiter (check_interval 1s, limit_percentage, \
spike_limit_percentage), then what enriches (resource, k8s_attributes), then what filters or \
samples. Batching is done by the exporters: sending_queue with batch. A batch processor, if the \
brief wants one, is the last.
- What goes out: otlp_grpc or otlp_http to the back end, with its endpoint and headers from \
${env:NAME}; prometheus_remote_write where Prometheus takes it; debug only while trying out. \
There are no exporters called logging, jaeger, loki or opencensus any more: Jaeger and Loki take \
OTLP. tls.insecure: true only inside of one trusted network, and said in the notes.
- A connector is an exporter of one pipeline and a receiver of another (span_metrics: traces to \
metrics).
- health_check is among the extensions. Metrics of the Collector itself are set by \
service.telemetry.metrics.readers, never by address.
- Variables are ${env:NAME} or ${env:NAME:-default}; never $NAME. $$ for a dollar sign itself, \
also in scrape_configs. No token, key or password is written out.
- service.name is set by each application (OTEL_SERVICE_NAME); insert it here only where there is \
one application.
- In the notes: every variable to set, and what the applications have to be told \
(OTEL_EXPORTER_OTLP_ENDPOINT)."""

_HOST = "${env:OTELCOL_HOST:-localhost}"
# Where a framework shows its metrics by itself, once its Prometheus registry is there.
_METRICS = {
    "micronaut": "/prometheus",
    "quarkus": "/q/metrics",
    "spring-boot": "/actuator/prometheus",
}


def _blueprint(given: BlueprintInput) -> Template:
    apps = [read_app(facts) for facts in (given.facts, *given.others)]
    file = ArtifactFile("otel-collector.yaml", yaml_file(_configuration(apps)))
    return Template((file,), _unknown(apps))


def _configuration(apps: Sequence[App]) -> dict[str, Any]:
    jobs = list(_scraped(apps))
    limiter = {"check_interval": "1s", "limit_percentage": 80, "spike_limit_percentage": 20}
    queue = {"sending_queue": {"batch": {"flush_timeout": "1s"}}}
    return {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": f"{_HOST}:4317"},
                    "http": {"endpoint": f"{_HOST}:4318"},
                }
            },
            **({"prometheus": {"config": {"scrape_configs": jobs}}} if jobs else {}),
        },
        "processors": {"memory_limiter": limiter, **_named(apps)},
        "exporters": {"otlp_grpc": {"endpoint": "${env:OTLP_ENDPOINT}", **queue}},
        "extensions": {"health_check": {"endpoint": f"{_HOST}:13133"}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                "traces": _pipeline(apps),
                "metrics": _pipeline(apps, *(["prometheus"] if jobs else [])),
                "logs": _pipeline(apps),
            },
        },
    }


def _named(apps: Sequence[App]) -> dict[str, Any]:
    """The name of the only application, for what comes without one."""
    if len(apps) > 1:
        return {}
    name = {"key": "service.name", "value": apps[0].name, "action": "insert"}
    return {"resource": {"attributes": [name]}}


def _pipeline(apps: Sequence[App], *receivers: str) -> dict[str, Any]:
    return {
        "receivers": ["otlp", *receivers],
        "processors": ["memory_limiter", *_named(apps)],
        "exporters": ["otlp_grpc"],
    }


def _names(apps: Sequence[App]) -> list[str]:
    """A name for each: its own, with a number where another before it has the same."""
    names: list[str] = []
    for app in apps:
        numbered = (f"{app.name}-{number}" for number in count(2))
        names.append(next(one for one in chain((app.name,), numbered) if one not in names))
    return names


def _scraped(apps: Sequence[App]) -> Iterator[dict[str, Any]]:
    """A job for each application that shows metrics by itself."""
    for name, app in zip(_names(apps), apps, strict=True):
        if place := metrics_place(app, _METRICS.get(app.framework or "")):
            port, route = place
            yield {
                "job_name": name,
                "scrape_interval": "30s",
                "metrics_path": route,
                "static_configs": [{"targets": [f"{name}:{port}"]}],
            }


def _unknown(apps: Sequence[App]) -> tuple[str, ...]:
    names = _names(apps)
    scraped = [str(job["static_configs"][0]["targets"][0]) for job in _scraped(apps)]
    silent = [name for name, app in zip(names, apps, strict=True) if app.runtime is Language.STATIC]
    return present(
        unknown_name(apps[0]),
        "Where telemetry goes is not known: set OTLP_ENDPOINT to the host and port of what takes "
        "OTLP over gRPC with TLS, and add the headers that it asks for.",
        "Set OTELCOL_HOST to the Collector's own address, such as the IP of its pod: without it "
        "only programs beside it reach it.",
        "Set OTEL_EXPORTER_OTLP_ENDPOINT in each application to where the Collector is, and "
        f"OTEL_SERVICE_NAME to its name: {listed(names)}.",
        "Whether the applications send telemetry is not known: an SDK or agent of OpenTelemetry "
        "is assumed.",
        f"Metrics are taken to be shown by {listed(scraped)}, to the Collector alone."
        if scraped
        else None,
        f"nginx sends no telemetry by itself: nothing comes from {listed(silent)}."
        if silent
        else None,
        "It is written for version 0.144 of the Collector or later.",
    )


KIND = Kind(
    name="otel-collector",
    title="OpenTelemetry Collector",
    expected=("otel-collector.yaml",),
    max_tokens=8_000,
    version=2,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    takes_all=True,
    wants=(
        FileGroup.MONITORING,
        FileGroup.MEASURED,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.CLUSTER,
        FileGroup.CONTAINER,
        FileGroup.MANIFEST,
        FileGroup.README,
    ),
)
