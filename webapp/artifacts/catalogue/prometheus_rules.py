"""Alerting rules for Prometheus: the application, and the services that it needs."""

from collections.abc import Iterator
from typing import Any

from webapp.artifacts.backing import BACKING, Backing, known
from webapp.artifacts.base import BlueprintInput, Kind, Template
from webapp.artifacts.blueprint import App, Language, listed, present, read_app, unknown_name
from webapp.artifacts.catalogue.own_alerts import COMPARED, own_alerts
from webapp.artifacts.catalogue.request_metrics import (
    HISTOGRAMS,
    MICROMETER,
    PROCESS,
    UNSURE_STATUS,
    is_measured,
    known_meter,
    meter_of,
    own_metrics,
    tells_of_process,
)
from webapp.artifacts.checks.prometheus_rules import check
from webapp.artifacts.yaml_text import yaml_file
from webapp.domain.artifact import ArtifactFile
from webapp.domain.file_group import FileGroup

_INSTRUCTIONS = """\
- Rule files under rules/: groups, each with a name that occurs once, and rules. No Kubernetes \
wrapper (PrometheusRule) unless the brief asks for it.
- Alert on what users notice: it is down, errors, slowness, work that piles up; then on what will \
soon fail: full disks, expiring certificates. Few alerts, each of which needs somebody to act.
- An alert has a name in CamelCase, expr, for (5m for a page; longer for a ticket), \
labels.severity (critical or warning) and annotations.summary and annotations.description with {{ \
$labels.job }} and {{ $value }}. A description says what to look at first.
- rate() and increase() only over counters and with a window of at least four scrapes ([5m]); \
histogram_quantile(0.95, sum by (le) (rate(…_bucket[5m]))); never rate of a sum. A ratio divides \
two sums over the same labels, and there is traffic or the alert is silent.
- up{job="…"} == 0 for a target that does not answer, absent(up{job="…"}) for one that is gone.
- Only metrics that the application or a usual exporter really has: OpenTelemetry's \
http_server_request_duration_seconds, process_start_time_seconds, pg_up, redis_up, mysql_up, \
kube_… of kube-state-metrics. Name in the notes every metric that has to be there, and who \
exposes it.
- The facts name under “metric” the time series that the application really has, and under \
“metrics_route” where: build the alerts from these first, and invent none beside them. Of a \
histogram its _bucket is named, and _count and _sum are there as well.
- Recording rules for expressions that several alerts share, named level:metric:operations.
- Thresholds come from the brief; where it gives none, choose careful ones and say so."""


def _blueprint(given: BlueprintInput) -> Template:
    app = read_app(given.facts)
    services = known(app.services)
    groups = [{"name": app.name, "rules": [*_process_rules(app), *_request_rules(app)]}]
    if own := [*_own_rules(app)]:
        groups.append({"name": f"{app.name}-own", "rules": own})
    if services:
        rules = [_service_rule(service) for service in services]
        groups.append({"name": f"{app.name}-services", "rules": rules})
    file = ArtifactFile("rules/app.yml", yaml_file({"groups": groups}))
    return Template((file,), _unknown(app, services))


def _alert(
    name: str, expr: str, wait: str, severity: str, summary: str, description: str
) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expr,
        "for": wait,
        "labels": {"severity": severity},
        "annotations": {"summary": summary, "description": description},
    }


def _process_rules(app: App) -> Iterator[dict[str, Any]]:
    job = f'job="{app.name}"'
    yield _alert(
        "ApplicationDown",
        f"up{{{job}}} == 0",
        "5m",
        "critical",
        "{{ $labels.instance }} of {{ $labels.job }} is down",
        "Prometheus has not reached it for 5 minutes: look at its log and at its last deployment.",
    )
    yield _alert(
        "ApplicationAbsent",
        f"absent(up{{{job}}})",
        "10m",
        "critical",
        f"{app.name} is gone",
        "Prometheus knows no target of this job: it runs nowhere, or nothing looks for it.",
    )
    if app.runtime is Language.STATIC or not tells_of_process(app):
        return
    yield _alert(
        "ApplicationRestarts",
        f"changes({PROCESS}{{{job}}}[30m]) > 3",
        "5m",
        "warning",
        "{{ $labels.instance }} of {{ $labels.job }} keeps restarting",
        "It started {{ $value }} times within 30 minutes: look at how it ended the last time.",
    )


