import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.artifacts.checks.faulty import errors, faulty, files, line_of, places, sample
from webapp.artifacts.checks.prometheus_rules import check
from webapp.domain.artifact import ArtifactFile

GOOD = sample("shop.rules.yaml")
WRAPPED = sample("shop.prometheusrule.yaml")
PATH = "rules/shop.yml"
ALERT = "      - alert: PostgresDown\n"
DOWN = 'pg_up{job="postgres"} == 0'

# What is replaced in the sample, by what, and where which rule sees it.
REFUSED = [
    ("interval: 30s", "intervall: 30s", "unknown-field", "intervall"),
    ("interval: 30s", "interval: 30", "duration", "interval"),
    ("interval: 30s", "limit: many", "wrong-type", "limit"),
    ("      team: shop", "      - team", "wrong-type", "labels:\n      - team"),
    ("name: shop-database", "name: shop", "duplicate-group", "name: shop\n    rules"),
    ("name: shop-database\n    rules", "rules", "missing-field", f"rules:\n{ALERT}"),
    ("for: 5m\n", "for: 5 minutes\n", "duration", "for: 5 minutes"),
    ("for: 5m\n", "for: 1m5h\n", "duration", "for: 1m5h"),
    ("for: 5m\n", "for: ''\n", "duration", "for: ''"),
    ("for: 5m\n", "for:\n", "wrong-type", "for:\n"),
    ("1h30m", "30m1h", "duration", "keep_firing_for"),
    ("alert: PostgresDown", "alert: ''", "name", "alert: ''"),
    ("alert: PostgresDown", "name: PostgresDown", "unknown-field", "name: PostgresDown"),
    ("for: 5m\n", "record: a\n        for: 5m\n", "alert-or-record", "alert: Postgres"),
    (f"        expr: {DOWN}\n", "", "missing-field", "alert: Postgres"),
    (DOWN, "''", "missing-field", "expr: ''"),
    (DOWN, "", "wrong-type", "expr: \n"),
    (DOWN, "[up]", "wrong-type", "expr: [up]"),
    ("job:http_requests:rate5m\n", "job-requests\n", "name", "job-requests"),
    ("      - record: job:http_requests:rate5m\n", "      - record: 5m\n", "name", "record: 5m"),
    (
        "labels:\n          window",
        "annotations:\n          window",
        "only-for-alerts",
        "annotations:\n          w",
    ),
    ("window: 5m", "time-window: 5m", "name", "time-window"),
    ("window: 5m", "__name__: up", "name", "__name__"),
    ("window: 5m", "window: [5m]", "wrong-type", "window: [5m]"),
    ("window: 5m", "window:", "wrong-type", "window:\n"),
    ("summary: PostgreSQL", "the summary: PostgreSQL", "name", "the summary"),
    ("is down", "is {{ $value", "template", "summary: Postgre"),
    ("is down", "is {{ $labels.job }} {{ $label.job }}", "template", "summary: Postgre"),
    ("is down", "is {{ if $value }}down", "template", "summary: Postgre"),
    ("is down", "is {{ end }}down", "template", "summary: Postgre"),
    ("  - name: shop-database\n", "  - 7\n  - name: shop-database\n", "wrong-type", "- 7"),
    (ALERT, f"      - up\n{ALERT}", "wrong-type", "- up"),
    ("groups:\n", "group:\n", "unknown-field", "group:"),
]
EXPRESSIONS = [
    "sum(",
    "rate(up)",
    "nope(up)",
    "up >",
    "sum by job (up)",
    'up{job="a"',
    'up{job=~"("}',
    "up[5m]",
    "up[1h:5m]",
    "'up'",
    "up offset Inf",
    "up and and up",
]
COSTLY = [
    "(" * 100_000 + "up" + ")" * 100_000,
    "(" * 400 + "up" + ")" * 400,
    "up" + " + up" * 400,
    "up" + " or up" * 400,
    "-" * 400 + "up",
    f'up{{a="{"a" * 10_000}"}}',
    f'up{{a=~"{"(a{9999}){99}" * 4}"}}',
    'up{a=~"' + r"\\w" * 100 + '"}',
    'up{a=~"(?i)' + "[!-\U0010ffff]" * 10 + '"}',
    r'up{a=~"\x28\x3fi\x29' + "!-\U0010ffff" * 100 + r'\x5d\x5d\x5d\x5d"}',
]
REMARKED = [
    ("        for: 5m\n", "", "no-for"),
    ("          severity: warning", "          level: warning", "no-severity"),
    ("          summary: PostgreSQL", "          description: PostgreSQL", "no-summary"),
]


@pytest.mark.parametrize("text", [GOOD, WRAPPED])
def test_good_rules_have_no_findings(text: str) -> None:
    assert check(files(PATH, text)) == []


