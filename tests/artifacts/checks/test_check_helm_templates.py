import pytest

from tests.artifacts.checks.charts import SMALL, checked, rules
from tests.artifacts.checks.faulty import places
from webapp.domain.artifact import Severity

# Templates as Helm itself reads or refuses them.
READ = (
    '{{- /* Note: "{{ end }}" */ -}}',
    "{{ with .a }}{{ .b }}{{ else }}{{ .Release.Name }}{{ end }}",
    "{{ if .a }}{{ else if .b }}{{ else }}{{ end }}",
    "{{ range $i, $one := list 1 2 }}{{ $i }}{{ $one }}{{ break }}{{ end }}",
    "{{ $root := . }}{{ range .a }}{{ with $root }}{{ .Release.Name }}{{ end }}{{ end }}",
    "{{ range list 1 }}{{ $.Release.Name }}{{ end }}",
    '{{ range .a }}{{ (dict "Release" 1).Release }}{{ end }}',
    '{{ block "part" . }}{{ .Release.Name }}{{ end }}',
    '{{ "}}" }} {{ `{{` }} }} { }',
    '{{ (dict "a" 1).a }} {{ now.Year }} {{ .5 }} {{ -3 }} {{ 0x1F }}',
    "{{\n  .Release.Name\n  | quote\n}}",
)
BROKEN = {
    "{{ end }}": "unbalanced",
    "{{ else }}": "unbalanced",
    "{{ if .a }}{{ else }}{{ else }}{{ end }}": "unbalanced",
    '{{ if .a }}{{ define "b" }}{{ end }}{{ end }}': "unbalanced",
    '{{ define "a" }}': "unbalanced",
    "{{ .a": "unclosed",
    "{{/* a": "unclosed",
    "{{/* a */ }}": "unclosed",
    "{{ /* a */}}": "syntax",
    "{{}}": "syntax",
    "{{ if }}{{ end }}": "syntax",
    "{{ define a }}{{ end }}": "syntax",
    '{{ ("a" }}': "syntax",
    '{{ "a\n" }}': "syntax",
    "{{ .a == .b }}": "syntax",
    "{{ .a[0] }}": "syntax",
    "{{ if .a && .b }}{{ end }}": "syntax",
    "{{-if .a }}{{ end }}": "syntax",
    "{{ $a }}": "unknown-variable",
    '{{ env "HOME" }}': "unknown-function",
}


@pytest.mark.parametrize("text", READ)
def test_what_helm_reads_is_no_fault(text: str) -> None:
    assert rules(text) == set()


@pytest.mark.parametrize("text", BROKEN)
def test_what_helm_does_not_read_is_an_error(text: str) -> None:
    assert rules(text) == {BROKEN[text]}


def test_a_function_that_nobody_knows_is_told_with_the_one_that_was_meant() -> None:
    (found,) = checked(SMALL | {"templates/a.yaml": "{{ .a | toYAML }}"})
    assert found.message == "Helm has no function “toYAML” (did you mean “toYaml”?)."


def test_a_template_that_nobody_defines_is_an_error() -> None:
    used = '{{ include "small.labels" . }}{{ template "small.name" . }}'
    helpers = '{{ define "small.name" }}a{{ end }}'
    (found,) = checked(SMALL | {"templates/a.yaml": used, "templates/_b.tpl": helpers})
    assert found.rule == "helm/undefined-template"
    assert "“small.labels”" in found.message


def test_a_dependency_may_define_what_is_included_and_takes_its_own_values() -> None:
    depends = "dependencies:\n  - {name: common, version: 1.x.x}\n"
    files = {
        "Chart.yaml": SMALL["Chart.yaml"] + depends,
        "values.yaml": "common: {a: 1}\n",
        "templates/a.yaml": '{{ include "common.labels" . }}{{ .Values.common.b }}',
    }
    assert checked(files) == []


def test_a_template_defined_twice_is_a_warning() -> None:
    text = '{{ define "a" }}{{ end }}'
    assert rules(text, **{"templates/b.tpl": text}) == {"duplicate-template"}


def test_values_that_nobody_uses_are_noted_where_they_begin() -> None:
    values = "used: {a: 1, b: {c: 1}}\nspare: {a: 1}\nglobal: {a: 1}\n"
    text = "{{ .Values.used.a }}"
    found = checked(SMALL | {"values.yaml": values, "templates/a.yaml": text})
    assert places(found) == [("helm/unused-value", 1), ("helm/unused-value", 2)]
    assert found[0].message == "No template uses used.b."


@pytest.mark.parametrize(
    "text",
    ["{{ toYaml .Values }}", "{{ range $key, $value := .Values }}{{ end }}", "{{ tpl .a . }}"],
)
def test_where_templates_may_take_any_value_none_is_unused(text: str) -> None:
    assert rules(text, **{"values.yaml": "spare: 1\n"}) == set()


@pytest.mark.parametrize(
    "text",
    [
        '{{ required "say it" .Values.a.b }}',
        "{{ if .Values.a.b }}{{ .Values.a.b }}{{ end }}",
        "{{ with .Values.x }}{{ end }}",
        "{{ .Values.a.b | default 1 }}",
        "{{ .Values.open.a.b }}",
        "{{ $chart := .a }}{{ $chart.Values.elsewhere }}",
        "{{ .Values.global.a }}",
    ],
)
def test_a_value_that_a_template_asks_for_need_not_be_there(text: str) -> None:
    values = "open: {}\na: {c: 1}\nb: 1\n"
    found = checked(SMALL | {"values.yaml": values, "templates/a.yaml": text})
    assert {finding.severity for finding in found} <= {Severity.NOTE}


def test_index_leads_to_a_value_whose_name_no_path_can_hold() -> None:
    text = '{{ index .Values "my-part" "a" }}{{ index .Values "my-part" "b" }}'
    found = checked(SMALL | {"values.yaml": "my-part: {a: 1, c: 1}\n", "templates/a.yaml": text})
    assert {finding.message for finding in found} == {
        ".Values.my-part.b is not in values.yaml.",
        "No template uses my-part.c.",
    }


def test_a_question_below_a_value_that_is_not_there_fails_in_helm_and_is_a_warning() -> None:
    text = "{{ if .Values.ingres.enabled }}{{ end }}"
    found = checked(SMALL | {"values.yaml": "ingress: {enabled: 1}\n", "templates/a.yaml": text})
    (warning,) = [one for one in found if one.severity is Severity.WARNING]
    assert warning.message == (
        ".Values.ingres.enabled is not in values.yaml (did you mean “ingress”?)."
    )


@pytest.mark.parametrize(
    "text",
    [
        "metadata:\n  labels: {{- include .a . | nindent 4 }}\n    b: {{ .c }}\n",
        "{{ .a }}\nb: c\n",
        "{{ toYaml .a }}\nb: {{ if .c }}d{{ else }}e{{ end }}\n",
        "{{ if .a }}\napiVersion: policy/v1\n{{ else }}\napiVersion: policy/v1beta1\n{{ end }}\n"
        "kind: PodDisruptionBudget\n",
        "apiVersion: {{ .a }}\nkind: Service\nports: 1\n",
        "apiVersion: v1\nkind: ConfigMap\n{{ .a }}: 1\n",
        "apiVersion: example.org/v1\nkind: Own\nfield: 1\n",
        "{{ range .a }}\n---\n{{ toYaml . }}\n{{ end }}",
        '{{ define "a" }}\n  - b\nc: d\n{{ end }}',
    ],
)
def test_what_only_rendering_could_show_is_left_alone(text: str) -> None:
    assert rules(text) == set()
