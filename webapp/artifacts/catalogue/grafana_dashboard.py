"""A Grafana dashboard for an application: its requests, errors and durations, and its process."""

import json
from collections.abc import Iterator
from typing import Any

from webapp.artifacts.backing import Backing, known
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import (
    COMMENT,
    MAX_NAMED,
    App,
    Language,
    listed,
    present,
    read_app,
    unknown_name,
)
from webapp.artifacts.catalogue.grafana_dashboard_panels import (
    SOURCE,
    Panel,
    Query,
    placed,
)
from webapp.artifacts.catalogue.request_metrics import (
    HISTOGRAMS,
    MICROMETER,
    UNSURE_STATUS,
    is_measured,
    known_meter,
    meter_of,
    own_metrics,
    tells_of_process,
)
from webapp.artifacts.checks.grafana_dashboard import check
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- One file under dashboards/: a dashboard in the classic JSON layout (title, uid, tags, time, \
refresh, schemaVersion 41, templating.list, panels), as it is imported or provisioned: without a \
wrapper, and with "id": null. Strict JSON: no comments, no trailing commas.
- What users notice comes first: requests per second, the share of errors, durations (p50, p95, \
p99); then the process (CPU, memory, file descriptors, restarts) and its runtime; then what it \
depends on. Rows divide it. Few panels, each of which answers a question.
- Panels are timeseries, stat, gauge, bargauge, table, heatmap, state-timeline, logs, text or row; \
never graph, singlestat or table-old. Each has an id of its own, a title, a gridPos (24 columns, \
none on top of another), a unit (reqps, percentunit, s, bytes) and a description where it is not \
plain.
- The data source is a variable: {"type": "prometheus", "uid": "${datasource}"} in every panel, \
with a variable datasource of type datasource and query prometheus. Every variable that is used is \
defined (job by label_values(up, job)), and nothing is defined that is not used. Those with \
several values are compared by =~.
- Queries have refId A, B, …; rate() over [$__rate_interval] and only over counters; \
histogram_quantile over sum by (le) (rate(…_bucket[$__rate_interval])); legendFormat with {{label}}.
- The facts name under “metric” the time series that the application really has: show these. Of a \
histogram its _bucket is named.
- Only metrics that the application or a usual exporter really has. Name in the notes every metric \
that has to be there, and who exposes it."""

_JOB = 'job="$job"'
_UNITS = {"_seconds": "s", "_bytes": "bytes", "_ratio": "percentunit"}
_RATE = "[$__rate_interval]"
# What the usual client library of a language tells of its runtime.
_RUNTIMES = {
    Language.GO: ("Goroutines", "short", f"go_goroutines{{{_JOB}}}"),
    Language.NODE: ("Event loop lag", "s", f"nodejs_eventloop_lag_seconds{{{_JOB}}}"),
    Language.PYTHON: (
        "Garbage collections",
        "ops",
        f"sum by (instance) (rate(python_gc_collections_total{{{_JOB}}}{_RATE}))",
    ),
}


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    services = known(app.services)
    text = json.dumps(_dashboard(app, services), indent=2, ensure_ascii=False)
    file = ArtifactFile("dashboards/app.json", f"{text}\n")
    return Template((file,), _unknown(app, services))


def _dashboard(app: App, services: tuple[Backing, ...]) -> dict[str, Any]:
    rows = {
        "Overview": [_instances(), *_services_panels(services)],
        "Requests": list(_request_panels(app)),
        "Application": list(_own_panels(app)),
        "Process": list(_process_panels(app)),
    }
    return {
        "id": None,
        "uid": app.name,
        "title": app.name,
        "description": COMMENT.removeprefix("# "),
        "tags": ["template"],
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "schemaVersion": 41,
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": _variables(app)},
        "panels": placed(rows),
    }


def _variables(app: App) -> list[dict[str, Any]]:
    return [
        {
            "name": "datasource",
            "label": "Data source",
            "type": "datasource",
            "query": "prometheus",
        },
        {
            "name": "job",
            "label": "Job",
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": "label_values(up, job)", "refId": "job"},
            "current": {"text": app.name, "value": app.name},
            "refresh": 2,
        },
    ]


def _instances() -> Panel:
    up = Query(f"sum(up{{{_JOB}}})", "up")
    return Panel("Instances up", "short", (up,), kind="stat")


def _request_panels(app: App) -> Iterator[Panel]:
    if not is_measured(app):
        return
    meter = meter_of(app)
    served = f"{meter.requests}{{{_JOB}}}{_RATE}"
    failed = meter.failed(_JOB, _RATE)
    legend = "".join(f"{{{{{status}}}}}" for status in meter.statuses)
    by_status = Query(f"sum by ({', '.join(meter.statuses)}) (rate({served}))", legend)
    # No failure at all is a share of 0, not a gap.
    share = Query(f"(sum({failed}) or vector(0)) / sum(rate({served}))", "errors")
    yield Panel("Requests", "reqps", (by_status,), description="Requests per second by status.")
    yield Panel("Errors", "percentunit", (share,), description="Answers of 500 and above.")
    if meter.buckets:
        durations = _quantiles(meter.buckets)
        yield Panel("Duration", "s", durations, description="How long requests take.")


def _quantiles(buckets: str) -> tuple[Query, ...]:
    rates = f"sum by (le) (rate({buckets}{{{_JOB}}}{_RATE}))"
    return tuple(
        Query(f"histogram_quantile({part}, {rates})", name)
        for part, name in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"))
    )


def _own_panels(app: App) -> Iterator[Panel]:
    """A panel for each series that only this application has."""
    for series in own_metrics(app)[:MAX_NAMED]:
        if series.endswith("_bucket"):
            metric = series.removesuffix("_bucket")
            yield Panel(metric, _unit(metric), _quantiles(series))
        elif series.endswith(("_total", "_count")):
            rate = Query(f"sum(rate({series}{{{_JOB}}}{_RATE}))", "per second")
            yield Panel(series, "ops", (rate,))
        else:
            yield _by_instance(series, _unit(series), f"{series}{{{_JOB}}}")


def _unit(series: str) -> str:
    """The unit that a name ends with, as Prometheus asks for."""
    return next((unit for end, unit in _UNITS.items() if series.endswith(end)), "short")


def _process_panels(app: App) -> Iterator[Panel]:
    if app.runtime is Language.STATIC or not tells_of_process(app):
        return
    if meter_of(app).name == MICROMETER.name:
        heap = f'jvm_memory_used_bytes{{{_JOB}, area="heap"}}'
        yield _by_instance("CPU", "percentunit", f"process_cpu_usage{{{_JOB}}}")
        yield _by_instance("Heap", "bytes", f"sum by (instance) ({heap})")
        yield _by_instance("Threads", "short", f"jvm_threads_live_threads{{{_JOB}}}")
        yield _by_instance("Open files", "short", f"process_files_open_files{{{_JOB}}}")
    else:
        cpu = f"rate(process_cpu_seconds_total{{{_JOB}}}{_RATE})"
        yield _by_instance("CPU", "percentunit", cpu)
        yield _by_instance("Memory", "bytes", f"process_resident_memory_bytes{{{_JOB}}}")
        yield _by_instance("Open files", "short", f"process_open_fds{{{_JOB}}}")
        if app.runtime in _RUNTIMES:
            title, unit, expr = _RUNTIMES[app.runtime]
            yield _by_instance(title, unit, expr)
    yield _by_instance("Running for", "s", f"time() - process_start_time_seconds{{{_JOB}}}")


def _by_instance(title: str, unit: str, expr: str) -> Panel:
    return Panel(title, unit, (Query(expr, "{{instance}}"),))


def _watched(services: tuple[Backing, ...]) -> tuple[Backing, ...]:
    """The services that have a usual exporter."""
    return tuple(service for service in services if service.is_up)


def _services_panels(services: tuple[Backing, ...]) -> Iterator[Panel]:
    queries = tuple(
        Query(f'min({service.is_up}{{job="{service.name}"}})', service.title)
        for service in _watched(services)
    )
    if queries:
        up = "1 is up, 0 is down."
        yield Panel("Services up", "short", queries, kind="stat", description=up)


def _unknown(app: App, services: tuple[Backing, ...]) -> tuple[str, ...]:
    watched = _watched(services)
    silent = [one.title for one in services if one not in watched]
    exported = [f"{one.is_up} of the job {one.name}" for one in watched]
    return present(
        unknown_name(app),
        f"What Prometheus calls its job is not known: {app.name} is chosen first.",
        "nginx gives Prometheus no metrics by itself: only whether its exporter is up is shown."
        if app.runtime is Language.STATIC
        else None,
        *_metrics(app),
        f"Of the usual exporters these metrics are assumed: {listed(exported)}."
        if exported
        else None,
        f"Nothing is shown of {listed(silent)}." if silent else None,
    )


def _metrics(app: App) -> Iterator[str]:
    """Which metrics are taken for granted, where the project does not show them."""
    meter = meter_of(app)
    if app.runtime is Language.STATIC:
        return
    if app.metrics:
        yield "The metrics are those that the project shows."
        if app.listens and not known_meter(app):
            yield "The project shows no metric of its requests: there are no panels for them."
        elif app.listens and meter.name == MICROMETER.name and meter.buckets is None:
            yield HISTOGRAMS
        if is_measured(app) and len(meter.statuses) > 1:
            yield UNSURE_STATUS
        return
    named = meter.name if meter is MICROMETER else "a Prometheus client"
    yield (
        "Which metrics the application has is not known: those of its process are assumed as "
        f"{named} names them."
    )
    if is_measured(app):
        yield (
            f"{meter.requests} with the label {meter.statuses[0]}, as {meter.name} names it, is "
            "assumed for its requests."
        )
    if is_measured(app) and meter is MICROMETER:
        yield HISTOGRAMS


KIND = Kind(
    name="grafana-dashboard",
    title="Grafana dashboard",
    expected=("dashboards/*.json",),
    max_tokens=16_000,
    version=2,
    instructions=_INSTRUCTIONS,
    check=check,
    blueprint=_blueprint,
    wants=(
        FileGroup.MONITORING,
        FileGroup.MEASURED,
        FileGroup.ENTRY,
        FileGroup.CONFIG,
        FileGroup.MANIFEST,
        FileGroup.README,
    ),
)
