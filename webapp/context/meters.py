"""The metrics that well-known libraries expose by themselves, and the routes that serve them.

A library counts as a meter where the code uses it: to be among the dependencies is not enough.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from webapp.context.code import HASHES, SLASHES, Sources, places, rooted, sources
from webapp.context.java_config import settings
from webapp.context.tree import METRICS, Tree
from webapp.domain.project import Fact, FactName

Place = tuple[str, int]  # path, line
# Every client library that tells of its process tells this; it stands for the others.
PROCESS = "process_start_time_seconds"


@dataclass(frozen=True, slots=True)
class Meter:
    """What a library exposes where the code has `used`; a group of that is another route."""

    library: str
    used: str
    series: tuple[str, ...]
    route: str | None = None


_ROUTE = r"[\"'`](/[\w./-]{1,100})[\"'`]"
_METERS: Mapping[str, Sequence[Meter]] = {
    "python": (
        Meter(
            "prometheus-flask-exporter",
            rf"\bPrometheusMetrics(?:\.for_app_factory)?\((?:[^)\n]{{0,99}}\bpath\s?=\s?{_ROUTE})?",
            (PROCESS, "flask_http_request_duration_seconds_bucket", "flask_http_request_total"),
            "/metrics",
        ),
        Meter(
            "django-prometheus",
            r"PrometheusAfterMiddleware",
            (
                PROCESS,
                "django_http_requests_latency_seconds_by_view_method_bucket",
                "django_http_responses_total_by_status_total",
            ),
        ),
        Meter(
            "django-prometheus",
            r"\bpath\(\s{0,9}[\"']([\w/-]{0,50})[\"'],\s{0,9}include\(\s{0,9}[\"']django_prometheus\.urls",
            (PROCESS,),
            "/metrics",
        ),
        Meter(
            "starlette-exporter",
            r"\bPrometheusMiddleware\b",
            (PROCESS, "starlette_requests_total", "starlette_request_duration_seconds_bucket"),
        ),
        Meter(
            "prometheus-fastapi-instrumentator",
            rf"\.expose\((?:[^)\n]{{0,99}}\bendpoint\s?=\s?{_ROUTE})?",
            (PROCESS, "http_requests_total", "http_request_duration_highr_seconds_bucket"),
            "/metrics",
        ),
        Meter("prometheus-client", r"\b(?:generate_latest|make_[aw]sgi_app)\b", (PROCESS,)),
        Meter("prometheus-client", rf"{_ROUTE}\s{{0,9}}:\s{{0,9}}make_wsgi_app\(", (PROCESS,)),
    ),
    "node": (
        Meter(
            "express-prom-bundle",
            rf"\bexpress-prom-bundle\b|\bmetricsPath\s{{0,9}}:\s{{0,9}}{_ROUTE}",
            ("http_request_duration_seconds_bucket",),
            "/metrics",
        ),
        Meter(
            "fastify-metrics",
            rf"\bfastify-metrics\b|\bendpoint\s{{0,9}}:\s{{0,9}}{_ROUTE}",
            (PROCESS, "http_request_duration_seconds_bucket"),
            "/metrics",
        ),
        Meter(
            "@willsoto/nestjs-prometheus",
            r"\bPrometheusModule\.register(?:Async)?\(",
            (PROCESS,),
            "/metrics",
        ),
        Meter("prom-client", r"\bcollectDefaultMetrics\(", (PROCESS,)),
    ),
    "go": (
        Meter("github.com/prometheus/client_golang", r"\bpromhttp\.Handler\(\)", (PROCESS,)),
        Meter(
            "github.com/zsais/go-gin-prometheus",
            r"\bNewPrometheus\(\s{0,9}\"gin\"",
            ("gin_requests_total", "gin_request_duration_seconds_bucket"),
            "/metrics",
        ),
        Meter(
            "github.com/ansrivas/fiberprometheus",
            r"\bfiberprometheus\.New\(",
            ("http_requests_total", "http_request_duration_seconds_bucket"),
        ),
    ),
    "dotnet": (
        Meter(
            "prometheus-net.aspnetcore",
            r"\bUseHttpMetrics\(",
            ("http_request_duration_seconds_bucket", "http_requests_received_total"),
        ),
        Meter(
            "prometheus-net.aspnetcore",
            rf"\b(?:MapMetrics|UseMetricServer)\((?:\s{{0,9}}{_ROUTE})?",
            (PROCESS,),
            "/metrics",
        ),
    ),
    "ruby": (
        Meter(
            "prometheus-client",
            r"\bPrometheus::Middleware::Collector\b",
            ("http_server_requests_total", "http_server_request_duration_seconds_bucket"),
        ),
        Meter("prometheus-client", r"\bPrometheus::Middleware::Exporter\b", (), "/metrics"),
        Meter(
            "yabeda-rails",
            r"\bYabeda::(?:Prometheus|Rails)\b",
            ("rails_requests_total", "rails_request_duration_seconds_bucket"),
        ),
        Meter("yabeda-prometheus", r"\bYabeda::Prometheus::Exporter\b", (), "/metrics"),
    ),
    "rust": (
        Meter(
            "axum-prometheus",
            r"\bPrometheusMetricLayer(?:Builder)?\b",
            ("axum_http_requests_total", "axum_http_requests_duration_seconds_bucket"),
        ),
        Meter(
            "rocket-prometheus",
            r"\bPrometheusMetrics::(?:new|with_default_registry)\(",
            ("rocket_http_requests_total", "rocket_http_requests_duration_seconds_bucket"),
        ),
    ),
}
_ENDINGS = {
    "python": (".py",),
    "node": (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"),
    "go": (".go",),
    "dotnet": (".cs", ".fs", ".vb"),
    "ruby": (".rb", ".ru"),
    "rust": (".rs",),
}
_USED = {meter: re.compile(meter.used) for meters in _METERS.values() for meter in meters}
_SEVERAL_PROCESSES = re.compile(r"\bMultiProcessCollector\b|PROMETHEUS_MULTIPROC_DIR", re.I)
_SERVER = re.compile(r"\bstart_http_server\(\s{0,9}(?:port\s{0,9}=\s{0,9})?([0-9]{2,5})\b")
_MICROMETER = "http_server_requests_seconds"
_HISTOGRAM_KEY = "management.metrics.distribution.percentiles-histogram.http.server.requests"
_EXPOSED_KEY = "management.endpoints.web.exposure.include"
_BASE_KEY = "management.endpoints.web.base-path"
_OWN_PORT_KEY = "management.server.port"
_CONTEXT_KEYS = ("server.servlet.context-path", "spring.webflux.base-path")


def library_metrics(tree: Tree, language: str, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    """The time series of the libraries in use, at their places in the manifest; then routes."""
    if language == "java":
        yield from _micrometer(tree, libraries)
        return
    comments = HASHES if language in ("python", "ruby") else SLASHES
    meters = [meter for meter in _METERS.get(language, ()) if meter.library in libraries]
    files = sources(tree, _ENDINGS[language], comments) if meters else []
    is_parted = any(_SEVERAL_PROCESSES.search(text) for _, text in files)
    for meter in meters:
        if found := list(places(_USED[meter], files)):
            for series in meter.series:
                if not (is_parted and series == PROCESS):
                    yield Fact(FactName.METRIC, series, *libraries[meter.library])
            yield from _routes(meter, found)
    if language == "python" and "prometheus-client" in libraries:
        yield from _server(files)


def _routes(meter: Meter, found: Sequence[tuple[str, int, re.Match[str]]]) -> Iterator[Fact]:
    """The routes that the code gives, then the library's own."""
    for path, line, match in found:
        given = match[1] if match.re.groups else None
        if given is not None and meter.library == "django-prometheus":
            yield Fact(FactName.METRICS_ROUTE, f"{rooted(given)}/metrics", path, line)
        elif given is not None and METRICS.fullmatch(given):
            yield Fact(FactName.METRICS_ROUTE, given, path, line)
    if meter.route:
        yield Fact(FactName.METRICS_ROUTE, meter.route, *found[0][:2])


