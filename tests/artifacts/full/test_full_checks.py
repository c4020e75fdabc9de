"""Each tool of the extra catches what the core does not see, and spares what is good."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.artifacts.checks.charts import chart as sample_chart
from tests.artifacts.checks.faulty import errors, sample
from tests.artifacts.full.answers import (
    added,
    chart,
    core,
    playbook,
    pod,
    terraform,
    without_advice,
    workflow,
)
from webapp.artifacts import full
from webapp.artifacts.catalogue import KINDS
from webapp.artifacts.examine import examine
from webapp.artifacts.full.tools import Tools, tools_in
from webapp.domain.artifact import ArtifactFile, Finding, Severity
from webapp.engine.crew import Crew
from webapp.settings import ROOT, Settings

SPOOFED = "- run: echo ok\n        if: github.actor == 'dependabot[bot]'"
PING = "      ansible.builtin.ping:\n"
FAULTY = [
    ("helm", chart("{{ index .Values.ports 5 }}"), ("helm/render", "error", 8)),
    ("helm", chart("{{ .Values.ports }}"), ("kubernetes/wrong-type", "error", None)),
    ("terraform", terraform("a = 1.2.3"), ("tfparse/syntax", "error", 6)),
    ("github-actions", workflow(SPOOFED), ("zizmor/bot-conditions", "warning", 14)),
    (
        "ansible",
        playbook(f"{PING}      register: 1st\n"),
        ("ansible-lint/syntax-check", "error", 6),
    ),
    (
        "ansible",
        playbook("      ansible.builtin.command: echo 'a\n"),
        ("ansible-lint/syntax-check", "error", 4),
    ),
    (
        "ansible",
        playbook("      ansible.builtin.file: {path: /a, state: odd, mode: '0644'}\n"),
        ("ansible-lint/args", "warning", 4),
    ),
]
GOOD = [
    ("helm", chart("{{ index .Values.ports 0 }}")),
    ("terraform", terraform("a = 1.2")),
    ("github-actions", workflow("- run: echo ok")),
    ("ansible", playbook(PING)),
    ("ansible", [ArtifactFile("ansible/site.yml", sample("site.ansible.yml"))]),
    ("terraform", [ArtifactFile("terraform/main.tf", sample("shop.aws.tf"))]),
    ("kubernetes", [ArtifactFile("k8s/shop.yaml", sample("shop.k8s.yaml"))]),
    ("dockerfile", [ArtifactFile("Dockerfile", sample("web.Dockerfile"))]),
    ("gitlab-ci", [ArtifactFile(".gitlab-ci.yml", sample("shop.gitlab-ci.yml"))]),
    (
        "helm",
        [
            ArtifactFile(f"chart/{path}", text)
            for path, text in sample_chart("worker.chart").items()
        ],
    ),
]


@pytest.mark.parametrize(("kind", "files", "expected"), FAULTY)
def test_a_fault_that_the_core_passes_is_found(
    kind: str, files: list[ArtifactFile], expected: tuple[str, str, int | None], tools: Tools
) -> None:
    assert without_advice(added(kind, files, tools)) == [expected]


@pytest.mark.parametrize(("kind", "files"), GOOD)
def test_what_is_good_is_spared(kind: str, files: list[ArtifactFile], tools: Tools) -> None:
    assert without_advice(added(kind, files, tools)) == []


def test_a_chart_that_asks_its_user_for_a_value_has_no_error(tools: Tools) -> None:
    files = chart('{{ required "Set the port." .Values.port }}', **{"values.yaml": "port: \n"})
    (said,) = added("helm", files, tools)
    assert (said.rule, said.severity, said.path) == (
        "helm/render",
        Severity.NOTE,
        "chart/templates/service.yaml",
    )
    assert said.message.endswith("Set the port.")


def test_what_a_chart_renders_to_is_checked_under_the_name_of_its_template(tools: Tools) -> None:
    (said,) = errors(added("helm", chart("{{ .Values.ports | quote }}"), tools))
    assert said.path == "chart/templates/service.yaml"
    assert said.message.startswith("As rendered: spec.ports[0].port must be a whole number")


def test_a_collection_that_is_not_here_does_not_hide_what_follows(tools: Tools) -> None:
    task = "      community.general.ufw: {rule: allow}\n    - name: Two\n"
    files = playbook(f"{task}      ansible.builtin.shell: a | b\n      changed_when: false\n")
    assert without_advice(added("ansible", files, tools)) == [
        ("ansible-lint/risky-shell-pipe", "note", 6)
    ]


def test_checkov_advises_where_it_is_needed(tools: Tools) -> None:
    rule = "checkov/CKV_K8S_20"  # Containers should not run with allowPrivilegeEscalation
    (advice,) = [
        each for each in added("kubernetes", pod(escalation=True), tools) if each.rule == rule
    ]
    assert (advice.path, advice.line) == ("k8s/pod.yaml", 1)
    assert rule not in {each.rule for each in added("kubernetes", pod(escalation=False), tools)}


@pytest.mark.parametrize(
    ("kind", "path", "text"),
    [
        ("dockerfile", "Dockerfile", "FROM nginx:1.27\nUSER 1000\nEXPOSE 22\n"),
        ("terraform", "terraform/main.tf", 'resource "aws_s3_bucket" "a" {\n}\n'),
        (
            "gitlab-ci",
            ".gitlab-ci.yml",
            "a:\n  script: [curl https://example.org/$CI_COMMIT_TITLE]\n",
        ),
        ("github-actions", ".github/workflows/a.yml", sample("ci.workflow.yml")),
    ],
)
def test_checkov_reads_each_of_its_kinds(kind: str, path: str, text: str, tools: Tools) -> None:
    found = list(full.policy.advice(tools, kind, [ArtifactFile(path, text)]))
    assert {each.severity for each in found} <= {Severity.NOTE}
    assert [each.path for each in found if each.rule.startswith("checkov/CKV")] == [path] * len(
        found
    )
    if kind in ("dockerfile", "terraform"):
        assert found


def test_a_comment_that_silences_checkov_is_not_heard(tools: Tools) -> None:
    (file,) = pod(escalation=True)
    quiet = "  annotations: {checkov.io/skip1: CKV_K8S_20=because}\n"
    text = file.content.replace("  name: small\nspec", f"  name: small\n{quiet}spec")
    found = added("kubernetes", [ArtifactFile(file.path, text)], tools)
    assert "checkov/CKV_K8S_20" in {each.rule for each in found}


def test_a_file_with_an_error_of_the_core_is_not_given_on(tools: Tools) -> None:
    files = workflow("- uses: actions/checkout@v4\n        nonsense: 1")
    assert errors(core("github-actions", files))
    assert full.check(KINDS["github-actions"], files, tools) == core("github-actions", files)


WITHOUT = """
from tests.artifacts.full.answers import core, pod
from webapp.artifacts import full
from webapp.artifacts.catalogue import KINDS
files = pod(escalation=True)
print(full.version() == "" and full.check(KINDS["kubernetes"], files) == core("kubernetes", files))
"""


def test_without_the_extra_the_core_speaks_alone(tmp_path: Path) -> None:
    assert tools_in(tmp_path) is None
    for part in ("webapp", "tests/artifacts/full"):
        shutil.copytree(ROOT / part, tmp_path / part)  # a checkout without .venv-full
    command = [sys.executable, "-c", WITHOUT]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.parametrize(
    ("kind", "files", "lacking"),
    [
        ("helm", chart("80"), "helm-python-sdk"),
        ("terraform", terraform("a = 1"), "tfparse"),
        ("github-actions", workflow("- run: echo ok"), "zizmor"),
        ("ansible", playbook(PING), "ansible-lint"),
        ("kubernetes", pod(escalation=True), "checkov"),
    ],
)
def test_what_is_only_half_installed_is_told_by_a_note(
    kind: str, files: list[ArtifactFile], lacking: str, tools: Tools
) -> None:
    half = Tools(tools.place, tuple(one for one in tools.versions if one[0] != lacking))
    told = Finding(
        "full/not-checked",
        Severity.NOTE,
        "",
        None,
        f"This could not be checked in full: {lacking} is not installed.",
    )
    assert told in added(kind, files, half)


POD = f"---FILE: k8s/pod.yaml---\n{pod(escalation=True)[0].content}---END FILE---\n"


def test_an_answer_is_examined_in_full_where_that_is_asked(tools: Tools) -> None:
    assert full.version() == " ".join(f"{name} {number}" for name, number in tools.versions)
    core_only, in_full = (
        {
            each.rule.partition("/")[0]
            for each in examine("kubernetes", "openai", POD, uses_full=one).findings
        }
        for one in (False, True)
    )
    assert in_full - core_only == {"checkov"}


@pytest.mark.parametrize("uses_full", [False, True])
def test_the_setting_decides_what_a_runner_checks_with(settings: Settings, uses_full: bool) -> None:
    async def rules() -> set[str]:
        crew = Crew(settings.cache_place, uses_full=uses_full)
        await crew.start()
        artifact = await crew.examine("kubernetes", "openai", POD, None)
        await crew.close()
        return {each.rule for each in artifact.findings}

    assert ("checkov/CKV_K8S_20" in asyncio.run(rules())) == uses_full
