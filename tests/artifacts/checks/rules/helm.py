"""Pairs for the rules of Helm charts."""

from tests.artifacts.checks.charts import SMALL, chart
from tests.artifacts.checks.faulty import faulty
from tests.artifacts.checks.rules.pair import Answer, Pair
from webapp.artifacts.checks.helm import check

SHOP = {f"shop/{path}": text for path, text in chart("shop.chart").items()}
CHART, VALUES = "shop/Chart.yaml", "shop/values.yaml"
AUTOSCALER, SERVICE = "shop/templates/autoscaler.yaml", "shop/templates/service.yaml"
SETTINGS, HELPERS = "shop/templates/settings.yaml", "shop/templates/_helpers.tpl"
TEST_POD, ACCOUNT = "shop/templates/tests/answers.yaml", "shop/templates/account.yaml"
MANY = "a: 1\n" * 100_000


def swap(path: str, old: str, caught: str, spared: str) -> Pair:
    """The good chart with another text in one of its files."""
    return Pair(*(SHOP | {path: faulty(SHOP[path], old, new)} for new in (caught, spared)))


def small(caught: Answer, spared: Answer) -> Pair:
    """The smallest chart with other files."""
    return Pair(in_folder({**SMALL, **caught}), in_folder({**SMALL, **spared}))


def in_folder(files: Answer) -> Answer:
    return {f"a/{path}": text for path, text in files.items()}


CHECK = check
PAIRS = {
    "helm/no-chart": Pair({"a/values.yaml": "a: 1\n"}, in_folder(SMALL)),
    "helm/no-template": Pair({CHART: SHOP[CHART]}, {CHART: SHOP[CHART], ACCOUNT: "a: 1\n"}),
    "helm/no-values": Pair(
        {CHART: SHOP[CHART], ACCOUNT: "a: 1\n"},
        {CHART: SHOP[CHART], ACCOUNT: "a: 1\n", VALUES: "# none\n"},
    ),
    "helm/not-checked": small({"charts/db/Chart.yaml": "a: 1\n"}, {"templates/db.yaml": "a: 1\n"}),
    "helm/too-large": small(
        {"templates/a.yaml": MANY, "templates/b.yaml": MANY}, {"templates/a.yaml": MANY}
    ),
    "helm/one-document": small({"values.yaml": "- a\n"}, {"values.yaml": "global: [a]\n"}),
    "helm/missing-field": swap(CHART, "version: 1.4.0-rc.1\n", "", "version: 1.4.0\n"),
    "helm/wrong-type": swap(
        CHART, 'appVersion: "2026.11"', "appVersion: 2026.11", "appVersion: '2026.11'"
    ),
    "helm/wrong-value": swap(CHART, "version: 1.4.0-rc.1", 'version: "1.4"', 'version: "1.4.0"'),
    "helm/unknown-field": swap(CHART, "type: application", "engine: gotpl", "keywords: [gotpl]"),
    "helm/syntax": swap(
        SETTINGS, ".Values.settings", ".Values.my-set", '(index .Values "settings")'
    ),
    "helm/unclosed": swap(SERVICE, "type }}", "type }", "type -}}"),
    "helm/unbalanced": swap(
        SETTINGS, "  {{- end }}", "  {{- end }}{{ end }}", '  {{- end }}{{ "{{ end }}" }}'
    ),
    "helm/unknown-function": swap(AUTOSCALER, "| nindent", "| nident", "| indent"),
    "helm/unknown-variable": swap(SETTINGS, "{{ $name }}", "{{ $nam }}", "{{ $name -}}"),
    "helm/undefined-template": small(
        {"templates/a.yaml": '{{ include "b" . }}'},
        {
            "templates/a.yaml": '{{ include "a" . }}',
            "templates/_a.tpl": '{{ define "a" }}{{ end }}',
        },
    ),
    "helm/lost-root": swap(
        AUTOSCALER,
        "{{ .minReplicas",
        "{{ .Values.autoscaling.minReplicas",
        "{{ $.Values.autoscaling.minReplicas",
    ),
    "helm/duplicate-template": swap(
        HELPERS,
        '{{- define "shop.account" -}}',
        '{{- define "shop.labels" -}}a{{ end }}{{- define "shop.account" -}}',
        '{{- define "shop.label" -}}a{{ end }}{{- define "shop.account" -}}',
    ),
    "helm/missing-value": swap(
        SETTINGS, ".Values.settings", ".Values.setings", ".Values.settings | default dict"
    ),
    "helm/unused-value": swap(
        VALUES, "replicaCount: 2", "replicaCount: 2\nspare: 1", "replicaCount: 2\n# spare: 1"
    ),
    "helm/manifest-type": swap(
        AUTOSCALER,
        "autoscaling/v2",
        "autoscaling/v2beta2",
        "{{ $.Values.autoscaling.api | default `autoscaling/v2beta2` }}",
    ),
    "helm/manifest-field": swap(SERVICE, "  type:", "  typ:", "  sessionAffinity: None\n  type:"),
    "helm/not-yaml": swap(SETTINGS, "\ndata:", "\n data:", "\n# now\ndata:"),
    "helm/unpinned-image": swap(
        TEST_POD, "busybox:1.37", "busybox", "busybox:{{ .Release.Revision }}"
    ),
    "helm/literal-secret": swap(VALUES, "  region: eu", "  dbPassword: s3cr3t", '  dbPassword: ""'),
}