def _request_rules(app: App) -> Iterator[dict[str, Any]]:
    if not is_measured(app):
        return
    meter = meter_of(app)
    job = f'job="{app.name}"'
    failed = f"sum by (job) ({meter.failed(job, '[5m]')})"
    served = f"sum by (job) (rate({meter.requests}{{{job}}}[5m]))"
    yield _alert(
        "ApplicationErrors",
        f"{failed} / {served} > 0.05",
        "10m",
        "critical",
        "{{ $labels.job }} fails too many requests",
        "{{ $value | humanizePercentage }} of its requests end with a status of 500 or more.",
    )
    if meter.buckets is None:
        return
    buckets = f"sum by (job, le) (rate({meter.buckets}{{{job}}}[5m]))"
    yield _alert(
        "ApplicationSlow",
        f"histogram_quantile(0.95, {buckets}) > 1",
        "10m",
        "warning",
        "{{ $labels.job }} answers slowly",
        "One request in twenty takes longer than {{ $value | humanizeDuration }}.",
    )


def _own_rules(app: App) -> Iterator[dict[str, Any]]:
    for one in own_alerts(app):
        yield _alert(one.name, one.expr, one.wait, "warning", one.summary, one.description)


def _service_rule(service: Backing) -> dict[str, Any]:
    name = service.title.replace(" ", "")
    return _alert(
        f"{name}Down",
        f'{_is_up(service)}{{job="{service.name}"}} == 0',
        "5m",
        "critical",
        f"{service.title} is down",
        f"{{{{ $labels.instance }}}} has not answered for 5 minutes: {service.title} is needed "
        "by the application.",
    )


def _is_up(service: Backing) -> str:
    return service.is_up or "up"


def _unknown(app: App, services: tuple[Backing, ...]) -> tuple[str, ...]:
    jobs = [app.name, *(service.name for service in services)]
    exported = [service.is_up for service in services if service.is_up]
    strange = [name for name in app.services if name not in BACKING]
    return present(
        unknown_name(app),
        f"What Prometheus calls its jobs is not known; assumed: {listed(jobs)}.",
        "nginx gives Prometheus no metrics by itself: its exporter has to run beside it."
        if app.runtime is Language.STATIC
        else None,
        *_metrics(app),
        COMPARED if own_metrics(app) else None,
        f"Of the usual exporters these metrics are assumed: {listed(exported)}."
        if exported
        else None,
        f"No template knows {listed(strange)}: there is no alert for it." if strange else None,
        "What is too slow or too many errors is not known: 1 s and 5 % are assumed."
        if is_measured(app)
        else None,
    )


def _metrics(app: App) -> Iterator[str]:
    """Which metrics are taken for granted, where the project does not show them."""
    meter = meter_of(app)
    if app.runtime is Language.STATIC:
        return
    if app.metrics:
        where = app.metrics_route or "a route that is not known"
        yield f"The metrics are those that the project shows; Prometheus reads them at {where}."
        if not tells_of_process(app):
            yield "The project shows no metric of its process: there is no alert for restarts."
        if app.listens and not known_meter(app):
            yield "The project shows no metric of its requests: there is no alert for them."
        elif app.listens and meter.name == MICROMETER.name and meter.buckets is None:
            yield HISTOGRAMS
        if is_measured(app) and len(meter.statuses) > 1:
            yield UNSURE_STATUS
        return
    yield f"Which metrics the application has is not known: {PROCESS} is assumed."
    if is_measured(app):
        yield f"{meter.requests}, as {meter.name} names it, is assumed for its requests."
    if is_measured(app) and meter is MICROMETER:
        yield HISTOGRAMS


KIND = Kind(
    name="prometheus-rules",
    title="Prometheus alert rules",
    expected=("rules/*.yml",),
    max_tokens=8_000,
    version=3,
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