def _server(files: Sources) -> Iterator[Fact]:
    """A server for the metrics alone, at a port of its own."""
    for path, line, found in places(_SERVER, files):
        yield Fact(FactName.METRICS_ROUTE, f":{found[1]}/metrics", path, line)


def _micrometer(tree: Tree, libraries: Mapping[str, Place]) -> Iterator[Fact]:
    """What Spring Boot, Quarkus and Micronaut expose by Micrometer."""
    name = next((one for one in libraries if "micrometer-registry-prometheus" in one), None)
    if name is None:
        return
    said = {setting.key: setting for setting in settings(tree)}
    is_histogram = _HISTOGRAM_KEY in said and said[_HISTOGRAM_KEY].value == "true"
    requests = f"{_MICROMETER}_bucket" if is_histogram else f"{_MICROMETER}_count"
    for series in (PROCESS, requests):
        yield Fact(FactName.METRIC, series, *libraries[name])
    if "quarkus" in name:
        yield Fact(FactName.METRICS_ROUTE, "/q/metrics", *libraries[name])
    elif any(one.startswith("io.micronaut") for one in libraries):
        yield Fact(FactName.METRICS_ROUTE, "/prometheus", *libraries[name])
    elif exposed := said.get(_EXPOSED_KEY):
        # Spring Boot exposes nothing but its health unless told.
        shown = {part.strip() for part in exposed.value[:500].split(",")}
        if shown & {"*", "prometheus"} and _OWN_PORT_KEY not in said:
            base = said[_BASE_KEY].value if _BASE_KEY in said else "actuator"
            context = "".join(rooted(said[key].value) for key in _CONTEXT_KEYS if key in said)
            route = f"{context}{rooted(base)}/prometheus"
            yield Fact(FactName.METRICS_ROUTE, route, exposed.path, exposed.line)
