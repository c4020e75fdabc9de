import json

import pytest

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.grafana_dashboard import check
from webapp.domain.artifact import ArtifactFile, Severity

GOOD = sample("shop.dashboard.json")
PATH = "dashboards/shop.json"
RATE = r"sum by (status) (rate(http_requests_total{job=\"$job\"}[$__rate_interval]))"
QUANTILE = r"histogram_quantile($quantile, sum by (le) (rate(d_bucket{job=\"[[job]]\"}[$window])))"
DURATION = '"id": 3, "type": "timeseries"'
QUERY_B = '{"refId": "B", "datasource"'

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ('  "schemaVersion": 41,\n', "", "missing-field", "{\n  "),
    ('"title": "Shop – $job"', '"title": ""', "missing-field", '"title": ""'),
    ('"schemaVersion": 41', '"schemaVersion": "41"', "wrong-type", '"schemaVersion"'),
    ('"schemaVersion": 41', '"schemaVersion": true', "wrong-type", '"schemaVersion"'),
    ('"uid": "shop"', '"uid": "shop / web"', "uid", "shop / web"),
    ('  "panels": [\n    {\n', '  "panels": [\n    7,\n    {\n', "wrong-type", "7,"),
    ('"id": 3,', '"id": 1,', "duplicate-panel", DURATION.replace("3", "1")),
    ('"id": 5,', '"id": 1,', "duplicate-panel", '"id": 1, "type": "logs"'),
    (DURATION, '"id": 3', "missing-field", '{\n      "id": 3'),
    (DURATION, '"id": 3, "type": ["stat"]', "wrong-type", '"id": 3'),
    ('"title": "Help"', '"title": 7', "wrong-type", '"title": 7'),
    ('"x": 12, "y": 1, "w": 12', '"x": 13, "y": 1, "w": 12', "grid", '"x": 13'),
    ('"x": 12, "y": 1, "w": 12', '"x": -1, "y": 1, "w": 12', "grid", '"x": -1'),
    ('"x": 12, "y": 1, "w": 12', '"x": 12, "y": 1, "w": 0', "grid", '"w": 0'),
    ('"x": 12, "y": 1, "w": 12', '"x": 12, "y": 1, "w": 1.5', "grid", '"w": 1.5'),
    (QUERY_B, QUERY_B.replace("B", "A"), "duplicate-query", QUERY_B.replace("B", "A")),
    ('"name": "quantile"', '"name": "window"', "duplicate-variable", '"window", "type": "int'),
    ('"name": "filters"', '"name": "a b"', "variable", "a b"),
    ('"type": "adhoc"', '"type": "filter"', "variable", '"filter"'),
    ('"name": "window"', '"name": "window2"', "undefined-variable", "[$window]"),
    ('"repeat": "instance"', '"repeat": "host"', "undefined-variable", '"repeat"'),
    ("Log of $instance", "Log of ${host:text}", "undefined-variable", "${host:text}"),
    ('"datasource": "$datasource"', '"datasource": "$ds"', "undefined-variable", '"$ds"'),
    (r"job=\"[[job]]\"", r"job=\"[[jobs]]\"", "undefined-variable", "[[jobs]]"),
    (RATE, "sum(rate(http_requests_total[5m])", "expression", "sum(rate(http_requests_total[5m]"),
    (RATE, r"rate(up{job=\"$job\"})", "expression", r"rate(up{job=\"$job\"})"),
    (RATE, "up[$__interval]", "expression", "up[$__interval]"),
    (RATE, "up" + " + up" * 400, "not-checked", '"up + up'),
    (RATE, "topk($quantile, up" + " + up" * 400 + ")", "not-checked", "topk("),
]
REMARKED = [
    ('"id": null', '"id": 12', "fixed-id", '"id": 12'),
    (DURATION, '"id": 3, "type": "graph"', "removed-panel", '"id": 3'),
    ('"x": 12, "y": 1, "w": 12', '"x": 11, "y": 1, "w": 12', "overlap", '"x": 11'),
    ('"x": 12, "y": 1, "w": 12', '"x": 12, "y": 0, "w": 12', "overlap", '"x": 12, "y": 0'),
    ('      "gridPos": {"x": 12, "y": 1, "w": 12, "h": 8},\n', "", "no-grid", '{\n      "id": 3'),
    ('"datasource": "$datasource"', '"datasource": "Prometheus"', "fixed-source", '"Prometheus"'),
    ('{"uid": "${datasource}"}', '{"uid": "P1"}', "fixed-source", '"P1"'),
    ('{"uid": "${datasource}"}', "null", "no-source", "null,\n      "),
    ('{"uid": "${datasource}"}', '{"uid": 7}', "no-source", '{"uid": 7}'),
    ("instance=~", "instance=", "several-values", "instance="),
    ('"refId": "B", "datasource"', '"refId": 7, "datasource"', "no-letter", '"refId": 7'),
    ('"refId": "B", "datasource"', '"datasource"', "no-letter", '{"datasource": {"type": "__'),
    (
        '"targets": [{"refId": "A", "expr": "{job',
        '"targets": [], "x": [{"expr": "{job',
        "no-query",
        '"targets": []',
    ),
    (QUANTILE, "sum($window $job $quantile)", "expression-of-variables", "sum($window"),
    (QUANTILE, "up$quantile(", "expression-of-variables", "up$quantile("),
]


