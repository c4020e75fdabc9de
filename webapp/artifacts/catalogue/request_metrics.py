"""What measures the requests of an application, for its alerts and its dashboard alike."""

from dataclasses import dataclass

from webapp.artifacts.blueprint import App, Language


@dataclass(frozen=True, slots=True)
class Meter:
    """Who measures requests: what counts them, with its label for the status, and how long.

    There are several labels where nobody knows which it is: a series has only one of them.
    `buckets` are None where it keeps no histogram.
    """

    name: str
    requests: str
    statuses: tuple[str, ...]
    buckets: str | None

    def failed(self, given: str, window: str) -> str:
        """The rate of requests that ended with a status of 500 or more; `given` is a matcher."""
        rates = (
            f'rate({self.requests}{{{given}, {status}=~"5.."}}{window})' for status in self.statuses
        )
        return " or ".join(rates)


def _histogram(name: str, metric: str, *statuses: str) -> Meter:
    """A meter that counts requests by the histogram of their durations."""
    return Meter(name, f"{metric}_count", statuses, f"{metric}_bucket")


def _counter(name: str, requests: str, status: str, durations: str) -> Meter:
    """A meter whose counter knows the status that its histogram does not."""
    return Meter(name, requests, (status,), f"{durations}_bucket")


OPEN_TELEMETRY = _histogram(
    "OpenTelemetry", "http_server_request_duration_seconds", "http_response_status_code"
)
MICROMETER = _histogram("Micrometer", "http_server_requests_seconds", "status")
_NO_HISTOGRAM = Meter("Micrometer", "http_server_requests_seconds_count", ("status",), None)
_DURATION = "http_request_duration_seconds"
_ANY_STATUS = ("status", "status_code", "code")
# The first of which all series are known measures; those with names that anybody gives come last.
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
    _counter("go-gin-prometheus", "gin_requests_total", "code", "gin_request_duration_seconds"),
    _counter("prometheus-net", "http_requests_received_total", "code", _DURATION),
    _counter(
        "prometheus-client",
        "http_server_requests_total",
        "code",
        "http_server_request_duration_seconds",
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
    Meter("the application", "http_requests_total", _ANY_STATUS, f"{_DURATION}_bucket"),
    _histogram("the application", _DURATION, *_ANY_STATUS),
    Meter("the application", "http_requests_total", _ANY_STATUS, None),
)
_BY_MICROMETER = frozenset({"micronaut", "quarkus", "spring-boot"})
HISTOGRAMS = "Micrometer counts how long requests take only where histograms are turned on."
UNSURE_STATUS = "Which label has the status is not known: status, status_code and code are asked."
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
    return meter.requests in known and meter.buckets in (None, *app.metrics)
