import pytest

from tests.artifacts.checks.faulty import files
from webapp.artifacts.checking import check_of
from webapp.artifacts.checks.same_faults import told_once
from webapp.domain.artifact import Finding, Severity

BASE = "FROM debian:13.2\n"
SCRIPT = "#!/bin/bash\nset -euo pipefail\n"
SERVICE = "services:\n  a:\n    image: nginx:1.29\n"
GROUP = "groups:\n  - name: a\n    rules:\n"
JOB = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  concurrencyPolicy: No\n"
WORKFLOW = """\
on: issues
permissions: {}
cache-mode: write # actionlint:ignore cache-write-untrusted -- fine
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - run: make
"""
DASHBOARD = """\
{"title": "a", "schemaVersion": 39, "panels": [{"id": 1, "title": "b",
"type": 5, "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}}]}
"""
# A file that two sources find the same fault in: which finding stays, and which does not.
TOLD_TWICE = [
    ("dockerfile", "Dockerfile", "RUN ls\n", "dockerfile/no-from", "hadolint/DL3061"),
    ("dockerfile", "Dockerfile", f"{BASE}USER root\n", "dockerfile/root", "hadolint/DL3066"),
    (
        "github-actions",
        ".github/workflows/ci.yml",
        WORKFLOW,
        "text/suppression",
        "actionlint/disallow-suppressions",
    ),
    (
        "compose",
        "compose.yaml",
        f"{SERVICE}    environment: [PASSWORD=CHANGE_ME]\n",
        "compose/literal-secret",
        "text/placeholder",
    ),
    (
        "compose",
        "compose.yaml",
        "services:\n  a:\n    image: <your image>\n",
        "text/placeholder",
        "compose/unpinned-image",
    ),
    ("kubernetes", "a.yaml", JOB, "kubernetes/wrong-value", "kubernetes/wrong-type"),
    (
        "gitlab-ci",
        ".gitlab-ci.yml",
        "stages: [a]\nb: 1\n",
        "gitlab-ci/wrong-type",
        "gitlab-ci/wrong-value",
    ),
    (
        "prometheus-rules",
        "a.yml",
        "groups: {}\n",
        "prometheus-rules/wrong-type",
        "prometheus-rules/missing-field",
    ),
    (
        "prometheus-rules",
        "a.yml",
        "group: []\n",
        "prometheus-rules/unknown-field",
        "prometheus-rules/missing-field",
    ),
    (
        "grafana-dashboard",
        "a.json",
        DASHBOARD,
        "grafana-dashboard/wrong-type",
        "grafana-dashboard/missing-field",
    ),
    ("shell", "a.sh", f"{SCRIPT}if true; then\nls\n", "shellcheck/SC1046", "shellcheck/SC1073"),
    ("shell", "a.sh", f"{SCRIPT}if true; then\nls\n", "shellcheck/SC1047", "shellcheck/SC1072"),
    ("shell", "a.sh", f"{SCRIPT}echo 'a\n", "shellcheck/SC1073", "shellcheck/SC1009"),
    ("shell", "a.sh", f"{SCRIPT}cat <<EOF\nx\n", "shellcheck/SC1044", "shellcheck/SC1009"),
]


@pytest.mark.parametrize(("kind", "path", "text", "kept", "gone"), TOLD_TWICE)
def test_the_same_fault_from_two_sources_is_one_finding(
    kind: str, path: str, text: str, kept: str, gone: str
) -> None:
    rules = [finding.rule for finding in check_of(kind)(files(path, text))]
    assert rules.count(kept) == 1
    assert gone not in rules


def finding(
    rule: str, line: int | None = 1, severity: Severity = Severity.ERROR, message: str = "a is bad."
) -> Finding:
    return Finding(rule, severity, "file", line, message)


@pytest.mark.parametrize(
    "pair",
    [
        (finding("dockerfile/root", 1), finding("hadolint/DL3066", 2)),
        (finding("dockerfile/root", 1), finding("hadolint/DL3006", 1)),
        (finding("dockerfile/root", severity=Severity.NOTE), finding("hadolint/DL3066")),
        (finding("kubernetes/wrong-value"), finding("kubernetes/wrong-type", message="b is 1.")),
    ],
    ids=["another line", "another fault", "less severe", "another field"],
)
def test_two_faults_beside_each_other_stay_two(pair: tuple[Finding, Finding]) -> None:
    assert list(told_once(pair)) == list(pair)


def test_advice_on_an_object_goes_with_what_is_said_within_it() -> None:
    advice = [finding("checkov/CKV_K8S_16", line, Severity.NOTE) for line in (1, 20, 40)]
    known = finding("kubernetes/privileged", 25, Severity.WARNING)
    first, _, last = advice
    assert list(told_once([*advice, known])) == [first, last, known]
    elsewhere = Finding(known.rule, known.severity, "other", 25, known.message)
    assert list(told_once([*advice, elsewhere])) == [*advice, elsewhere]
    graver = finding("checkov/CKV_K8S_16", 20, Severity.ERROR)
    assert list(told_once([graver, known])) == [graver, known]


def test_what_says_it_of_the_whole_file_says_it_for_a_line_too() -> None:
    of_file, of_line = finding("dockerfile/no-from", None), finding("hadolint/DL3061", 3)
    assert list(told_once([of_line, of_file])) == [of_file]
