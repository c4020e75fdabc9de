import pytest

from tests.artifacts.checks.charts import SMALL, chart, checked, rules
from tests.artifacts.checks.faulty import errors, faulty, line_of, places
from webapp.domain.artifact import Severity

SHOP = chart("shop.chart")


@pytest.mark.parametrize("name", ["shop.chart", "worker.chart"])
def test_a_good_chart_has_no_findings(name: str) -> None:
    assert checked(chart(name)) == []


# The file of the sample, what is replaced in it, by what, and where which rule sees it.
REFUSED = [
    ("Chart.yaml", "apiVersion: v2", "apiVersion: v1", "wrong-value", "apiVersion"),
    ("Chart.yaml", "name: shop", "name: My_Shop", "wrong-value", "name: My_Shop"),
    ("Chart.yaml", "version: 1.4.0-rc.1", 'version: "1.4"', "wrong-value", 'version: "1.4"'),
    ("Chart.yaml", "version: 1.4.0-rc.1\n", "", "missing-field", "apiVersion: v2"),
    ("Chart.yaml", '"2026.11"', "2026.11", "wrong-type", "appVersion"),
    ("Chart.yaml", "type: application", "type: app", "wrong-value", "type: app"),
    ("templates/service.yaml", "type }}", "type }", "unclosed", "type }"),
    ("templates/service.yaml", "{{- if", "{{- if {{", "unclosed", "{{- if {{"),
    (
        "templates/deployment.yaml",
        "          {{- end }}\n          res",
        "          res",
        "unbalanced",
        "{{- with .Values.probes",
    ),
    ("templates/settings.yaml", "  {{- end }}", "  {{- end }}{{ end }}", "unbalanced", "}}{{ end"),
    ("templates/settings.yaml", "range $name, $value :=", "if", "unknown-variable", "{{ $name"),
    ("templates/autoscaler.yaml", "| nindent", "| nident", "unknown-function", "nident"),
    ("templates/settings.yaml", ".Values.settings", ".Values.my-set", "syntax", "my-set"),
    (
        "templates/autoscaler.yaml",
        "{{ .minReplicas",
        "{{ .Values.autoscaling.minReplicas",
        "lost-root",
        "{{ .Values.autoscaling.minReplicas",
    ),
    ("templates/_helpers.tpl", "*/}}", "}}", "unclosed", "{{/*"),
    ("templates/service.yaml", "  type:", "  typ:", "manifest-field", "  typ:"),
    (
        "templates/autoscaler.yaml",
        "autoscaling/v2",
        "autoscaling/v2beta2",
        "manifest-type",
        "autoscaling/v2beta2",
    ),
]