@pytest.mark.parametrize(("old", "new", "rule", "mark"), REFUSED)
def test_what_prometheus_refuses_is_an_error_on_its_line(
    old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(GOOD, old, new)
    found = places(errors(check(files(PATH, text))))
    assert (f"prometheus-rules/{rule}", line_of(text, mark)) in found
    assert {line for _, line in found} == {line_of(text, mark)}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_that_gives_no_vector_is_an_error(expression: str) -> None:
    text = faulty(GOOD, f"expr: {DOWN}", f"expr: |-\n          {expression}")
    expected = ("prometheus-rules/expression", line_of(text, f"expr: |-\n          {expression}"))
    assert places(check(files(PATH, text))) == [expected]


@pytest.mark.parametrize("expression", COSTLY)
def test_an_expression_that_would_exhaust_the_parser_is_not_given_to_it(expression: str) -> None:
    text = faulty(GOOD, f"expr: {DOWN}", f"expr: |-\n          {expression}")
    assert [one.rule for one in check(files(PATH, text))] == ["prometheus-rules/not-checked"]


def test_all_expressions_together_have_a_limit() -> None:
    sums = "".join(f"      - record: a{n}\n        expr: up{' + up' * 250}\n" for n in range(60))
    found = check(files(PATH, f"groups:\n  - name: a\n    rules:\n{sums}"))
    assert {one.rule for one in found} == {"prometheus-rules/not-checked"}
    assert len(found) == 20


@pytest.mark.parametrize(("old", "new", "rule"), REMARKED)
def test_an_alert_that_helps_nobody_is_noted(old: str, new: str, rule: str) -> None:
    text = faulty(GOOD, old, new)
    expected = (f"prometheus-rules/{rule}", line_of(text, "alert: Postgres"))
    assert places(check(files(PATH, text))) == [expected]


def test_the_labels_of_a_group_are_those_of_its_rules() -> None:
    text = faulty(GOOD, "          severity: warning", "          level: warning")
    text = faulty(text, "shop-database\n", "shop-database\n    labels: {severity: page}\n")
    assert check(files(PATH, text)) == []


def test_a_rule_that_stands_twice_with_the_same_labels_is_remarked() -> None:
    again = "      - record: job:http_requests:rate5m\n        expr: up\n"
    text = f"{GOOD}{again}{again}"
    expected = [("prometheus-rules/duplicate-rule", text.count("\n") - 1)]
    assert places(check(files(PATH, text))) == expected


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("  name: shop\n  labels", "  labels", "missing-field", 1),
        ("prometheus\nspec:\n  groups:", "prometheus\nspec:\n  group:", "unknown-field", 8),
        ("metadata:\n  name: shop\n", "meta: 1\nmetadata:\n  name: shop\n", "unknown-field", 3),
        ("          for: 5m\n", "          for: 5\n", "duration", 13),
        ('absent(up{job="shop"} == 1)', "absent(", "expression", 12),
    ],
)
def test_rules_in_a_kubernetes_object_are_checked_alike(
    old: str, new: str, rule: str, line: int
) -> None:
    found = errors(check(files(PATH, faulty(WRAPPED, old, new))))
    assert (f"prometheus-rules/{rule}", line) in places(found)


def test_an_unknown_field_is_told_what_it_may_mean() -> None:
    (found,) = check(files(PATH, faulty(GOOD, "interval: 30s", "intervall: 30s")))
    assert found.message == "“intervall” is not a field of a group (did you mean “interval”?)."


@pytest.mark.parametrize("text", ["- a\n", "a\n", f"{GOOD}---\n{GOOD}", "# nothing\n"])
def test_a_rule_file_is_one_mapping(text: str) -> None:
    assert places(check(files(PATH, text))) == [("prometheus-rules/one-document", None)]


@pytest.mark.parametrize("name", ["prometheus.yml", "alertmanager.yaml", "rules.test.yml", "a.md"])
def test_what_stands_beside_rule_files_is_not_checked(name: str) -> None:
    answer = [ArtifactFile(PATH, GOOD), ArtifactFile(name, "a: 1\n")]
    assert places(check(answer)) == [("prometheus-rules/other-file", None)]
    assert places(errors(check(answer[1:]))) == [("prometheus-rules/no-file", None)]


def test_a_number_is_an_expression_and_zero_a_duration() -> None:
    text = faulty(GOOD, DOWN, "1")
    assert check(files(PATH, faulty(text, "for: 5m\n", "for: 0\n"))) == []


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='{}$/*-"` \\abdefinrtuw:=|é', max_size=80))
def test_no_template_breaks_the_check(template: str) -> None:
    text = faulty(GOOD, "summary: PostgreSQL is down", f"summary: |-\n            x{template}")
    check(files(PATH, text))