def test_a_good_dashboard_has_no_findings() -> None:
    assert check(files(PATH, GOOD)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_grafana_cannot_show_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    found = places(errors(check(files(PATH, text))))
    line = 1 if mark == "{\n  " else line_of(text, mark)
    assert (f"grafana-dashboard/{rule}", line) in found


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REMARKED)
def test_a_risk_is_a_warning_on_its_line(old: str, new: str, rule: str, mark: str) -> None:
    text = faulty(GOOD, old, new)
    found = check(files(PATH, text))
    assert {(each.rule, each.severity) for each in found if each.severity is not Severity.NOTE} == {
        (f"grafana-dashboard/{rule}", Severity.WARNING)
    }
    assert line_of(text, mark) in [each.line for each in found]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (DURATION, '"id": 3, "type": "acme-panel"', "unknown-panel"),
        ('{"name": "filters"', '{"name": "a", "type": "custom"}, {"name": "f"', "unused-variable"),
    ],
)
def test_what_may_be_meant_is_only_noted(old: str, new: str, rule: str) -> None:
    (found,) = check(files(PATH, faulty(GOOD, old, new)))
    assert (found.rule, found.severity) == (f"grafana-dashboard/{rule}", Severity.NOTE)


@pytest.mark.parametrize(
    "expr",
    [
        r"topk($quantile, rate($job[$window]))",
        r"sum by ($job) (up offset $window)",
        r"rate(up{job=\"a$\"}[5m:$__interval]) or up{$filters}",
        r"${job}_total / 10 ^ [[quantile]]",
        r"label_replace(up, \"a\", \"$1\", \"b\", \"(.*)\")",
        r"up > $__interval_ms and up < ${__to:date:seconds} / 1000",
        r"rate(x[$__auto])",
    ],
)
def test_variables_may_stand_where_grafana_fills_them_in(expr: str) -> None:
    found = check(files(PATH, faulty(GOOD, RATE, expr)))
    assert [each for each in found if each.severity is not Severity.NOTE] == []