@pytest.mark.parametrize(("path", "old", "new", "rule", "mark"), REFUSED)
def test_a_fault_is_an_error_on_its_line(
    path: str, old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(SHOP[path], old, new)
    (found,) = errors(checked(SHOP | {path: text}))
    assert (found.rule, found.path) == (f"helm/{rule}", f"chart/{path}")
    assert found.line == line_of(text, mark)


REMARKED = [
    ("templates/settings.yaml", "\ndata:", "\n data:", "not-yaml", " data:"),
    ("Chart.yaml", "type: application", "engine: gotpl", "unknown-field", "engine: gotpl"),
    ("templates/settings.yaml", ".Values.settings", ".Values.setings", "missing-value", "setings"),
    ("templates/tests/answers.yaml", "busybox:1.37", "busybox", "unpinned-image", "busybox"),
    ("values.yaml", 'tag: ""', "tag: latest", "unpinned-image", "tag: latest"),
    ("values.yaml", "CURRENCY: EUR", "API_TOKEN: s3cr3t", "literal-secret", "s3cr3t"),
    ("values.yaml", "  region: eu", "  dbPassword: s3cr3t", "literal-secret", "s3cr3t"),
]


@pytest.mark.parametrize(("path", "old", "new", "rule", "mark"), REMARKED)
def test_what_works_and_should_not_stay_is_a_warning_on_its_line(
    path: str, old: str, new: str, rule: str, mark: str
) -> None:
    text = faulty(SHOP[path], old, new)
    found = checked(SHOP | {path: text})
    (warning,) = [one for one in found if one.severity is Severity.WARNING]
    assert (warning.rule, warning.path) == (f"helm/{rule}", f"chart/{path}")
    assert warning.line == line_of(text, mark)


def test_a_password_in_a_template_is_told_with_its_line() -> None:
    text = "env:\n- name: DB_PASSWORD\n  value: hunter2\n- name: TOKEN\n  value: {{ .a }}\n"
    found = checked(SMALL | {"templates/a.yaml": text})
    assert places(found) == [("helm/literal-secret", 3)]


def test_images_that_may_change_are_remarked_wherever_they_are_named() -> None:
    text = "image: {{ .Values.image }}\nother:\n  image: {{ .a }}:latest\n  last: {{ .Values.b }}\n"
    values = "image: nginx\nb: {image: nginx:1.29}\n"
    found = checked(SMALL | {"values.yaml": values, "templates/a.yaml": text})
    assert [(one.rule, one.path, one.line) for one in found] == [
        ("helm/unpinned-image", "chart/templates/a.yaml", 3),
        ("helm/unpinned-image", "chart/values.yaml", 1),
    ]


def test_the_name_of_a_secret_is_none() -> None:
    values = (
        "existing_password: web\nweb_password: web\nsecretKeys: {password: password}\n"
        "apiKeys: {shop_password: hunter2}\n"
    )
    found = checked(SMALL | {"values.yaml": values, "templates/a.yaml": "a: {{ .Values }}\n"})
    assert places(found) == [("helm/literal-secret", 2), ("helm/literal-secret", 4)]


def test_an_answer_without_a_chart_is_an_error() -> None:
    found = checked({"values.yaml": "a: 1\n"})
    assert places(found) == [("helm/no-chart", None)]


def test_a_chart_needs_templates_and_should_have_values() -> None:
    found = checked({"Chart.yaml": SMALL["Chart.yaml"]})
    assert places(found) == [("helm/no-template", None), ("helm/no-values", None)]


def test_of_several_charts_the_outermost_is_looked_at() -> None:
    inner = {f"charts/db/{path}": "{{ end }}" for path in ("Chart.yaml", "templates/a.yaml")}
    found = checked(SMALL | inner)
    assert {finding.rule for finding in found} == {"helm/not-checked"}


def test_values_are_one_mapping_or_nothing() -> None:
    assert checked(SMALL | {"values.yaml": "# none\n"}) == []
    found = checked(SMALL | {"values.yaml": "- a\n"})
    assert places(found) == [("helm/one-document", None)]


def test_what_is_left_of_an_answer_is_an_error_except_in_what_users_read() -> None:
    prose = "Here is the chart:\na: 1\n"
    assert rules(prose) == {"text/prose"}
    assert rules("a: 1", **{"templates/NOTES.txt": prose}) == set()


HOSTILE = {
    "spaces": "{{ " + " " * 400_000 + "x }}",
    "opened": "{{" * 100_000,
    "blocks": "{{ if .a }}" * 40_000,
    "quotes": '{{ "' + "\\" * 300_000,
    "comment": "{{/*" + "*" * 400_000,
    "path": "{{ .Values" + ".a" * 150_000 + " }}",
    "variables": "".join(f"{{{{ $v{n} := 1 }}}}" for n in range(20_000)) + "{{ $none }}",
    "values": "".join(f"{{{{ .Values.a{n} }}}}" for n in range(20_000)),
    "images": "image: a\n" * 50_000,
    "names": "- name:" + " " * 200_000 + "\n" + "name: A\n" * 30_000,
    "templates": "".join(f'{{{{ include "a{n}" . }}}}' for n in range(15_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_too_much_is_told_in_few_findings(name: str) -> None:
    values = "".join(f"v{n}: 1\n" for n in range(20_000))
    found = checked(SMALL | {"templates/a.yaml": HOSTILE[name], "values.yaml": values})
    assert 0 < len(found) <= 120
    assert all(len(finding.message) < 400 for finding in found)


def test_templates_of_more_than_512_kb_are_not_read() -> None:
    assert rules("a: 1\n" * 120_000) == {"too-large"}
