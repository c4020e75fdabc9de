"""Pairs for the rules of Grafana's dashboards, and of JSON."""

from tests.artifacts.checks.faulty import sample
from tests.artifacts.checks.rules.pair import Pair, swaps, texts
from webapp.artifacts.checks.grafana_dashboard import check

PATH = "dashboards/shop.json"
GOOD = sample("shop.dashboard.json")
PLACE = '"x": 12, "y": 1, "w": 12'
DURATION = '"id": 3, "type": "timeseries"'
QUERY = '{"refId": "B", "datasource"'
SOURCE = '"datasource": "$datasource"'
RATE = r"sum by (status) (rate(http_requests_total{job=\"$job\"}[$__rate_interval]))"
QUANTILE = r"histogram_quantile($quantile, sum by (le) (rate(d_bucket{job=\"[[job]]\"}[$window])))"
FILTERS = '{"name": "filters"'
SPARE = '{"name": "a", "type": "custom"}'
VERSION = '"schemaVersion": 41'
LOGS = '"targets": [{"refId": "A", "expr": "{job'
NEW = '{"kind": "Dashboard", "spec": {"title": "a", "elements": {}}}'
swap = swaps(PATH, GOOD)


def expression(caught: str, spared: str) -> Pair:
    return swap(RATE, caught, spared)


def tags(caught: str, spared: str) -> Pair:
    return swap('["shop"]', caught, spared)


CHECK = check
PAIRS = {
    "json/too-large": tags(f'["{"a" * 600_000}"]', f'["{"a" * 400_000}"]'),
    "json/too-deep": tags("[" * 60 + "]" * 60, "[" * 50 + "]" * 50),
    "json/syntax": tags('["shop",]', '["shop", ""]'),
    "json/duplicate-key": tags('["shop"], "uid": "shop"', '["shop"], "Uid": "shop"'),
    "grafana-dashboard/no-file": Pair({"shop.yaml": GOOD}, {"shop.json": GOOD}),
    "grafana-dashboard/other-file": Pair({PATH: GOOD, "a.yaml": "a: 1\n"}, {PATH: GOOD}),
    "grafana-dashboard/no-dashboard": texts(PATH, f"[{GOOD}]", f'{{"dashboard": {GOOD}}}'),
    "grafana-dashboard/new-layout": texts(PATH, NEW, f'{{"kind": "Dashboard", "spec": {GOOD}}}'),
    "grafana-dashboard/missing-field": swap(
        '"title": "Shop – $job"', '"title": ""', '"title": "$job"'
    ),
    "grafana-dashboard/wrong-type": swap(VERSION, '"schemaVersion": "41"', VERSION),
    "grafana-dashboard/uid": swap('"uid": "shop"', '"uid": "shop / web"', '"uid": "shop_web-1"'),
    "grafana-dashboard/duplicate-panel": swap('"id": 3,', '"id": 1,', '"id": 31,'),
    "grafana-dashboard/removed-panel": swap(DURATION, '"id": 3, "type": "graph"', DURATION),
    "grafana-dashboard/fixed-id": swap('"id": null', '"id": 12', '"version": 12'),
    "grafana-dashboard/unknown-panel": swap(
        DURATION, '"id": 3, "type": "acme"', '"id": 3, "type": "barchart"'
    ),
    "grafana-dashboard/grid": swap(PLACE, '"x": 13, "y": 1, "w": 12', '"x": 13, "y": 1, "w": 11'),
    "grafana-dashboard/overlap": swap(
        PLACE, '"x": 11, "y": 1, "w": 12', '"x": 12, "y": 1, "w": 11'
    ),
    "grafana-dashboard/no-grid": swap(
        f'      "gridPos": {{{PLACE}, "h": 8}},\n', "", f'      "gridPos": {{{PLACE}, "h": 7}},\n'
    ),
    "grafana-dashboard/duplicate-query": swap(
        QUERY, QUERY.replace("B", "A"), QUERY.replace("B", "C")
    ),
    "grafana-dashboard/no-letter": swap(QUERY, '{"datasource"', QUERY.replace("B", "Z")),
    "grafana-dashboard/no-query": swap(
        LOGS, LOGS.replace("[", '[], "x": ['), LOGS.replace("A", "X")
    ),
    "grafana-dashboard/expression": expression("rate(up)", "rate(up[5m])"),
    "grafana-dashboard/not-checked": expression("up" + " + up" * 400, "up" + " + up" * 40),
    "grafana-dashboard/expression-of-variables": swap(
        QUANTILE, "sum($window $job $quantile)", r"sum by ($job) (rate(up[$window])) > $quantile"
    ),
    "grafana-dashboard/variable": swap('"name": "filters"', '"name": "a b"', '"name": "a_b"'),
    "grafana-dashboard/duplicate-variable": swap(
        '"name": "filters"', '"name": "window"', '"name": "windows"'
    ),
    "grafana-dashboard/undefined-variable": swap(
        "Log of $instance", "Log of $host", "Log of $__interval"
    ),
    "grafana-dashboard/several-values": swap("instance=~", "instance=", "instance!~"),
    "grafana-dashboard/fixed-source": swap(
        SOURCE, '"datasource": "Prometheus"', '"datasource": "[[datasource]]"'
    ),
    "grafana-dashboard/no-source": swap(
        '{"uid": "${datasource}"}', "null", '{"uid": "$datasource"}'
    ),
    "grafana-dashboard/unused-variable": swap(
        FILTERS, f"{SPARE}, {FILTERS}", f"{SPARE.replace('custom', 'adhoc')}, {FILTERS}"
    ),
}