def test_a_variable_may_have_labels_for_its_values() -> None:
    text = faulty(GOOD, '"query": "0.5,0.95"', '"query": "last hour : 1h, day : 1d"')
    assert (
        check(
            files(
                PATH, faulty(text, QUANTILE, "up{job='$job'} offset $quantile / rate(up[$window])")
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"x": 12, "y": 1, "w": 12', '"x": 23, "y": 1, "w": 1'),
        ('"repeat": "instance"', '"repeat": 7'),
        ('"type": "timeseries", "title": "Requests"', '"type": "stat"'),
        ('"id": 6, "type": "text"', '"libraryPanel": {"uid": "a"}'),
        (QUANTILE, "up offset $window"),
        ('"query": "1m,5m"', '"query": "auto"'),
    ],
)
def test_what_grafana_takes_is_no_finding(old: str, new: str) -> None:
    text = faulty(GOOD, old, new)
    if "auto" in new:
        text = faulty(text, QUANTILE, "up offset $window / $quantile")
    assert [each for each in check(files(PATH, text)) if each.severity is not Severity.NOTE] == []


def test_queries_of_other_data_sources_are_not_read_as_promql() -> None:
    text = faulty(GOOD, '"datasource": {"uid": "${datasource}"}', '"datasource": "$logs"')
    assert check(files(PATH, faulty(text, RATE, "{a=`b`} |= `c`"))) == []


@pytest.mark.parametrize("wrapped", ['{"dashboard": %s}', '{"kind": "Dashboard", "spec": %s}'])
def test_a_dashboard_in_a_wrapper_of_the_api_is_checked_alike(wrapped: str) -> None:
    assert check(files(PATH, wrapped % GOOD)) == []
    (found,) = check(files(PATH, wrapped % faulty(GOOD, '"id": 3,', '"id": 2,')))
    assert found.rule == "grafana-dashboard/duplicate-panel"


def test_the_new_layout_is_not_checked_and_that_is_an_error() -> None:
    text = '{"kind": "Dashboard", "spec": {"title": "a", "elements": {}, "layout": {}}}'
    assert places(check(files(PATH, text))) == [("grafana-dashboard/new-layout", 1)]


def test_data_sources_asked_for_at_the_import_are_defined() -> None:
    text = faulty(GOOD, '"id": null', '"__inputs": [{"name": "DS_LOKI"}]')
    assert check(files(PATH, faulty(text, '"uid": "${logs}"', '"uid": "${DS_LOKI}"')))[0].rule == (
        "grafana-dashboard/unused-variable"
    )


@pytest.mark.parametrize("text", ["[]", '"a"', "1", "null"])
def test_a_dashboard_is_an_object(text: str) -> None:
    assert places(check(files(PATH, text))) == [("grafana-dashboard/no-dashboard", 1)]


def test_what_stands_beside_dashboards_is_not_checked() -> None:
    answer = [ArtifactFile(PATH, GOOD), ArtifactFile("provisioning.yaml", "a: [")]
    assert places(check(answer)) == [("grafana-dashboard/other-file", None)]
    assert places(errors(check(answer[1:]))) == [("grafana-dashboard/no-file", None)]


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "a", "schemaVersion": 1, "panels": ['
        + ", ".join(
            f'{{"id": {n}, "type": "stat", "gridPos": {{"x": 0, "y": 0, "w": 24, "h": {10**30}}}}}'
            for n in range(4_000)
        )
        + "]}",
        json.dumps(
            {
                "title": "a",
                "schemaVersion": 1,
                "templating": {"list": [{"name": f"v{n}", "type": "custom"} for n in range(4_000)]},
                "panels": [
                    {
                        "type": "stat",
                        "datasource": {"uid": "$v1"},
                        "targets": [{"refId": f"A{n}", "expr": "up"} for n in range(4_000)],
                    }
                ],
            }
        ),
        *(
            json.dumps(
                {
                    "title": "a",
                    "schemaVersion": 1,
                    "templating": {
                        "list": [{"name": "d", "type": "datasource", "query": "prometheus"}]
                    },
                    "panels": [
                        {
                            "type": "stat",
                            "datasource": "$d",
                            "targets": [{"refId": f"A{n}", "expr": expr} for n in range(times)],
                        }
                    ],
                }
            )
            for expr, times in [
                ("up" + '"\\' * 100_000, 1),
                ("${" + "a" * 400_000, 1),
                ("$d + " * 80_000, 1),
                ("[[a." * 100_000, 1),
                ('="$' * 100_000, 1),
                ("$a + " * 200 + "up(", 350),
                ('"\\' * 4_900, 25),
            ]
        ),
    ],
    ids=lambda text: text[-40:],
)
def test_a_hostile_dashboard_is_looked_through_in_linear_time(text: str) -> None:
    assert 0 < len(check(files(PATH, text))) <= 300
