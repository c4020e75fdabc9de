"""Pairs for the rules of Prometheus rule files."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.prometheus_rules import check

PATH = "rules/shop.yml"
GOOD = sample("shop.rules.yaml")
DOWN = 'pg_up{job="postgres"} == 0'
FOR = "        for: 5m\n"
TWICE = GOOD[GOOD.index("      - alert: PostgresDown") :]
swap = swaps(PATH, GOOD)

CHECK = check
PAIRS = {
    "prometheus-rules/no-file": Pair({"a.txt": GOOD}, {"a.yaml": GOOD}),
    "prometheus-rules/other-file": Pair({PATH: GOOD, "a.txt": "a"}, {PATH: GOOD}),
    "prometheus-rules/one-document": texts(PATH, "- a\n", GOOD),
    "prometheus-rules/unknown-field": swap("interval: 30s", "intervall: 30s", "limit: 30"),
    "prometheus-rules/missing-field": swap(
        f"        expr: {DOWN}\n", "", "        expr: pg_up == 0\n"
    ),
    "prometheus-rules/wrong-type": swap("window: 5m", "window: [5m]", "window: '[5m]'"),
    "prometheus-rules/duration": swap("for: 5m\n", "for: 5 minutes\n", "for: 1h5m\n"),
    "prometheus-rules/duplicate-group": swap("name: shop-database", "name: shop", "name: Shop"),
    "prometheus-rules/duplicate-rule": texts(
        PATH, GOOD + TWICE, GOOD + TWICE.replace("warning", "critical")
    ),
    "prometheus-rules/alert-or-record": swap(FOR, f"        record: a\n{FOR}", FOR),
    "prometheus-rules/only-for-alerts": swap(
        "        labels:\n          window",
        "        annotations:\n          window",
        "        labels:\n          windows",
    ),
    "prometheus-rules/name": swap(
        "job:http_requests:rate5m\n", "job-requests\n", "job:requests_:rate5m\n"
    ),
    "prometheus-rules/template": swap("is down", "is {{ $value", "is {{ $value }}"),
    "prometheus-rules/expression": swap(DOWN, "rate(pg_up)", "rate(pg_up[5m])"),
    "prometheus-rules/not-checked": swap(DOWN, "up" + " + up" * 400, "up" + " + up" * 40),
    "prometheus-rules/no-for": swap(FOR, "", "        for: 1s\n"),
    "prometheus-rules/no-severity": swap("severity: warning", "level: warning", "severity: info"),
    "prometheus-rules/no-summary": swap(
        "summary: PostgreSQL", "description: PostgreSQL", "summary: It"
    ),
}
