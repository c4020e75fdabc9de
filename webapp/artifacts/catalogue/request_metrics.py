"""What measures the requests of an application, for its alerts and its dashboard alike."""

from dataclasses import dataclass

from webapp.artifacts.blueprint import App, Language


@dataclass(frozen=True, slots=True)
class Meter:
    """Who measures requests: what counts them, with its label for the status, and how long.

    `buckets` are None where it keeps no histogram. `language` is the only one it is for, if any.
    """

    name: str
    requests: str
    status: str
    buckets: str | None
    language: Language | None = None


def _histogram(name: str, metric: str, status: str, language: Language | None = None) -> Meter:
    """A meter that counts requests by the histogram of their durations."""
    return Meter(name, f"{metric}_count", status, f"{metric}_bucket", language)


def _counter(
    name: str, requests: str, status: str, durations: str, language: Language | None = None
) -> Meter:
    """A meter whose counter knows the status that its histogram does not."""
    return Meter(name, requests, status, f"{durations}_bucket", language)


OPEN_TELEMETRY = _histogram(
    "OpenTelemetry", "http_server_request_duration_seconds", "http_response_status_code"
)
MICROMETER = _histogram("Micrometer", "http_server_requests_seconds", "status")
_NO_HISTOGRAM = Meter("Micrometer", "http_server_requests_seconds_count", "status", None)
_DURATION = "http_request_duration_seconds"
# The first of which all series are known measures; one with more of them comes before.
_KNOWN = (
    _histogram("prometheus-flask-exporter", f"flask_{_DURATION}", "status"),
    _counter(
        "django-prometheus",
        "django_http_responses_total_by_status_total",
        "status",
        "django_http_requests_latency_seconds_by_view_method",
    ),
    _counter(
        "starlette-exporter",
        "starlette_requests_total",
        "status_code",
        "starlette_request_duration_seconds",
    ),
    _counter(
        "prometheus-fastapi-instrumentator",
        "http_requests_total",
        "status",
        "http_request_duration_highr_seconds",
    ),
    _counter("fiberprometheus", "http_requests_total", "status_code", _DURATION, Language.GO),
    _counter("go-gin-prometheus", "gin_requests_total", "code", "gin_request_duration_seconds"),
    _counter("prometheus-net", "http_requests_received_total", "code", _DURATION),
    _histogram("the middleware of prom-client", _DURATION, "status_code", Language.NODE),
    _counter(
        "prometheus-client",
        "http_server_requests_total",
        "code",
        "http_server_request_duration_seconds",
        Language.RUBY,
    ),
    _counter("yabeda-rails", "rails_requests_total", "status", "rails_request_duration_seconds"),
    _counter(
        "axum-prometheus",
        "axum_http_requests_total",
        "status",
        "axum_http_requests_duration_seconds",
    ),
    _counter(
        "rocket-prometheus",
        "rocket_http_requests_total",
        "status",
        "rocket_http_requests_duration_seconds",
    ),
    MICROMETER,
    _NO_HISTOGRAM,
)
_BY_MICROMETER = frozenset({"micronaut", "quarkus", "spring-boot"})
HISTOGRAMS = "Micrometer counts how long requests take only where histograms are turned on."
PROCESS = "process_start_time_seconds"


def is_measured(app: App) -> bool:
    """Whether its requests are counted: nginx by itself counts none that Prometheus can read.

    Of an application whose metrics are known these have to be among them.
    """
    if app.listens is None or app.runtime is Language.STATIC:
        return False
    return not app.metrics or known_meter(app) is not None


def known_meter(app: App) -> Meter | None:
    """What the project shows to measure its requests."""
    return next((meter for meter in _KNOWN if _has(app, meter)), None)


def meter_of(app: App) -> Meter:
    """What measures its requests, else what usually does so with its framework."""
    usual = MICROMETER if app.framework in _BY_MICROMETER else OPEN_TELEMETRY
    return known_meter(app) or usual


def metrics_place(app: App, usual: str | None) -> tuple[int, str] | None:
    """The port and the route at which its metrics are read; None where nobody knows.

    `usual` is the route of its framework, where the project shows none.
    """
    port, slash, path = (app.metrics_route or usual or "").removeprefix(":").partition("/")
    if not slash or not (port or app.listens):
        return None
    return (int(port) if port else app.listens or 0, f"/{path}")


def tells_of_process(app: App) -> bool:
    """Whether it tells of its process, which is assumed where nothing is known of its metrics."""
    return not app.metrics or PROCESS in app.metrics


def own_metrics(app: App) -> tuple[str, ...]:
    """The time series that the application alone has: neither of its requests nor its process."""
    known = {
        series
        for meter in _KNOWN
        for series in (meter.requests, meter.buckets, *_durations(meter))
        if _has(app, meter)
    }
    return tuple(one for one in app.metrics if one not in known and one not in (PROCESS, *_ALSO))


# Counted by a library beside what is asked of it already.
_ALSO = ("flask_http_request_total",)


def _durations(meter: Meter) -> tuple[str, ...]:
    return (meter.requests.replace("_count", "_bucket"),)


def _has(app: App, meter: Meter) -> bool:
    known = {*app.metrics, *(f"{one.removesuffix('_bucket')}_count" for one in app.metrics)}
    is_there = meter.requests in known and meter.buckets in (None, *app.metrics)
    return is_there and meter.language in (None, app.language)
