"""Alerts and panels from what an application measures itself, of which nobody knows what is usual.

So each series is compared with itself: with the day or the week before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.artifacts.blueprint import MAX_NAMED, App
from webapp.artifacts.catalogue.request_metrics import own_metrics

_FAILURES = re.compile(
    r"(?:^|_)(?:error|exception|fail|failed|failure|reject|rejected|timeout|dropped)s?(?:_|$)"
)
COMPARED = (
    "What is usual of its own metrics is not known: each is compared with the day or week before, "
    "and failures with none at all."
)


@dataclass(frozen=True, slots=True)
class OwnAlert:
    """An alert about one series; `summary` and `description` are templates of Prometheus."""

    name: str
    expr: str
    wait: str
    summary: str
    description: str


def own_alerts(app: App) -> Iterator[OwnAlert]:
    """An alert for each of the first twelve series that only this application has."""
    for series in own_metrics(app)[:MAX_NAMED]:
        yield _alert(series, f'job="{app.name}"')


def _alert(series: str, job: str) -> OwnAlert:
    if series.endswith("_bucket"):
        return _slower(series.removesuffix("_bucket"), job)
    if series.endswith(("_total", "_count")):
        is_failure = _FAILURES.search(series.removesuffix("_total")) is not None
        return _failing(series, job) if is_failure else _silent(series, job)
    return _larger(series, job)


def _slower(metric: str, job: str) -> OwnAlert:
    """For a histogram: twice as high as a week before."""
    now = _p95(metric, job, "")
    return OwnAlert(
        f"{_title(metric)}High",
        f"{now} > 2 * {_p95(metric, job, ' offset 1w')}",
        "30m",
        f"{metric} of {{{{ $labels.job }}}} is twice as high as a week ago",
        "One value in twenty is above {{ $value }}.",
    )


def _p95(metric: str, job: str, offset: str) -> str:
    rate = f"rate({metric}_bucket{{{job}}}[30m]{offset})"
    return f"histogram_quantile(0.95, sum by (job, le) ({rate}))"


def _failing(series: str, job: str) -> OwnAlert:
    return OwnAlert(
        f"{_title(series.removesuffix('_total'))}Growing",
        f"sum by (job) (increase({series}{{{job}}}[15m])) > 0",
        "5m",
        f"{series} of {{{{ $labels.job }}}} grows",
        "It grew by {{ $value }} within 15 minutes.",
    )


def _silent(series: str, job: str) -> OwnAlert:
    """For what is counted: nothing in an hour in which there was something a week before."""
    now = f"sum by (job) (rate({series}{{{job}}}[1h]))"
    before = f"sum by (job) (rate({series}{{{job}}}[1h] offset 1w))"
    return OwnAlert(
        f"{_title(series.removesuffix('_total').removesuffix('_count'))}Stopped",
        f"{now} == 0 and {before} > 0",
        "30m",
        f"{series} of {{{{ $labels.job }}}} stands still",
        "Nothing was counted for an hour, though there was something at this time a week ago.",
    )


def _larger(series: str, job: str) -> OwnAlert:
    """For a gauge: twice as high as at any time of the day before."""
    now = f"max by (job) ({series}{{{job}}})"
    before = f"max by (job) (max_over_time({series}{{{job}}}[1d] offset 1d))"
    return OwnAlert(
        f"{_title(series)}High",
        f"{now} > 2 * ({before} > 0)",
        "15m",
        f"{series} of {{{{ $labels.job }}}} is far above yesterday",
        "It is {{ $value }}, more than twice the most of the day before.",
    )


def _title(series: str) -> str:
    """`orders_failed` as the name of an alert: `OrdersFailed`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_:]+", series))
