"""What measures the requests of an application, for its alerts and its dashboard alike."""

from dataclasses import dataclass

from webapp.artifacts.blueprint import App, Language


@dataclass(frozen=True, slots=True)
class Meter:
    """Who measures how long requests take, the name of the metric, and its label for the status."""

    name: str
    metric: str
    status: str


OPEN_TELEMETRY = Meter(
    "OpenTelemetry", "http_server_request_duration_seconds", "http_response_status_code"
)
MICROMETER = Meter("Micrometer", "http_server_requests_seconds", "status")
_BY_MICROMETER = frozenset({"micronaut", "quarkus", "spring-boot"})
HISTOGRAMS = "Micrometer counts how long requests take only where histograms are turned on."


def is_measured(app: App) -> bool:
    """Whether its requests are counted: nginx by itself counts none that Prometheus can read."""
    return app.listens is not None and app.runtime is not Language.STATIC


def meter_of(app: App) -> Meter:
    """What an application of this framework usually measures with."""
    return MICROMETER if app.framework in _BY_MICROMETER else OPEN_TELEMETRY
